/**
 * Everything that must outlive the process, in one SQLite file: the journal, the positions up to which it reaches, the alerts decided from
 * it, and the checkpoints that shorten it. Data that belong together are written in one transaction, which is handed to all that write.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Transition } from '../../event/alert.ts';
import type { Position } from '../../event/batch.ts';
import { stateTables, type Sql, type StateTables, type Transaction } from '../../event/state-tables.ts';
import {
  alertPruning,
  alertReader,
  recordTransition,
  type AlertPruning,
  type AlertReader,
} from './alerts.ts';
import type { DetectInput } from '../input/input.ts';
import { inputOf, journalRows } from './journal-row.ts';
import { checkpointStore, type CheckpointStore } from './checkpoints.ts';
import { storeAge, type StoreAge } from './age.ts';
import { damaged, lockStore, storeErrorOf } from './lock.ts';
import { createTables, formatProblem } from './tables.ts';

/** A position, with the data that the decoder needs to go on there: watermark and last time (JSON in the decoder's own form). */
export interface StoredPosition extends Position {
  readonly timing: unknown;
}

interface LoggedInput {
  readonly seq: number;
  readonly input: DetectInput;
}

export interface StateStore extends AlertReader {
  /**
   * Runs in one durable transaction. Rolls back and rethrows what `run` throws (FixableError on a full disk). Do not step the detector in
   * `run`: step first, then write. On FixableError, write the same again.
   */
  transaction<T>(run: (tx: Transaction) => T): T;
  /** Appends an input to the journal; returns its row number. */
  append(tx: Transaction, input: DetectInput): number;
  /** Bytes appended since the store was opened. */
  readonly appendedBytes: number;
  setPosition(tx: Transaction, source: string, partition: number, position: StoredPosition): void;
  position(source: string, partition: number): StoredPosition | undefined;
  recordEpisode(tx: Transaction, transition: Transition): void;
  /** Forgets alerts of long ago. */
  readonly alertPruning: AlertPruning;
  readonly checkpoints: CheckpointStore;
  /** The last complete checkpoint, and the inputs of the journal after it, in order. */
  load(): { readonly checkpoint?: Iterable<Uint8Array>; readonly inputs: Iterable<LoggedInput> };
  readonly age: StoreAge;
  /** For tables of others that are written in the same transactions. Used directly, they throw what SQLite throws. */
  readonly tables: StateTables;
  close(): void;
}

/** Opens or creates the store. Throws FixableError if another process holds it, or if it cannot be read or written. */
export function openStateStore(path: string): StateStore {
  let unlock: () => void = () => undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    unlock = lockStore(path);
    const database = new DatabaseSync(path, { timeout: 5000 });
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864',
    );
    createTables(database, path);
    return createStore(database, path, unlock);
  } catch (error) {
    unlock();
    throw storeErrorOf(error, path);
  }
}

/** Opens the alerts of a store that another process may be writing; undefined if there is no store yet. Throws FixableError. */
export function openAlertReader(path: string): (AlertReader & { close(): void }) | undefined {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const problem = formatProblem(database, path);
    if (problem !== undefined) {
      database.close();
      throw problem;
    }
    const reader = alertReader(database);
    const told = <T>(read: () => T): T => {
      try {
        return read();
      } catch (error) {
        throw storeErrorOf(error, path);
      }
    };
    return {
      episodes: (filter) => told(() => reader.episodes(filter)),
      episode: (id) => told(() => reader.episode(id)),
      wholeId: (id) => told(() => reader.wholeId(id)),
      close: () => database.close(),
    };
  } catch (error) {
    // The error code is SQLITE_CANTOPEN.
    if ((error as { errcode?: number }).errcode === 14 && !existsSync(path)) return undefined;
    throw storeErrorOf(error, path);
  }
}

function createStore(database: DatabaseSync, path: string, unlock: () => void): StateStore {
  const tables = stateTables(database);
  const { sql } = tables;
  const age = storeAge(tables, path);
  const checkpoints = checkpointStore(tables, path);
  const rowOf = journalRows();
  let appendedBytes = 0;

  return {
    ...alertReader(database),
    tables,
    age,
    transaction(run) {
      try {
        return tables.transaction(run);
      } catch (error) {
        throw storeErrorOf(error, path);
      }
    },
    append(tx, input) {
      const row = rowOf(input);
      appendedBytes += row.length;
      return Number(tx.sql(INSERT_INPUT).run(row, crc32(row)).lastInsertRowid);
    },
    setPosition(tx, source, partition, { offset, proof, timing }) {
      tx.sql(UPSERT_POSITION).run(source, partition, offset, proof, JSON.stringify(timing ?? null));
    },
    position(source, partition) {
      const row = sql(SELECT_POSITION).get(source, partition) as
        { offset: number; proof: string; timing: string } | undefined;
      return row === undefined
        ? undefined
        : { offset: row.offset, proof: row.proof, timing: JSON.parse(row.timing) as unknown };
    },
    recordEpisode: recordTransition,
    alertPruning: alertPruning(tables),
    get appendedBytes() {
      return appendedBytes;
    },
    checkpoints,
    load() {
      const last = checkpoints.last();
      if (last === undefined) return { inputs: inputsAfter(0, sql, path) };
      return { checkpoint: last.parts, inputs: inputsAfter(last.seq, sql, path) };
    },
    close() {
      age.note();
      database.close();
      unlock();
    },
  };
}

const INSERT_INPUT = 'INSERT INTO inputs (input, crc) VALUES (?, ?)';
const SELECT_INPUTS = 'SELECT seq, input, crc FROM inputs WHERE seq > ? ORDER BY seq LIMIT 256';
const UPSERT_POSITION = `
  INSERT INTO positions (source, partition, "offset", proof, timing) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET "offset" = excluded."offset", proof = excluded.proof, timing = excluded.timing`;
const SELECT_POSITION = 'SELECT "offset", proof, timing FROM positions WHERE source = ? AND partition = ?';

/** The inputs of the journal after row `seq`, in order. Throws FixableError at a row that is not as it was written. */
function* inputsAfter(seq: number, sql: Sql, path: string): Iterable<LoggedInput> {
  let last = seq;
  for (;;) {
    const rows = sql(SELECT_INPUTS).all(last) as { seq: number; input: Uint8Array; crc: number }[];
    for (const { seq: number, input, crc } of rows) {
      if (crc32(input) !== crc) throw damaged(path, `row ${number} of the match log`);
      yield { seq: number, input: inputOf(input) };
    }
    const newest = rows.at(-1);
    if (newest === undefined) return;
    last = newest.seq;
  }
}

export { storeErrorOf };
