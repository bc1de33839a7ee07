/**
 * The checkpoints in the store. A checkpoint is written part by part beside the last complete one, and replaces that one when it is
 * complete. Rows that no start needs any more are then removed in small pieces, so that nothing has to wait for it.
 */
import { crc32 } from 'node:zlib';
import type { StateTables, Transaction } from '../../event/state-tables.ts';
import { damaged } from './lock.ts';

export interface CheckpointStore {
  /** Begins a checkpoint of the state as of row `seq` of the journal. Returns false if the last complete checkpoint is of that row already. */
  begin(tx: Transaction, seq: number): boolean;
  add(tx: Transaction, seq: number, part: number, bytes: Uint8Array): void;
  /** Marks the checkpoint as complete: from now on a start begins with it. */
  finish(tx: Transaction, seq: number): void;
  /** Removes some rows that no start needs; returns false when none is left. Do not call it while a checkpoint is being written. */
  prune(tx: Transaction): boolean;
  /** The last complete checkpoint, its parts in order. Reading a part throws FixableError if it is not as it was written. */
  last(): { readonly seq: number; readonly parts: Iterable<Uint8Array> } | undefined;
  /** Size of the journal after the last complete checkpoint, in bytes. A start must replay this much. */
  unsavedBytes(): number;
}

/** Rows that are removed at a time; a row may have some MB. */
const PRUNE_ROWS = 8;

const INSERT_PART = 'INSERT INTO snapshot_parts (seq, part, state, crc) VALUES (?, ?, ?, ?)';
const SELECT_PART = 'SELECT state, crc FROM snapshot_parts WHERE seq = ? AND part = ?';
const SELECT_LAST = 'SELECT max(seq) AS seq FROM snapshots WHERE is_complete = 1';
const PRUNE_PARTS = `
  DELETE FROM snapshot_parts WHERE rowid IN (SELECT rowid FROM snapshot_parts WHERE seq <> ? LIMIT ${PRUNE_ROWS})`;
const PRUNE_INPUTS = `
  DELETE FROM inputs WHERE seq IN (SELECT seq FROM inputs WHERE seq <= ? ORDER BY seq LIMIT ${PRUNE_ROWS})`;

/** `path`: the path of the store, for error messages. */
export function checkpointStore({ sql }: StateTables, path: string): CheckpointStore {
  function lastSeq(): number | undefined {
    const seq = sql(SELECT_LAST).get()?.['seq'];
    return typeof seq === 'number' ? seq : undefined;
  }

  function* partsOf(seq: number): Iterable<Uint8Array> {
    for (let part = 0; ; part++) {
      const row = sql(SELECT_PART).get(seq, part) as { state: Uint8Array; crc: number } | undefined;
      if (row === undefined) return;
      if (crc32(row.state) !== row.crc) throw damaged(path, `part ${part} of the saved windows`);
      yield row.state;
    }
  }

  return {
    begin(tx, seq) {
      if (seq === lastSeq()) return false;
      // Removes the parts that an earlier process left unfinished at the same row.
      tx.sql('DELETE FROM snapshot_parts WHERE seq = ?').run(seq);
      tx.sql('INSERT OR REPLACE INTO snapshots (seq, is_complete) VALUES (?, 0)').run(seq);
      return true;
    },
    add: (tx, seq, part, bytes) => void tx.sql(INSERT_PART).run(seq, part, bytes, crc32(bytes)),
    finish(tx, seq) {
      tx.sql('UPDATE snapshots SET is_complete = 1 WHERE seq = ?').run(seq);
      tx.sql('DELETE FROM snapshots WHERE seq <> ?').run(seq);
    },
    prune(tx) {
      const seq = lastSeq() ?? 0;
      const parts = tx.sql(PRUNE_PARTS).run(seq).changes;
      const inputs = tx.sql(PRUNE_INPUTS).run(seq).changes;
      return parts > 0 || inputs > 0;
    },
    last() {
      const seq = lastSeq();
      return seq === undefined ? undefined : { seq, parts: partsOf(seq) };
    },
    unsavedBytes() {
      const row = sql('SELECT total(octet_length(input)) AS bytes FROM inputs WHERE seq > ?').get(
        lastSeq() ?? 0,
      );
      return Number(row?.['bytes'] ?? 0);
    },
  };
}
