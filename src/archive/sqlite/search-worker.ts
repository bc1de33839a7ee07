/**
 * The worker thread of one search. It reads the archive in one read transaction while the writer goes on, and returns candidates page by
 * page.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { FoundEvent, SqliteSearchOptions, SearchReply } from './protocol.ts';
import { openForReading } from './tables.ts';

const PAGE = 200;

/** Up to this many hits of the index are looked up one by one. For more hits, the events are read in the order of time. */
const FEW = 20_000;

class Search {
  readonly #ids: Iterator<Record<string, unknown>>;
  readonly #event: StatementSync;

  constructor(options: SqliteSearchOptions) {
    const db = openForReading(options.path);
    db.exec('BEGIN'); // all pages read the same state of the archive
    this.#ids = ids(db, options);
    this.#event = db.prepare(
      `SELECT source, partition, offset, hash, time_ms, time_inferred, timeliness, undecodable, line, document
       FROM events JOIN partitions ON partitions.id = partition_id WHERE events.id = ?`,
    );
  }

  page(): SearchReply {
    const events: FoundEvent[] = [];
    while (events.length < PAGE) {
      const next = this.#ids.next();
      if (next.done === true) return { kind: 'page', events, last: true };
      const row = this.#event.get(next.value['id'] as number);
      if (row !== undefined) events.push(found(row));
    }
    return { kind: 'page', events, last: false };
  }
}

/** Returns the ids of the candidates, newest event first. */
function ids(db: DatabaseSync, options: SqliteSearchOptions): Iterator<Record<string, unknown>> {
  const { match, sinceMs, untilMs } = options;
  const order = 'ORDER BY time_ms DESC, id DESC';
  if (match === undefined) {
    return db
      .prepare(`SELECT id FROM events WHERE time_ms BETWEEN ? AND ? ${order}`)
      .iterate(sinceMs, untilMs);
  }
  const few = db.prepare('SELECT 1 FROM tokens WHERE tokens MATCH ? LIMIT ?').all(match, FEW).length < FEW;
  const hits = 'SELECT rowid FROM tokens WHERE tokens MATCH ?';
  const from = indexedFrom(db, options.fingerprint);
  if (few && from <= 1) {
    // The `+` keeps SQLite from using the index on time instead.
    return db
      .prepare(`SELECT id FROM events WHERE id IN (${hits}) AND +time_ms BETWEEN ? AND ? ${order}`)
      .iterate(match, sinceMs, untilMs);
  }
  return db
    .prepare(`SELECT id FROM events WHERE time_ms BETWEEN ? AND ? AND (id < ? OR id IN (${hits})) ${order}`)
    .iterate(sinceMs, untilMs, from, match);
}

/** Returns the first id that was indexed under this fingerprint. Older events are candidates without being looked up in the index. */
function indexedFrom(db: DatabaseSync, fingerprint: string): number {
  const latest = db.prepare('SELECT first_id, fingerprint FROM indexed ORDER BY first_id DESC LIMIT 1').get();
  return latest?.['fingerprint'] === fingerprint ? Number(latest['first_id']) : Number.MAX_SAFE_INTEGER;
}

function found(row: Record<string, unknown>): FoundEvent {
  return {
    source: row['source'] as string,
    partition: row['partition'] as number,
    offset: row['offset'] as number,
    hash: row['hash'] as string,
    timeMs: row['time_ms'] as number,
    timeInferred: row['time_inferred'] === 1,
    timeliness: row['timeliness'] as FoundEvent['timeliness'],
    undecodable: row['undecodable'] as string | null,
    line: row['line'] as string,
    document: row['document'] as string | null,
  };
}

let search: Search | undefined;

function answer(): SearchReply {
  try {
    search ??= new Search(workerData as SqliteSearchOptions);
    return search.page();
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', () => parentPort?.postMessage(answer()));
