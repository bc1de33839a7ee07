import type { Transaction } from '../../event/state-tables.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { allDue } from '../../../test/support/due.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn, type FilledOutbox } from '../../../test/support/state-writes.ts';
import { openNotes } from '../../detect/store/notes.ts';
import { openStateStore, type StateStore } from '../../detect/store/store.ts';
import { silent, type Telemetry } from '../../event/telemetry.ts';
import type { Outbox } from '../../notify/outbox/outbox.ts';
import type { OutboxRow } from '../../notify/outbox-row.ts';
import { createStateAge, type StateAge } from './state-age.ts';

const NOTICED_MS = 10_000;
const receiver = { channel: 'webhook', target: 'audit' };

let folder: string;
let store: StateStore;
let said: string[];
let counted: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-state-age-'));
  said = [];
  counted = [];
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const telemetry: Telemetry = {
  ...silent,
  log: { ...silent.log, error: (_fields, message) => void said.push(message) },
  count: (name, labels) => void counted.push(`${name} ${String(labels['kind'])}`),
};

function start(): { age: StateAge; outbox: FilledOutbox } {
  store = openStateStore(join(folder, 'state.db'));
  const age = createStateAge({
    store,
    notes: openNotes(store.tables),
    telemetry,
    clock: rightClock(() => NOTICED_MS),
  });
  return { age, outbox: outboxIn(store.tables, () => 20_000, age.toldBeforeMs) };
}

/** A firing at that time. */
function row(firedAtMs: number): OutboxRow {
  const { episode } = notice();
  const early = { ...episode, firedAtMs, firstEvent: { ...episode.firstEvent, timeMs: 0 } };
  return { key: `at ${firedAtMs}`, receiver, notice: notice({ threadId: `${firedAtMs}`, episode: early }) };
}

const marks = (outbox: Outbox): (string | boolean)[][] =>
  allDue(outbox, receiver, 30_000).map(({ key, possibleDuplicate }) => [key, possibleDuplicate]);

test('nothing is said or marked at a first start', () => {
  const { age, outbox } = start();
  outbox.put([row(5)]);
  expect(marks(outbox)).toEqual([['at 5', false]]);
  expect([said, counted, age.toldBeforeMs()]).toEqual([[], [], -Infinity]);
});

test('after a loss what was decided about the time before it is marked, also by a later process', () => {
  writeFileSync(join(folder, 'files.db'), 'x');
  const { age, outbox } = start();
  expect(age.toldBeforeMs()).toBe(NOTICED_MS);
  expect(counted).toEqual(['state_lost gone']);
  expect(said).toEqual([expect.stringContaining('files.db beside it is there')]);
  outbox.put([row(NOTICED_MS), row(NOTICED_MS + 1)]);
  store.close();
  const later = start();
  later.outbox.put([row(NOTICED_MS - 1), row(NOTICED_MS + 2)]);
  expect(marks(later.outbox)).toEqual([
    ['at 10000', true],
    ['at 10001', false],
    ['at 9999', true],
    ['at 10002', false],
  ]);
  expect(said).toHaveLength(1);
});

test('a partition that the group has read further than the state knows makes the state an older one', async () => {
  const { age, outbox } = start();
  const tell = (_transitions: unknown, write: (tx: Transaction) => void): Promise<void> => {
    store.transaction(write);
    return Promise.resolve();
  };
  await age.readFurther({ tell }, 'orders', 2, 500, 700);
  expect(counted).toEqual(['state_lost entries']);
  expect(openNotes(store.tables).read('older')).toMatchObject({ kind: 'entries', atMs: NOTICED_MS });
  expect(said[0]).toContain(
    'partition 2 of source orders up to 500, its group up to 700. What was read since',
  );
  outbox.put([row(1)]);
  expect(marks(outbox)).toEqual([['at 1', true]]);
});

test('a partition that the group has read and the state does not know is a loss', async () => {
  const { age, outbox } = start();
  const noted: unknown[] = [];
  const tell = (_transitions: unknown, write: (tx: Transaction) => void): Promise<void> => {
    store.transaction(write);
    noted.push(openNotes(store.tables).read('older'));
    return Promise.resolve();
  };
  await age.continued({ tell }, 'orders', 2, 700);
  await age.continued({ tell }, 'orders', 3, 900);
  expect(counted).toEqual(['state_lost group']);
  expect(noted).toEqual([expect.objectContaining({ kind: 'group', atMs: NOTICED_MS })]);
  expect(said[0]).toContain('partition 2 of source orders');
  outbox.put([row(1)]);
  expect(marks(outbox)).toEqual([['at 1', true]]);
});
