/** Single writes to the state, each in a transaction of its own: tests of what is read then need no more. */
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import type { DetectInput } from '../../src/detect/input/input.ts';
import { openNotes, type NoteValues } from '../../src/detect/store/notes.ts';
import type { StateStore } from '../../src/detect/store/store.ts';
import type { Transition } from '../../src/event/alert.ts';
import { stateTables, type StateTables, type Transaction } from '../../src/event/state-tables.ts';
import { openOutbox, type Outbox } from '../../src/notify/outbox/outbox.ts';
import type { OutboxRow } from '../../src/notify/outbox-row.ts';
import { rightClock } from './clock.ts';

export function append(store: StateStore, input: DetectInput): number {
  return store.transaction((tx) => store.append(tx, input));
}

export function recordEpisode(store: StateStore, transition: Transition): void {
  store.transaction((tx) => store.recordEpisode(tx, transition));
}

/** A complete snapshot of these parts. */
export function keepCheckpoint(store: StateStore, seq: number, ...parts: readonly Uint8Array[]): void {
  store.transaction((tx) => {
    store.checkpoints.begin(tx, seq);
    for (const [i, part] of parts.entries()) store.checkpoints.add(tx, seq, i, part);
    store.checkpoints.finish(tx, seq);
  });
}

/** Removes all that no start needs. */
export function pruneAll(store: StateStore): void {
  while (store.transaction((tx) => store.checkpoints.prune(tx)));
}

export function writeNote<Name extends keyof NoteValues>(
  store: StateStore,
  name: Name,
  value: NoteValues[Name],
): void {
  const notes = openNotes(store.tables);
  store.transaction((tx) => notes.write(tx, name, value));
}

export interface FilledOutbox extends Outbox {
  /** Adds messages, and makes them durable. */
  put(rows: readonly OutboxRow[]): number;
  /** Calls of the outbox whose transactions are all rolled back at their end, as on a full disk. */
  undone(...calls: readonly (() => unknown)[]): void;
}

/** An outbox in these tables, by default in memory alone. */
export function outboxIn(
  of: StateTables | DatabaseSync = new DatabaseSync(':memory:'),
  clock: () => number = () => rightClock().nowMs(),
  toldBeforeMs?: () => number,
): FilledOutbox {
  const durable = of instanceof DatabaseSync ? stateTables(of) : of;
  let isFull = false;
  const tables: StateTables = {
    ...durable,
    transaction: (run) =>
      durable.transaction((tx) => {
        const result = run(tx);
        if (isFull) throw new FullDisk('database or disk is full');
        return result;
      }),
  };
  const outbox = openOutbox(tables, clock, toldBeforeMs);
  return {
    ...outbox,
    put: (rows) => tables.transaction((tx) => outbox.add(tx, rows)),
    undone(...calls) {
      isFull = true;
      for (const call of calls) expect(call).toThrow(FullDisk);
      isFull = false;
    },
  };
}

class FullDisk extends Error {}

/** For fakes that write nowhere. */
export const noTransaction = {} as unknown as Transaction;
