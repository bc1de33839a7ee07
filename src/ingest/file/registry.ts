/**
 * Keeps the number of each log and of each of its files. Offsets, and so the ids of documents, are made of these numbers. Both readers and
 * every later process must therefore find the same numbers. A number is written to disk before a line is handed out under it, and never
 * changes afterwards.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SQLInputValue } from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import type { ReaderPurpose } from '../source.ts';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprint, fits } from './fingerprint.ts';
import type { PackedMark } from './packed-mark.ts';
import { openRegistry, unusable } from './registry-tables.ts';

/** One file in the life of a log. Numbers below 0 are files from before we knew the log: they are known, and never read. */
export interface Generation {
  readonly number: number;
  inode: string;
  fingerprint: Fingerprint;
  /** The modification time of the file when it was first seen, ms since epoch. */
  readonly mtimeMs: number;
  /** Where the file lay when it was first seen; undefined when that was beside its log. */
  readonly target?: string;
  /** Identifies the compressed file that this is; undefined when it is not known, and for a plain file. */
  packed?: PackedMark;
}

/** A path and the files that have been the log at this path, oldest first. */
export interface RegisteredLog {
  readonly partition: number;
  readonly path: string;
  readonly generations: Generation[];
}

/** A file as it lay there at the first start of its source. */
export interface FirstFile {
  readonly inode: string;
  readonly size: number;
  readonly mtimeMs: number;
}

interface KnownFile {
  readonly path: string;
  readonly inode: string;
  readonly head: Buffer;
}

/** The registry of one source, in `files.db` of the data folder. Every method throws FixableError when `files.db` cannot be used. */
export class Registry {
  readonly logs = new Map<string, RegisteredLog>();
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #source: string;
  readonly #archives = new Set<number>();
  /** The paths of compressed files that nothing could be read of when their log was first seen. They may still have been copied. */
  readonly awaited = new Set<string>();
  readonly #moved = new Map<string, { readonly inode: string; readonly fingerprint: Fingerprint }>();

