/** Reads the candidates of one search page by page, in one read transaction, while the writer goes on. */
import type { DatabaseSync } from 'node:sqlite';
import { TIMELINESS } from '../../event/decoded-lines.ts';
import { candidateRows, type EventRow } from './candidate-rows.ts';
import type { FoundPage, SearchReply, SqliteSearchOptions } from './protocol.ts';
import { openForReading } from './tables.ts';

/** Events of the first page, which is to come soon, and of the pages after it. */
const FIRST_PAGE = 200;
const NEXT_PAGES = 1_000;
/** A page has no more lines after this many bytes. */
const PAGE_BYTES = 2 << 20;

export class FoundPages {
  readonly #db: DatabaseSync;
  readonly #rows: Iterator<EventRow>;
  readonly #partitions: FoundPage['partitions'];
  /** Numbers of the partitions in `#partitions`, by id. */
  readonly #numbers: ReadonlyMap<number, number>;
  #length = FIRST_PAGE;

  /** Throws if the archive cannot be read. */
  constructor(options: SqliteSearchOptions) {
    const db = openForReading(options.path);
    this.#db = db;
    db.exec('BEGIN'); // all pages read the same state of the archive
    this.#rows = candidateRows(db, options)[Symbol.iterator]();
    const rows = partitionsIn(db);
    this.#partitions = rows.map(({ source, partition }) => ({ source, partition }));
    this.#numbers = new Map(rows.map(({ id }, number) => [id, number]));
  }

  /** Returns the next page. Throws if the archive cannot be read. */
  next(): SearchReply {
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

  close(): void {
    this.#db.close();
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

/** Returns the next page, or why there is none. `opened`: opens the pages, or returns them. */
export function answered(opened: () => FoundPages): SearchReply {
  try {
    return opened().next();
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
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
