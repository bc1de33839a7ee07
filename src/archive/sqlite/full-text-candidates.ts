/** Finds candidates among the events of older versions of Tocsin: by the full-text index, and by the index on time. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Found } from './newest-first.ts';
import type { SqliteSearchOptions } from './protocol.ts';
import { fullTextEnd } from './tables.ts';

/** Up to this many hits of the index are sorted by time. Where there are more, the events are walked through from the newest. */
const FEW = 5_000;

/** Events of the stretches of a walk. Behind them the rest is one stretch. */
const STRETCHES = [2_048, 16_384];

const NEWEST_FIRST = 'ORDER BY time_ms DESC, id DESC';
const HITS = 'SELECT rowid FROM tokens WHERE tokens MATCH ?';

/** Yields the candidates, newest event first. Events of one time go by their ids. */
export function fullTextCandidates(db: DatabaseSync, options: SqliteSearchOptions): Generator<Found> {
  const { matches, sinceMs, untilMs } = options;
  const end = fullTextEnd(db);
  if (matches.size === 0) {
    const all = `SELECT time_ms, id FROM events WHERE time_ms BETWEEN ? AND ? AND id < ? ${NEWEST_FIRST}`;
    return found(db.prepare(all), [sinceMs, untilMs, end]);
  }
  const { from, match } = indexed(db, matches, end);
  if (from <= 1 && areFew(db, match)) {
    // The `+` keeps SQLite from using the index on time instead.
    const sorted = `SELECT time_ms, id FROM events WHERE id IN (${HITS}) AND +time_ms BETWEEN ? AND ? ${NEWEST_FIRST}`;
    return found(db.prepare(sorted), [match, sinceMs, untilMs]);
  }
  return walked(db, options, { from, match, end });
}

function* found(statement: StatementSync, values: readonly (number | string)[]): Generator<Found> {
  statement.setReturnArrays(true);
  for (const row of statement.iterate(...values)) {
    const [timeMs, id] = row as unknown as [number, number];
    yield { timeMs, id };
  }
}

function areFew(db: DatabaseSync, match: string): boolean {
  const some = db.prepare(`SELECT count(*) AS n FROM (SELECT 1 FROM tokens WHERE tokens MATCH ? LIMIT ?)`);
  return Number(some.get(match, FEW)?.['n']) < FEW;
}

interface Indexed {
  /** Older events are candidates without being looked up in the index. */
  readonly from: number;
  /** Finds the candidates from there on. */
  readonly match: string;
}

/**
 * Returns the first id from which on all events before `end` were indexed under fingerprints that the search knows. Tokens of one form may
 * be found in events of another; these are candidates too many, which does no harm.
 */
function indexed(db: DatabaseSync, matches: ReadonlyMap<string, string>, end: number): Indexed {
  const parts = new Set<string>();
  let from = Number.MAX_SAFE_INTEGER;
  const spans = db.prepare(
    'SELECT first_id, fingerprint FROM indexed WHERE first_id < ? ORDER BY first_id DESC',
  );
  for (const row of spans.iterate(end)) {
    const match = matches.get(String(row['fingerprint']));
    if (match === undefined) break;
    from = Number(row['first_id']);
    parts.add(match);
  }
  return { from, match: [...parts].map((part) => `(${part})`).join(' OR ') };
}

/**
 * Walks back in time, stretch by stretch: the newest hits of a search for many events come before all the others are found. In a stretch
 * the index gives only the ids of the stretch. They are few, since ids grow with the order of arrival, which is nearly that of time.
 */
function* walked(
  db: DatabaseSync,
  { sinceMs, untilMs }: SqliteSearchOptions,
  { from, match, end }: Indexed & { readonly end: number },
): Generator<Found> {
  const beginning = db.prepare(
    `SELECT min(time_ms) AS ms FROM (
      SELECT time_ms FROM events WHERE time_ms BETWEEN ? AND ? AND id < ? ORDER BY time_ms DESC LIMIT ?)`,
  );
  const span = db.prepare(
    `SELECT min(id) AS first, max(id) AS last FROM events INDEXED BY events_by_time
     WHERE time_ms BETWEEN ? AND ? AND id < ?`,
  );
  const stretch = db.prepare(
    `SELECT time_ms, id FROM events INDEXED BY events_by_time WHERE time_ms BETWEEN ? AND ? AND id < ?
     AND (id < ? OR id IN (${HITS} AND rowid BETWEEN ? AND ?)) ${NEWEST_FIRST}`,
  );
  let toMs = untilMs;
  for (const length of STRETCHES) {
    const fromMs = beginning.get(sinceMs, toMs, end, length)?.['ms'];
    if (typeof fromMs !== 'number') return;
    const { first, last } = span.get(fromMs, toMs, end)!;
    yield* found(stretch, [fromMs, toMs, end, from, match, Number(first), Number(last)]);
    toMs = fromMs - 1;
  }
  yield* found(stretch, [sinceMs, toMs, end, from, match, 0, Number.MAX_SAFE_INTEGER]);
}
