import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { batch, detectorOf } from '../../../test/support/detector-steps.ts';
import { openNotes } from '../../detect/store/notes.ts';
import { openStateStore, storeErrorOf } from '../../detect/store/store.ts';
import type { Transaction } from '../../event/state-tables.ts';
import { openOutbox } from '../../notify/outbox/outbox.ts';
import { restored } from './restore.ts';
import { asStartError, StartError } from '../start-error.ts';

const PAGE_BYTES = 4096;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-damage-'));
  path = join(folder, 'state.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A store with a snapshot of some hundred groups and some log behind it; gives the state that a start comes to. */
function writeState(): Uint8Array[] {
  const detector = detectorOf(3, 600_000);
  const store = openStateStore(path);
  const take = (tx: Transaction, from: number, to: number): number => {
    let seq = 0;
    for (let i = from; i < to; i += 1) {
      const input = batch([i], i, `service ${i}`);
      detector.step(input);
      seq = store.append(tx, input);
    }
    return seq;
  };
  store.transaction((tx) => {
    const seq = take(tx, 0, 150);
    store.checkpoints.begin(tx, seq);
    for (const [i, part] of [...detector.checkpoint()].entries()) store.checkpoints.add(tx, seq, i, part);
    store.checkpoints.finish(tx, seq);
    while (store.checkpoints.prune(tx));
    take(tx, 150, 200);
  });
  openOutbox(store.tables, () => rightClock().nowMs());
  openNotes(store.tables);
  store.close();
  return [...detector.checkpoint()];
}

/** What a start reads of the store, in its order. */
function start(): Uint8Array[] {
  const store = openStateStore(path);
  try {
    const detector = restored(store);
    openOutbox(store.tables, () => rightClock().nowMs());
    openNotes(store.tables).read('health');
    return [...detector.checkpoint()];
  } finally {
    store.close();
  }
}

test.each([
  ['zeroed', (page: Buffer) => void page.fill(0)],
  ['with a few other bytes', (page: Buffer) => void page.fill(0xa5, 2_000, 2_016)],
])('a state.db with a page %s is refused with the fix, or nothing of the state is wrong', (_title, spoil) => {
  const whole = writeState();
  const good = readFileSync(path);
  expect(start()).toEqual(whole);
  let refused = 0;
  for (let at = PAGE_BYTES; at < good.length; at += PAGE_BYTES) {
    const bad = Buffer.from(good);
    spoil(bad.subarray(at, at + PAGE_BYTES));
    writeFileSync(path, bad);
    let found: Uint8Array[] | undefined;
    try {
      found = start();
    } catch (raw) {
      const error = asStartError(storeErrorOf(raw, path));
      expect(error, `page ${at / PAGE_BYTES}: ${String(raw)}`).toBeInstanceOf(StartError);
      const { message, fix } = error as StartError;
      expect(message).toContain(path);
      expect(message).toContain('damaged');
      expect(fix).toContain('tocsin restore');
      refused += 1;
    }
    if (found !== undefined) expect(found, `page ${at / PAGE_BYTES}`).toEqual(whole);
  }
  expect(refused).toBeGreaterThan(5);
});