  constructor(dataDir: string, source: string) {
    this.#source = source;
    this.#file = join(dataDir, 'files.db');
    this.#db = this.#using(() => {
      mkdirSync(dataDir, { recursive: true });
      return openRegistry(this.#file);
    });
    this.#using(() => {
      this.#load();
    });
  }

  close(): void {
    this.#db.close();
  }

  addLog(path: string): RegisteredLog {
    const log = { partition: this.logs.size, path, generations: [] };
    this.#run('INSERT INTO logs VALUES (?, ?, ?)', log.partition, path);
    this.logs.set(path, log);
    return log;
  }

  /** Adds a log of which only compressed files are known. Its path is that of the log that they were made of. */
  addArchives(path: string): RegisteredLog {
    const log = this.addLog(path);
    this.#run('INSERT INTO archives VALUES (?, ?)', log.partition);
    this.#archives.add(log.partition);
    return log;
  }

  /** Remembers that the compressed file at `path` is to be read as soon as it can be. */
  awaitWhole(path: string): void {
    this.#run('INSERT OR IGNORE INTO awaited VALUES (?, ?)', path);
    this.awaited.add(path);
  }

  /** Returns true for a log that was added as compressed files. */
  hasArchives(log: RegisteredLog): boolean {
    return this.#archives.has(log.partition);
  }

  addGeneration(log: RegisteredLog, generation: Generation): void {
    const { number, inode, fingerprint, mtimeMs, target, packed } = generation;
    if (packed !== undefined) this.setPacked(log, generation, packed);
    if (target !== undefined)
      this.#run('INSERT OR REPLACE INTO targets VALUES (?, ?, ?, ?)', log.partition, number, target);
    this.#run(
      'INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?, ?)',
      log.partition,
      number,
      inode,
      fingerprint.bytes,
      fingerprint.hash,
      mtimeMs,
    );
    log.generations.push(generation);
    log.generations.sort((a, b) => a.number - b.number);
  }

  /** Stores the fingerprint of a file when it covers more of the file than the one before. */
  grow(log: RegisteredLog, generation: Generation, fingerprint: Fingerprint): void {
    const { bytes, hash } = fingerprint;
    if (bytes <= generation.fingerprint.bytes) return;
    this.#run(
      'UPDATE generations SET head_bytes = ?4, head_hash = ?5 WHERE source = ?1 AND partition = ?2 AND generation = ?3',
      log.partition,
      generation.number,
      bytes,
      hash,
    );
    generation.fingerprint = fingerprint;
  }

  /** Stores what identifies the compressed file that this generation is. */
  setPacked(log: RegisteredLog, generation: Generation, packed: PackedMark): void {
    const { packing, size, start, hash } = packed;
    this.#run(
      'INSERT OR REPLACE INTO packed VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      log.partition,
      generation.number,
      packing,
      size,
      start.bytes,
      start.hash,
      hash,
    );
    generation.packed = packed;
  }

  /** Stores a new inode for the same file. */
  setInode(log: RegisteredLog, generation: Generation, inode: string): void {
    this.#run(
      'UPDATE generations SET inode = ?4 WHERE source = ?1 AND partition = ?2 AND generation = ?3',
      log.partition,
      generation.number,
      inode,
    );
    generation.inode = inode;
  }

  /** Returns what `setFirstSight` stored. */
  firstSight(): { readonly sinceMs: number; readonly files: readonly FirstFile[] } | undefined {
    const row = this.#row('SELECT since_ms FROM first_sight WHERE source = ?');
    if (row === undefined) return undefined;
    const rows = this.#using(() =>
      this.#db.prepare('SELECT inode, size, mtime_ms FROM first_files WHERE source = ?').all(this.#source),
    );
    const files = rows.map(({ inode, size, mtime_ms: mtimeMs }) => ({
      inode: String(inode),
      size: Number(size),
      mtimeMs: Number(mtimeMs),
    }));
    return { sinceMs: Number(row['since_ms']), files };
  }

  /** Stores the files of the first start, and the time before which lines are not read. Stores all or nothing. */
  setFirstSight(sinceMs: number, files: readonly FirstFile[]): void {
    this.#using(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        this.#run('INSERT INTO first_sight VALUES (?, ?)', sinceMs);
        for (const { inode, size, mtimeMs } of files)
          this.#run('INSERT INTO first_files VALUES (?, ?, ?, ?)', inode, size, mtimeMs);
        this.#db.exec('COMMIT');
      } catch (error) {
        this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Returns where the reading of a file begins, in bytes. */
  beginning(partition: number, generation: number): number {
    const sql = 'SELECT at FROM beginnings WHERE source = ? AND partition = ? AND generation = ?';
    return Number(this.#row(sql, partition, generation)?.['at'] ?? 0);
  }

  /** Stores where the reading of a file begins. Call it before the generation is added. */
  setBeginning(partition: number, generation: number, at: number): void {
    this.#run('INSERT OR REPLACE INTO beginnings VALUES (?, ?, ?, ?)', partition, generation, at);
  }

  /** Returns the last generation in which a reader has nothing more to read; −1 when there is none. */
  finished(partition: number, purpose: ReaderPurpose): number {
    const sql = 'SELECT generation FROM finished WHERE source = ? AND partition = ? AND purpose = ?';
    const row = this.#row(sql, partition, purpose);
    return row === undefined ? -1 : Number(row['generation']);
  }

  finish(partition: number, purpose: ReaderPurpose, generation: number): void {
    this.#run(
      'INSERT INTO finished VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET generation = max(generation, excluded.generation)',
      partition,
      purpose,
      generation,
    );
  }

  /** Returns true when the file at this path is one that another log has had, under a new name. */
  isMoved(file: KnownFile): boolean {
    const moved = this.#moved.get(file.path);
    return moved !== undefined && moved.inode === file.inode && fits(moved.fingerprint, file.head);
  }

  setMoved(file: KnownFile): void {
    const { bytes, hash } = fingerprint(file.head);
    this.#run('INSERT OR REPLACE INTO moved VALUES (?, ?, ?, ?, ?)', file.path, file.inode, bytes, hash);
    this.#moved.set(file.path, { inode: file.inode, fingerprint: { bytes, hash } });
  }

  /** Returns when this pattern was first searched for, ms since epoch. */
  firstSearch(pattern: string): number | undefined {
    const row = this.#row('SELECT first_ms FROM searches WHERE source = ? AND pattern = ?', pattern);
    return row === undefined ? undefined : Number(row['first_ms']);
  }

  setFirstSearch(pattern: string, atMs: number): void {
    this.#run('INSERT OR IGNORE INTO searches VALUES (?, ?, ?)', pattern, atMs);
  }

  /** Returns where the disk that holds the files of this log is mounted. */
  mountPoint(partition: number): string | undefined {
    const row = this.#row('SELECT mount_point FROM mounts WHERE source = ? AND partition = ?', partition);
    return row === undefined ? undefined : String(row['mount_point']);
  }

  setMountPoint(partition: number, mountPoint: string): void {
    if (this.mountPoint(partition) !== mountPoint)
      this.#run('INSERT OR REPLACE INTO mounts VALUES (?, ?, ?)', partition, mountPoint);
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#using(() => this.#db.prepare(sql).run(this.#source, ...values));
  }

  #row(sql: string, ...values: readonly SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#using(() => this.#db.prepare(sql).get(this.#source, ...values));
  }

  /** Turns any error in `work` into a FixableError, which says what a person can do about it. */
  #using<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw unusable(this.#file, error);
    }
  }

  #load(): void {
    const rows = (table: string, order: string): Record<string, unknown>[] =>
      this.#db.prepare(`SELECT * FROM ${table} WHERE source = ? ORDER BY ${order}`).all(this.#source);
    const byPartition = new Map<number, RegisteredLog>();
    for (const row of rows('logs', 'partition')) {
      const log = { partition: Number(row['partition']), path: String(row['path']), generations: [] };
      this.logs.set(log.path, log);
      byPartition.set(log.partition, log);
    }
    const key = (row: Record<string, unknown>): string =>
      `${String(row['partition'])} ${String(row['generation'])}`;
    const marks = new Map(rows('packed', 'partition').map((row) => [key(row), markOf(row)]));
    const targets = new Map(rows('targets', 'partition').map((row) => [key(row), String(row['path'])]));
    for (const row of rows('generations', 'partition, generation')) {
      const target = targets.get(key(row));
      const packed = marks.get(key(row));
      byPartition.get(Number(row['partition']))?.generations.push({
        number: Number(row['generation']),
        inode: String(row['inode']),
        fingerprint: fingerprintOf(row),
        mtimeMs: Number(row['mtime_ms']),
        ...(target !== undefined && { target }),
        ...(packed !== undefined && { packed }),
      });
    }
    for (const row of rows('archives', 'partition')) this.#archives.add(Number(row['partition']));
    for (const row of rows('awaited', 'path')) this.awaited.add(String(row['path']));
    for (const row of rows('moved', 'path'))
      this.#moved.set(String(row['path']), { inode: String(row['inode']), fingerprint: fingerprintOf(row) });
  }
}

function fingerprintOf(row: Record<string, unknown>): Fingerprint {
  return { bytes: Number(row['head_bytes']), hash: String(row['head_hash']) };
}

function markOf(row: Record<string, unknown>): PackedMark {
  return {
    packing: String(row['packing']) as PackedMark['packing'],
    size: Number(row['size']),
    start: { bytes: Number(row['start_bytes']), hash: String(row['start_hash']) },
    hash: String(row['hash']),
  };
}
