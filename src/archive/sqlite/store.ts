/**
 * The writing side of the embedded archive, which runs in its worker. Events and the position after them are stored in one transaction. A
 * batch that comes again changes nothing.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LineReading, ReadLines } from '../archive.ts';
import type { LineBatch, PartitionRow, WriteResult, WriterOptions } from './protocol.ts';
import { Rows, type Row } from './rows.ts';
import { openForWriting } from './tables.ts';

/** Interval of the marks that say when events were stored. Retention is exact to this interval. */
const MARK_EVERY_MS = 60 * 60_000;

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
  readonly #rows: Rows;
  readonly #timingOf: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #insertTokens: StatementSync;
  readonly #upsertPartition: StatementSync;
  #nextId: number;
  #markedAtMs: number;

  /** Throws if the file cannot be opened or is not an archive. */
  constructor(options: StoreOptions) {
    const db = openForWriting(options.path);
    this.#db = db;
    this.#fingerprint = options.fingerprint;
    this.#reading = options.reading;
    this.#rows = new Rows(options.schema);
    this.#timingOf = db.prepare('SELECT timing FROM partitions WHERE source = ? AND partition = ?');
    this.#insertEvent = db.prepare(
      `INSERT OR IGNORE INTO events
       (id, partition_id, offset, hash, time_ms, time_inferred, timeliness, undecodable, line, document)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)`,
    );
    this.#insertTokens = db.prepare('INSERT INTO tokens (rowid, words) VALUES (?, ?)');
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
    return { source, timing: lines.timing, unfit };
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
      const forget = this.#db.prepare('DELETE FROM tokens WHERE rowid = ?');
      for (const row of old) forget.run(row['id']!);
      this.#db.prepare('DELETE FROM events WHERE id <= ?').run(last);
      // The latest mark and the latest fingerprint stay, since new ids continue after them.
      this.#db.prepare('DELETE FROM marks WHERE first_id < ? AND first_id < ?').run(end, last);
      this.#db.exec('COMMIT');
      return { events: old.length, more: old.length === EXPIRE_AT_ONCE };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Returns the time of the newest line. Lines that were from the future when they were read do not count. */
  newest(): { newestMs?: number } {
    const newest = "SELECT time_ms FROM events WHERE timeliness <> 'future' ORDER BY time_ms DESC LIMIT 1";
    const row = this.#db.prepare(newest).get();
    return row === undefined ? {} : { newestMs: Number(row['time_ms']) };
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

  #insert(partitionId: number, row: Row): void {
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
    if (changes === 0) return;
    this.#insertTokens.run(this.#nextId, row.tokens);
    this.#nextId += 1;
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
