/**
 * The worker thread of one search. It reads the archive in one read transaction while the writer goes on, and returns candidates page by
 * page.
 */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { TIMELINESS } from '../../event/decoded-lines.ts';
import { candidateRows, type EventRow } from './candidate-rows.ts';
import type { FoundPage, SearchReply, SqliteSearchOptions } from './protocol.ts';
import { openForReading } from './tables.ts';

/** Events of the first page, which is to come soon, and of the pages after it. */
const FIRST_PAGE = 200;
const NEXT_PAGES = 1_000;
/** A page has no more lines after this many bytes. */
const PAGE_BYTES = 2 << 20;

class Search {
  readonly #rows: Iterator<EventRow>;
  readonly #partitions: FoundPage['partitions'];
  /** Numbers of the partitions in `#partitions`, by id. */
  readonly #numbers: ReadonlyMap<number, number>;
  #length = FIRST_PAGE;

  constructor(options: SqliteSearchOptions) {
    const db = openForReading(options.path);
    db.exec('BEGIN'); // all pages read the same state of the archive
    this.#rows = candidateRows(db, options)[Symbol.iterator]();
    const rows = partitionsIn(db);
    this.#partitions = rows.map(({ source, partition }) => ({ source, partition }));
    this.#numbers = new Map(rows.map(({ id }, number) => [id, number]));
  }

  page(): SearchReply {
    const rows: EventRow[] = [];
    let bytes = 0;
    let last = false;
    while (rows.length < this.#length && bytes < PAGE_BYTES && !last) {
      const next = this.#rows.next();
      if (next.done === true) last = true;
      else {
        bytes += next.value[LINE].length;
        rows.push(next.value);
      }
    }
    this.#length = NEXT_PAGES;
    return { kind: 'page', page: this.#pageOf(rows, bytes), last };
  }

  #pageOf(rows: readonly EventRow[], size: number): FoundPage {
    const bytes = new Uint8Array(size);
    const ends = new Uint32Array(rows.length);
    let at = 0;
    for (const [i, row] of rows.entries()) {
      bytes.set(row[LINE], at);
      at += row[LINE].length;
      ends[i] = at;
    }
    return {
      bytes,
      starts: Uint32Array.from(rows, (_, i) => (i === 0 ? 0 : ends[i - 1]!)),
      ends,
      partitions: this.#partitions,
      partitionOf: Uint32Array.from(rows, ([partition]) => this.#numbers.get(partition)!),
      offsets: Float64Array.from(rows, ([, offset]) => offset),
      timesMs: Float64Array.from(rows, ([, , timeMs]) => timeMs),
      inferred: Uint8Array.from(rows, ([, , , inferred]) => inferred),
      timeliness: Uint8Array.from(rows, ([, , , , timeliness]) => TIMELINESS.indexOf(timeliness)),
      undecodable: rows.map(([, , , , , undecodable]) => undecodable),
      documents: rows.map(([, , , , , , , document]) => document),
    };
  }
}

/** The place of the line in a row. */
const LINE = 6;

function partitionsIn(db: DatabaseSync): { id: number; source: string; partition: number }[] {
  return db
    .prepare('SELECT id, source, partition FROM partitions')
    .all()
    .map((row) => ({
      id: Number(row['id']),
      source: String(row['source']),
      partition: Number(row['partition']),
    }));
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

parentPort?.on('message', () => {
  const reply = answer();
  const bytes = reply.kind === 'page' ? [reply.page.bytes.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(reply, bytes);
});
