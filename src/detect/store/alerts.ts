/** The alerts that were decided, one row each, as people ask for them: open alerts, past alerts, and the course of one alert. */
import type { DatabaseSync } from 'node:sqlite';
import { isAlertId, type Episode, type Transition } from '../../event/alert.ts';
import { correctionText } from '../../event/correction.ts';
import { FixableError } from '../../event/fixable-error.ts';
import type { StateTables, Transaction } from '../../event/state-tables.ts';

export interface StoredEpisode {
  readonly episode: Episode;
  readonly threadId: string;
  /** False while events in flight may still change it. */
  readonly isFinal: boolean;
  /** Why the alert was withdrawn. */
  readonly withdrawn?: string;
  /** True when the alert was recorded at a first start, and no message about it was sent. */
  readonly isUntold?: true;
}

interface EpisodeFilter {
  /** Only episodes that are firing. */
  readonly open?: boolean;
  readonly rule?: string;
  /** At most so many, the newest; 1,000 by default. */
  readonly limit?: number;
}

export interface AlertReader {
  /** Newest first. */
  episodes(filter?: EpisodeFilter): readonly StoredEpisode[];
  /** For people: finds an alert by its id or its thread, or by the beginning of one. Throws FixableError if several begin so. */
  episode(idOrPrefix: string): StoredEpisode | undefined;
  /** Finds an alert by its whole id, or by that of its thread; the beginning of an id finds nothing. */
  wholeId(id: string): StoredEpisode | undefined;
}

interface Row {
  readonly alert_id: string;
  readonly thread_id: string;
  readonly is_final: number;
  readonly withdrawn: string | null;
  readonly is_untold: number;
  readonly episode: string;
}

const ROW = 'alert_id, thread_id, is_settled AS is_final, withdrawn, episode';
const IS_UNTOLD = 'thread_id IN (SELECT thread_id FROM untold)';

