/** Reads the events that a search has to look at, newest first, and no further than they are asked for. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Timeliness } from '../../event/event.ts';
import type { SqliteSearchOptions } from './protocol.ts';

/** An event: partition, offset, time, inferred, timeliness, undecodable, line as UTF-8, document. */
export type EventRow = [number, number, number, number, Timeliness, string | null, Uint8Array, string | null];

const COLUMNS =
  'partition_id, offset, time_ms, time_inferred, timeliness, undecodable, CAST(line AS BLOB), document';

/** Up to this many hits of the index are sorted by time. Where there are more, the events are walked through from the newest. */
const FEW = 5_000;

/** Events of the stretches of a walk. Behind them the rest is one stretch. */
const STRETCHES = [2_048, 16_384];

/** Yields the candidates, newest event first. Events of one time go by their ids. */
export function candidateRows(db: DatabaseSync, options: SqliteSearchOptions): Iterable<EventRow> {
  const { matches, sinceMs, untilMs } = options;
  if (matches.size === 0) {
    return rows(db.prepare(`SELECT ${COLUMNS} FROM events WHERE time_ms BETWEEN ? AND ? ${NEWEST_FIRST}`), [
      sinceMs,
      untilMs,
    ]);
  }
  const { from, match } = indexed(db, matches);
  if (from <= 1 && areFew(db, match)) {
    // The `+` keeps SQLite from using the index on time instead.
    const sorted = db.prepare(
      `SELECT id FROM events WHERE id IN (${HITS}) AND +time_ms BETWEEN ? AND ? ${NEWEST_FIRST}`,
    );
    return rowsById(db, ids(sorted, [match, sinceMs, untilMs]));
  }
  return walked(db, options, { from, match });
}

const NEWEST_FIRST = 'ORDER BY time_ms DESC, id DESC';
const HITS = 'SELECT rowid FROM tokens WHERE tokens MATCH ?';

function* ids(statement: StatementSync, values: readonly (number | string)[]): Generator<number> {
  statement.setReturnArrays(true);
  for (const row of statement.iterate(...values)) yield (row as unknown as [number])[0];
}

function* rows(statement: StatementSync, values: readonly (number | string)[]): Generator<EventRow> {
  statement.setReturnArrays(true);
  for (const row of statement.iterate(...values)) yield row as unknown as EventRow;
}

/** Reads lines one by one as they are asked for, since sorting them all would read them all. */
function* rowsById(db: DatabaseSync, wanted: Iterable<number>): Generator<EventRow> {
  const event = db.prepare(`SELECT ${COLUMNS} FROM events WHERE id = ?`);
  event.setReturnArrays(true);
  for (const id of wanted) yield event.get(id) as unknown as EventRow;
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
 * Returns the first id from which on all events were indexed under fingerprints that the search knows. Tokens of one form may be found in
 * events of another; these are candidates too many, which does no harm.
 */
function indexed(db: DatabaseSync, matches: ReadonlyMap<string, string>): Indexed {
  const parts = new Set<string>();
  let from = Number.MAX_SAFE_INTEGER;
  for (const row of db
    .prepare('SELECT first_id, fingerprint FROM indexed ORDER BY first_id DESC')
    .iterate()) {
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
  { from, match }: Indexed,
): Generator<EventRow> {
  const beginning = db.prepare(
    `SELECT min(time_ms) AS ms FROM (
      SELECT time_ms FROM events WHERE time_ms BETWEEN ? AND ? ORDER BY time_ms DESC LIMIT ?)`,
  );
  const span = db.prepare(
    'SELECT min(id) AS first, max(id) AS last FROM events INDEXED BY events_by_time WHERE time_ms BETWEEN ? AND ?',
  );
  const stretch = db.prepare(
    `SELECT ${COLUMNS} FROM events INDEXED BY events_by_time WHERE time_ms BETWEEN ? AND ?
     AND (id < ? OR id IN (${HITS} AND rowid BETWEEN ? AND ?)) ${NEWEST_FIRST}`,
  );
  let toMs = untilMs;
  for (const length of STRETCHES) {
    const fromMs = beginning.get(sinceMs, toMs, length)?.['ms'];
    if (typeof fromMs !== 'number') return;
    const { first, last } = span.get(fromMs, toMs)!;
    yield* rows(stretch, [fromMs, toMs, from, match, Number(first), Number(last)]);
    toMs = fromMs - 1;
  }
  yield* rows(stretch, [sinceMs, toMs, from, match, 0, Number.MAX_SAFE_INTEGER]);
}
