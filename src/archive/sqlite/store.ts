/**
 * The writing side of the embedded archive, which runs in its worker. Events and the position after them are stored in one transaction. A
 * batch that comes again changes nothing.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LineReading, ReadLines } from '../archive.ts';
import type { LineBatch, PartitionRow, WriteResult, WriterOptions } from './protocol.ts';
import { BlockBuilder } from './blocks/block-builder.ts';
import { BlockTables } from './blocks/block-tables.ts';
import { boundedFields } from './blocks/bounds.ts';
import { Rows, type Row } from './rows.ts';
import { dropFullText, fullTextEnd, hasFullText, openForWriting } from './tables.ts';

/** Interval of the marks that say when events were stored. Retention is exact to this interval. */
const MARK_EVERY_MS = 60 * 60_000;

/** A block of so many lines is written, though the transaction has more batches. */
const BLOCK_LINES = 16_384;

/** Events removed in one transaction. It is small, so that writing never waits long for retention. */
const EXPIRE_AT_ONCE = 1_000;

type StoreOptions = Pick<WriterOptions, 'path' | 'fingerprint' | 'schema'> & {
  readonly reading: LineReading;
};

/** The outcome of a batch. */
interface WrittenBatch extends Pick<ReadLines, 'timing' | 'unfit'> {
  readonly source: string;
}

export class EventStore {
  readonly #db: DatabaseSync;
  readonly #fingerprint: string;
  readonly #reading: LineReading;
  readonly #builder: BlockBuilder;
  readonly #blocks: BlockTables;
  readonly #rows: Rows;
  readonly #timingOf: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #upsertPartition: StatementSync;
  #nextId: number;
  #markedAtMs: number;