export function alertReader(database: DatabaseSync): AlertReader {
  // A file that no `run` has opened since may lack the table.
  const hasUntold = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'untold'`).get() !== undefined;
  const columns = `${ROW}, ${hasUntold ? IS_UNTOLD : '0'} AS is_untold`;
  return {
    episodes({ open = false, rule, limit = 1000 } = {}) {
      const conditions = [...(open ? ['is_open = 1'] : []), ...(rule === undefined ? [] : ['rule = ?'])];
      const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
      const rows = database
        .prepare(`SELECT ${columns} FROM alerts ${where} ORDER BY fired_at_ms DESC, alert_id LIMIT ?`)
        .all(...(rule === undefined ? [] : [rule]), limit);
      return rows.map((row) => storedEpisode(row as unknown as Row));
    },
    episode(idOrPrefix) {
      const prefix = idOrPrefix.toLowerCase();
      if (!/^[0-9a-f]+$/.test(prefix)) return undefined;
      // Ids with this prefix stand in both indexes between the prefix and the prefix followed by `g`, the first letter after the digits.
      const rows = database
        .prepare(
          `SELECT ${columns} FROM alerts
           WHERE (alert_id >= ?1 AND alert_id < ?1 || 'g') OR (thread_id >= ?1 AND thread_id < ?1 || 'g') LIMIT 2`,
        )
        .all(prefix) as unknown as Row[];
      const exact = rows.find((row) => row.alert_id === prefix);
      const [row] = exact === undefined ? rows : [exact];
      if (row === undefined) return undefined;
      if (rows.length > 1 && exact === undefined)
        throw new FixableError(
          'state',
          `Several alerts begin with ${prefix}.`,
          'Give more digits of the id.',
        );
      return storedEpisode(row);
    },
    wholeId(id) {
      if (!isAlertId(id)) return undefined;
      const row =
        database.prepare(`SELECT ${columns} FROM alerts WHERE alert_id = ?`).get(id) ??
        database.prepare(`SELECT ${columns} FROM alerts WHERE thread_id = ? LIMIT 1`).get(id);
      return row && storedEpisode(row as unknown as Row);
    },
  };
}

function storedEpisode(row: Row): StoredEpisode {
  return {
    episode: JSON.parse(row.episode) as Episode,
    threadId: row.thread_id,
    isFinal: row.is_final === 1,
    ...(row.withdrawn !== null && { withdrawn: row.withdrawn }),
    ...(row.is_untold === 1 && { isUntold: true as const }),
  };
}

const UPSERT_ALERT = `
  INSERT INTO alerts (alert_id, thread_id, rule, fired_at_ms, is_open, is_settled, withdrawn, episode)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET thread_id = excluded.thread_id, fired_at_ms = excluded.fired_at_ms, is_open = excluded.is_open,
    is_settled = excluded.is_settled, withdrawn = excluded.withdrawn, episode = excluded.episode`;

/** Updates the table with a transition. The same transition again changes nothing. */
export function recordTransition(tx: Transaction, transition: Transition): void {
  const { kind, isFinal, threadId, episode, correction } = transition;
  // The amended alert replaces the early firing.
  if (kind === 'amended' && threadId !== episode.alertId)
    tx.sql('DELETE FROM alerts WHERE thread_id = ? AND is_settled = 0').run(threadId);
  const because = correction === undefined ? '' : correctionText(correction);
  const withdrawn = kind === 'withdrawn' ? because : null;
  const isOpen = episode.state === 'firing' && withdrawn === null;
  tx.sql(UPSERT_ALERT).run(
    episode.alertId,
    threadId,
    episode.rule,
    episode.firedAtMs ?? 0,
    isOpen ? 1 : 0,
    isFinal ? 1 : 0,
    withdrawn,
    JSON.stringify(episode),
  );
}

/** The place that a search through the alerts by time has reached. */
export interface AlertPlace {
  readonly firedAtMs: number;
  readonly alertId: string;
}

export interface AlertPruning {
  /** When the newest alert fired, ms since epoch; undefined if there is none. */
  newestMs(): number | undefined;
  /**
   * Looks at the next few alerts after `from` (undefined: from the oldest on). Forgets alerts that were over before `beforeMs`, except
   * those whose thread `isOwed` names. Returns the place to go on from; undefined at the end.
   */
  step(
    tx: Transaction,
    from: AlertPlace | undefined,
    beforeMs: number,
    isOwed: (threadId: string) => boolean,
  ): AlertPlace | undefined;
}

/** A small number, so that a step holds nothing up. */
const LOOKED_AT_ONCE = 50;

const NEXT_ALERTS = `
  SELECT alert_id, thread_id, fired_at_ms,
    is_open = 0 AND is_settled = 1 AND coalesce(json_extract(episode, '$.resolvedAtMs'), fired_at_ms) < ?1 AS is_over
  FROM alerts WHERE (fired_at_ms, alert_id) > (?2, ?3) AND fired_at_ms < ?1 ORDER BY fired_at_ms, alert_id LIMIT ${LOOKED_AT_ONCE}`;

export function alertPruning({ sql }: StateTables): AlertPruning {
  return {
    newestMs: () =>
      (sql('SELECT max(fired_at_ms) AS at FROM alerts').get()?.['at'] as number | null) ?? undefined,
    step(tx, from, beforeMs, isOwed) {
      const { firedAtMs, alertId } = from ?? { firedAtMs: Number.MIN_SAFE_INTEGER, alertId: '' };
      const rows = tx.sql(NEXT_ALERTS).all(beforeMs, firedAtMs, alertId) as {
        alert_id: string;
        thread_id: string;
        fired_at_ms: number;
        is_over: number;
      }[];
      for (const row of rows)
        if (row.is_over === 1 && !isOwed(row.thread_id)) {
          tx.sql('DELETE FROM alerts WHERE alert_id = ?').run(row.alert_id);
          tx.sql('DELETE FROM untold WHERE thread_id = ?').run(row.thread_id);
        }
      const last = rows.at(-1);
      return rows.length < LOOKED_AT_ONCE || last === undefined
        ? undefined
        : { firedAtMs: last.fired_at_ms, alertId: last.alert_id };
    },
  };
}
