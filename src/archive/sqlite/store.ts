/**
 * The writing side of the embedded archive, run by its worker. Events and the position after them are stored in one transaction;
 * a batch that comes again changes nothing.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PartitionRow, StoredBatch, StoredEvent, WriterOptions } from './protocol.ts';
import { openForWriting } from './tables.ts';
import { indexText } from './tokens.ts';
import type { Indexable } from './tokens.ts';

/** How often the age of what is stored is marked: retention is exact to this. */
const MARK_EVERY_MS = 60 * 60_000;

/** Events removed in one transaction, so that writing never waits long for retention. */
const EXPIRE_AT_ONCE = 1_000;

export class EventStore {
  readonly #db: DatabaseSync;
  readonly #fingerprint: string;
  readonly #insertEvent: StatementSync;
  readonly #insertTokens: StatementSync;
  readonly #upsertPartition: StatementSync;
  #nextId: number;
  #markedAtMs: number;

  /** Throws where the file cannot be opened or is not an archive. */
  constructor(options: WriterOptions) {
    const db = openForWriting(options.path);
    this.#db = db;
    this.#fingerprint = options.fingerprint;
    this.#insertEvent = db.prepare(
      `INSERT OR IGNORE INTO events
       (id, partition_id, offset, hash, time_ms, time_inferred, timeliness, undecodable, line, document)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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

  /** Stores batches and their positions together or, where it throws, not at all. */
  write(batches: readonly StoredBatch[], nowMs: number): { created: number; existing: number } {
    const firstId = this.#nextId;
    const markedAtMs = this.#markedAtMs;
    let seen = 0;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      // Another process may have written since: ids go on after what is there.
      this.#nextId = Math.max(this.#nextId, this.#highestId() + 1);
      const begin = this.#nextId;
      this.#note(nowMs);
      for (const batch of batches) {
        const { source, partition, position, timing } = batch;
        const row = this.#upsertPartition.get(source, partition, position.offset, position.proof, timing);
        for (const event of batch.events) this.#insert(Number(row?.['id']), event);
        seen += batch.events.length;
      }
      this.#db.exec('COMMIT');
      const created = this.#nextId - begin;
      return { created, existing: seen - created };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#nextId = firstId;
      this.#markedAtMs = markedAtMs;
      throw error;
    }
  }

  /** Removes events stored before that time, oldest first, at most a bounded number. */
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
      // The latest mark and the latest fingerprint stay: ids go on after them.
      this.#db.prepare('DELETE FROM marks WHERE first_id < ? AND first_id < ?').run(end, last);
      this.#db.exec('COMMIT');
      return { events: old.length, more: old.length === EXPIRE_AT_ONCE };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Time of the newest line that was not of the future when it was read. */
  newest(): { newestMs?: number } {
    const newest = "SELECT time_ms FROM events WHERE timeliness <> 'future' ORDER BY time_ms DESC LIMIT 1";
    const row = this.#db.prepare(newest).get();
    return row === undefined ? {} : { newestMs: Number(row['time_ms']) };
  }

  /**
   * The first id that may have been stored at that time or later: what follows a mark was stored within an hour of it. What a clock
   * that was ahead has marked is kept for as much longer.
   */
  #storedFrom(timeMs: number): number {
    const from = 'SELECT min(first_id) AS n FROM marks WHERE at_ms > ?';
    const row = this.#db.prepare(from).get(timeMs - MARK_EVERY_MS);
    return Number(row?.['n'] ?? this.#nextId);
  }

  close(): void {
    this.#db.close();
  }

  #insert(partitionId: number, event: StoredEvent & Indexable): void {
    const { changes } = this.#insertEvent.run(
      this.#nextId,
      partitionId,
      event.offset,
      event.hash,
      event.timeMs,
      event.timeInferred ? 1 : 0,
      event.timeliness,
      event.undecodable,
      event.line,
      event.document,
    );
    if (changes === 0) return;
    this.#insertTokens.run(this.#nextId, indexText(event));
    this.#nextId += 1;
  }

  /** Notes from which id on the present time and the present meaning of the index hold. */
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

  /** Highest id that is or was in use, less one where it is only marked: ids are never given twice. */
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
