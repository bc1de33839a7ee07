/**
 * The first starts of sources, and the alerts of the past that were recorded then and not sent. A source is started first when the state
 * has never had a position of it.
 */
import type { StateTables, Transaction } from '../../event/state-tables.ts';

export interface FirstStartRow {
  readonly source: string;
  /** When the source was started first, ms since epoch; absent where lines of it had been read before that was noted. */
  readonly atMs?: number;
  /** True once everything that was there at the first start is read and judged. */
  readonly isOver: boolean;
  /** When that was, ms since epoch. */
  readonly overMs?: number;
  /** Where reading began, by partition, as far as the source has it kept here. */
  readonly offsets?: Readonly<Record<string, number>>;
}

/** An alert that was recorded and not sent, and that is firing. */
export interface OpenUntold {
  readonly threadId: string;
  readonly alertId: string;
  readonly rule: string;
}

export interface FirstStartTables {
  /** Returns the row of each source that was ever started. */
  rows(): readonly FirstStartRow[];
  write(tx: Transaction, row: FirstStartRow): void;
  /** Returns true when there is a position of a partition of this source. */
  hasPosition(source: string): boolean;
  /** Returns true when no message about this alert was sent. */
  isUntold(threadId: string): boolean;
  /** Number of alerts that were recorded and not sent. */
  untold(): number;
  openUntold(): readonly OpenUntold[];
  addUntold(tx: Transaction, threadId: string): void;
  removeUntold(tx: Transaction, threadId: string): void;
}

/** The alerts that were recorded and not sent, by their threads. */
export const UNTOLD_TABLE =
  'CREATE TABLE IF NOT EXISTS untold (thread_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID';

const STARTS_TABLE =
  'CREATE TABLE IF NOT EXISTS first_starts (source TEXT PRIMARY KEY, at_ms REAL, is_over INTEGER NOT NULL, over_ms REAL, offsets TEXT) STRICT, WITHOUT ROWID';

const OPEN_UNTOLD = `
  SELECT thread_id AS threadId, alert_id AS alertId, rule FROM alerts WHERE is_open = 1 AND thread_id IN (SELECT thread_id FROM untold)`;

export function firstStartTables({ sql, define }: StateTables): FirstStartTables {
  define(STARTS_TABLE);
  return {
    rows: () => sql('SELECT * FROM first_starts').all().map(rowOf),
    write(tx, { source, atMs, isOver, overMs, offsets }) {
      tx.sql('INSERT OR REPLACE INTO first_starts VALUES (?, ?, ?, ?, ?)').run(
        source,
        atMs ?? null,
        isOver ? 1 : 0,
        overMs ?? null,
        offsets === undefined ? null : JSON.stringify(offsets),
      );
    },
    hasPosition: (source) =>
      sql('SELECT 1 FROM positions WHERE source = ? LIMIT 1').get(source) !== undefined,
    isUntold: (threadId) => sql('SELECT 1 FROM untold WHERE thread_id = ?').get(threadId) !== undefined,
    untold: () => Number(sql('SELECT count(*) AS n FROM untold').get()?.['n']),
    openUntold: () => sql(OPEN_UNTOLD).all() as unknown as OpenUntold[],
    addUntold(tx, threadId) {
      tx.sql('INSERT OR IGNORE INTO untold VALUES (?)').run(threadId);
    },
    removeUntold(tx, threadId) {
      tx.sql('DELETE FROM untold WHERE thread_id = ?').run(threadId);
    },
  };
}

function rowOf(row: Record<string, unknown>): FirstStartRow {
  const { source, at_ms: atMs, is_over: isOver, over_ms: overMs, offsets } = row;
  return {
    source: String(source),
    isOver: isOver === 1,
    ...(typeof atMs === 'number' && { atMs }),
    ...(typeof overMs === 'number' && { overMs }),
    ...(typeof offsets === 'string' && { offsets: JSON.parse(offsets) as Record<string, number> }),
  };
}
