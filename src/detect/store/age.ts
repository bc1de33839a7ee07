/**
 * Detects a store that is older than it was when a process last wrote to it. A store that was lost, emptied, or put back from a copy looks
 * like any other store; so does one whose `-wal` is gone. Therefore `reached.json` beside the store records how far the store has come. A
 * start compares both.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Sql, StateTables, Transaction } from '../../event/state-tables.ts';

/** A loss of the store's own: it knows less than it has known. */
export interface StoreLoss {
  /**
   * `put_back`: the store is a copy made by `tocsin backup`. `gone`: the store was missing or empty. `another`: it is not the store that
   * was here. `entries`: its latest entries are missing. `windows`: its checkpoint, or a part of the journal after it, is missing.
   */
  readonly kind: 'put_back' | 'gone' | 'another' | 'entries' | 'windows';
  /** The finding, as a sentence for people. */
  readonly because: string;
}

export interface StoreAge {
  /** The loss found at the opening; undefined if there is none. */
  readonly loss: StoreLoss | undefined;
  /** Removes what cannot be used. Call it in the transaction that notes the loss elsewhere; until then each start finds the loss again. */
  accept(tx: Transaction): void;
  /** Records beside the store how far it has come; begins with `accept`. Call it about once a second. Does nothing if nothing has changed. */
  note(): void;
}

interface Reached {
  readonly store: string;
  readonly seq: number;
}

/** Files and folders beside the store that exist only once the store does. */
const YOUNGER = ['reached.json', 'files.db', 'archive.db', 'spool'];

/** Names in the table `meta`: when the store was copied (ms since epoch), and up to which row the journal was thrown away. */
const COPIED_AT = 'copied_at';
const LOG_FROM = 'log_from';

export function storeAge({ sql }: StateTables, path: string): StoreAge {
  const file = join(dirname(path), 'reached.json');
  let store = nameOf(sql);
  const lastSeq = (): number =>
    Number(sql(`SELECT seq FROM sqlite_sequence WHERE name = 'inputs'`).get()?.['seq'] ?? 0);
  const hasGap = gapIn(sql, lastSeq());
  const loss = lossOf({ sql, path, store, seq: lastSeq(), hasGap, reached: reachedIn(file) });
  let noted = -1;
  return {
    loss,
    accept(tx) {
      tx.sql(`INSERT OR IGNORE INTO meta VALUES ('store', lower(hex(randomblob(8))))`).run();
      store = nameOf(sql);
      tx.sql('DELETE FROM meta WHERE name = ?').run(COPIED_AT);
      // Replaying a journal with a gap would give wrong windows: rules begin with empty ones instead.
      if (!hasGap) return;
      for (const table of ['snapshots', 'snapshot_parts', 'inputs']) tx.sql(`DELETE FROM ${table}`).run();
      tx.sql('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(LOG_FROM, lastSeq());
    },
    note() {
      const seq = lastSeq();
      if (store === undefined || seq === noted) return;
      try {
        writeFileSync(`${file}.new`, JSON.stringify({ store, seq } satisfies Reached), { mode: 0o600 });
        renameSync(`${file}.new`, file);
        noted = seq;
      } catch {
        // The disk is full or cannot be written: the store itself reports that. An older record does no harm.
      }
    },
  };
}

/** Marks a copy of a store, so that the process that starts on it knows. Throws what SQLite throws. */
export function markAsCopy(database: DatabaseSync, atMs: number): void {
  database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(COPIED_AT, atMs);
}

interface Seen {
  readonly sql: Sql;
  readonly path: string;
  /** Undefined for a store that has just been created. */
  readonly store: string | undefined;
  readonly seq: number;
  readonly hasGap: boolean;
  readonly reached: Reached | undefined;
}

function lossOf({ sql, path, store, seq, hasGap, reached }: Seen): StoreLoss | undefined {
  const copied = metaOf(sql, COPIED_AT);
  if (copied !== undefined) {
    const at = new Date(Number(copied)).toISOString();
    return { kind: 'put_back', because: `${path} is a backup of ${at}` };
  }
  if (store === undefined) {
    const beside = YOUNGER.filter((name) => isThere(join(dirname(path), name)));
    if (beside.length === 0) return undefined;
    return {
      kind: 'gone',
      because: `${path} was gone or empty, while ${beside.join(', ')} beside it is there`,
    };
  }
  if (reached !== undefined && reached.store !== store)
    return { kind: 'another', because: `${path} is another one than was written here last` };
  if (reached !== undefined && reached.seq > seq) {
    const missing = reached.seq - seq;
    return {
      kind: 'entries',
      because: `the latest ${missing} entries of ${path} are missing: its -wal is gone, or it is an older copy`,
    };
  }
  if (hasGap) return { kind: 'windows', because: `the saved windows in ${path} are not whole` };
  return undefined;
}

/** Returns true if rows are missing that a start needs. The journal must have no gap from the checkpoint to its last row. */
function gapIn(sql: Sql, lastSeq: number): boolean {
  const checkpoint = sql('SELECT max(seq) AS seq FROM snapshots WHERE is_complete = 1').get();
  const from = Math.max(Number(checkpoint?.['seq'] ?? 0), Number(metaOf(sql, LOG_FROM) ?? 0));
  const behind = sql('SELECT count(*) AS n FROM inputs WHERE seq > ?').get(from);
  return Number(behind?.['n'] ?? 0) !== Math.max(0, lastSeq - from);
}

/** Returns the random name of the store. */
function nameOf(sql: Sql): string | undefined {
  const name = metaOf(sql, 'store');
  return typeof name === 'string' ? name : undefined;
}

function metaOf(sql: Sql, name: string): unknown {
  return sql('SELECT value FROM meta WHERE name = ?').get(name)?.['value'];
}

function reachedIn(file: string): Reached | undefined {
  try {
    const { store, seq } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Reached>;
    return typeof store === 'string' && typeof seq === 'number' ? { store, seq } : undefined;
  } catch {
    return undefined;
  }
}

function isThere(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