  /** Throws if the file cannot be opened or is not an archive. */
  constructor(options: StoreOptions) {
    const db = openForWriting(options.path);
    this.#db = db;
    this.#fingerprint = options.fingerprint;
    this.#reading = options.reading;
    this.#builder = new BlockBuilder(boundedFields(options.schema).length);
    this.#blocks = new BlockTables(db);
    this.#rows = new Rows(options.schema, this.#builder);
    this.#timingOf = db.prepare('SELECT timing FROM partitions WHERE source = ? AND partition = ?');
    this.#insertEvent = db.prepare(
      `INSERT OR IGNORE INTO events
       (id, partition_id, offset, hash, time_ms, time_inferred, timeliness, undecodable, line, document)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)`,
    );
    this.#upsertPartition = db.prepare(
      `INSERT INTO partitions (source, partition, next_offset, proof, timing) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset, proof = excluded.proof, timing = excluded.timing
       RETURNING id`,
    );
    this.#nextId = this.#highestId() + 1;
    this.#markedAtMs = this.#number('SELECT at_ms AS n FROM marks ORDER BY first_id DESC LIMIT 1');
  }

  partitions(): PartitionRow[] {
    const rows = this.#db
      .prepare('SELECT source, partition, next_offset, proof, timing FROM partitions')
      .all();
    return rows.map((row) => ({
      source: String(row['source']),
      partition: Number(row['partition']),
      position: { offset: Number(row['next_offset']), proof: String(row['proof']) },
      timing: String(row['timing']),
    }));
  }

  /** Stores batches and their positions together, or nothing if it throws. */
  write(batches: readonly LineBatch[], nowMs: number): WriteResult {
    const firstId = this.#nextId;
    const markedAtMs = this.#markedAtMs;
    this.#builder.clear();
    let seen = 0;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      // Another process may have written since. New ids continue after the existing ones.
      this.#nextId = Math.max(this.#nextId, this.#highestId() + 1);
      const begin = this.#nextId;
      this.#note(nowMs);
      const written = batches.map((each) => {
        seen += each.batch.offsets.length;
        return this.#writeBatch(each);
      });
      this.#endBlock();
      this.#blocks.putTogether(this.#builder, this.#indexedFrom());
      this.#db.exec('COMMIT');
      const created = this.#nextId - begin;
      return {
        created,
        existing: seen - created,
        timings: written.map(({ timing }) => timing),
        unfit: unfitOf(written),
      };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#nextId = firstId;
      this.#markedAtMs = markedAtMs;
      throw error;
    }
  }

  /** Decodes a batch and stores its events. */
  #writeBatch({ batch, before }: LineBatch): WrittenBatch {
    const { source, partition, next } = batch;
    // The partition has the state after the batch before: it was stored with that batch.
    const timing = before === undefined ? this.#timingOf.get(source, partition)?.['timing'] : before.timing;
    const lines = this.#reading.read(batch, timing === undefined ? undefined : String(timing));
    const row = this.#upsertPartition.get(source, partition, next.offset, next.proof, lines.timing);
    const partitionId = Number(row?.['id']);
    const unfit = this.#rows.each(lines, (each) => this.#insert(partitionId, each));
    if (this.#builder.lineCount >= BLOCK_LINES) this.#endBlock();
    return { source, timing: lines.timing, unfit };
  }

  #endBlock(): void {
    const { lineCount } = this.#builder;
    if (lineCount > 0) this.#blocks.write(this.#builder, this.#nextId - lineCount);
  }

  /** Removes events that were stored before that time, oldest first: at most EXPIRE_AT_ONCE. */
  expire(storedBeforeMs: number): { events: number; more: boolean } {
    const end = this.#storedFrom(storedBeforeMs);
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const old = this.#db
        .prepare('SELECT id FROM events WHERE id < ? ORDER BY id LIMIT ?')
        .all(end, EXPIRE_AT_ONCE);
      const last = Number(old.at(-1)?.['id'] ?? 0);
      this.#forget(last);
      // The latest mark and the latest fingerprint stay, since new ids continue after them.
      this.#db.prepare('DELETE FROM marks WHERE first_id < ? AND first_id < ?').run(end, last);
      this.#db.exec('COMMIT');
      return { events: old.length, more: old.length === EXPIRE_AT_ONCE };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Removes the events up to an id with all that the index has of them. */
  #forget(last: number): void {
    const db = this.#db;
    const older = hasFullText(db) ? { end: fullTextEnd(db) } : undefined;
    if (older !== undefined) {
      const tokens = 'DELETE FROM tokens WHERE rowid IN (SELECT id FROM events WHERE id <= ? AND id < ?)';
      db.prepare(tokens).run(last, older.end);
    }
    db.prepare('DELETE FROM events WHERE id <= ?').run(last);
    this.#blocks.expire(last + 1);
    if (older === undefined) return;
    const isLeft = db.prepare('SELECT 1 FROM events WHERE id < ? LIMIT 1').get(older.end) !== undefined;
    if (!isLeft) dropFullText(db);
  }

  /** Returns the time of the newest line. Lines that were from the future when they were read do not count. */
  newest(): { newestMs?: number } {
    const newestMs = Math.max(this.#blocks.newestMs(), this.#newestInFullText());
    return newestMs === -Infinity ? {} : { newestMs };
  }

  #newestInFullText(): number {
    if (!hasFullText(this.#db)) return -Infinity;
    const newest =
      "SELECT time_ms FROM events WHERE timeliness <> 'future' AND id < ? ORDER BY time_ms DESC LIMIT 1";
    return Number(this.#db.prepare(newest).get(fullTextEnd(this.#db))?.['time_ms'] ?? -Infinity);
  }

  /**
   * Returns the first id that may have been stored at that time or later. Events after a mark were stored within an hour of it. Events that
   * were marked while the clock was ahead are kept for that much longer.
   */
  #storedFrom(timeMs: number): number {
    const from = 'SELECT min(first_id) AS n FROM marks WHERE at_ms > ?';
    const row = this.#db.prepare(from).get(timeMs - MARK_EVERY_MS);
    return Number(row?.['n'] ?? this.#nextId);
  }

  close(): void {
    this.#db.close();
  }

  /** Returns false if the event is stored already. */
  #insert(partitionId: number, row: Row): boolean {
    const { changes } = this.#insertEvent.run(
      this.#nextId,
      partitionId,
      row.offset,
      row.hash,
      row.timeMs,
      row.timeInferred,
      row.timeliness,
      row.undecodable,
      row.line,
      row.document,
    );
    if (changes === 0) return false;
    this.#nextId += 1;
    return true;
  }

  /** Records from which id on the present time and the present fingerprint of the index hold. */
  #note(nowMs: number): void {
    if (Math.abs(nowMs - this.#markedAtMs) >= MARK_EVERY_MS) {
      this.#db.prepare('INSERT OR REPLACE INTO marks VALUES (?, ?)').run(this.#nextId, nowMs);
      this.#markedAtMs = nowMs;
    }
    const latest = this.#db.prepare('SELECT fingerprint FROM indexed ORDER BY first_id DESC LIMIT 1').get();
    if (latest?.['fingerprint'] !== this.#fingerprint) {
      this.#db.prepare('INSERT OR REPLACE INTO indexed VALUES (?, ?)').run(this.#nextId, this.#fingerprint);
    }
  }

  /** Returns the highest id that is or was in use. A mark or fingerprint counts as the id before it. So no id is given twice. */
  #highestId(): number {
    const events = this.#number('SELECT max(id) AS n FROM events');
    const marks = this.#number('SELECT max(first_id) - 1 AS n FROM marks');
    const indexed = this.#number('SELECT max(first_id) - 1 AS n FROM indexed');
    return Math.max(events, marks, indexed);
  }

  /** Returns the first id that is indexed under the present fingerprint. */
  #indexedFrom(): number {
    return this.#number('SELECT max(first_id) AS n FROM indexed');
  }

  #number(sql: string): number {
    return Number(this.#db.prepare(sql).get()?.['n'] ?? 0);
  }
}

/** Returns the values that did not fit their field, by source and field. */
function unfitOf(written: readonly WrittenBatch[]): WriteResult['unfit'] {
  return written.flatMap(({ source, unfit }) =>
    [...unfit].map(([field, count]) => ({ source, field, count })),
  );
}
