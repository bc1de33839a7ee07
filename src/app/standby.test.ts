import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listening } from '../../test/support/kafka-topic.ts';
import { until } from '../../test/support/tocsin-process.ts';
import { lockStore } from '../detect/store/lock.ts';
import { silent } from '../event/telemetry.ts';
import { isHeldElsewhere, standBy } from './standby.ts';
import { asStartError } from './start-error.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-standby-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const never = new AbortController().signal;

test('a standby has its turn at once where nobody works on the data_dir', async () => {
  await standBy(dir, silent.log, never);
  await standBy(join(dir, 'not-there-yet'), silent.log, never);
});

test('it says that it waits, and has its turn when the other lets go', async () => {
  const unlock = lockStore(join(dir, 'state.db'));
  const told: string[] = [];
  const log = { ...listening().log, info: (_fields: unknown, message: string) => void told.push(message) };
  let hasTurn = false;
  const turn = standBy(dir, log, never).then(() => (hasTurn = true));
  await until(() => told.length > 0, 60_000);
  expect([told, hasTurn]).toEqual([[`standing by: another process works on ${dir}`], false]);
  unlock();
  await turn;
  expect(told.at(-1)).toBe(`taking over ${dir}`);
});

test('it stops waiting when it is told to stop', async () => {
  const unlock = lockStore(join(dir, 'state.db'));
  const stop = new AbortController();
  const turn = standBy(dir, silent.log, stop.signal);
  stop.abort();
  await turn;
  unlock();
});

test('who was quicker is told from what else may keep a process from starting', () => {
  const unlock = lockStore(join(dir, 'state.db'));
  let error: unknown;
  try {
    lockStore(join(dir, 'state.db'));
  } catch (found) {
    error = asStartError(found);
  }
  expect(isHeldElsewhere(error)).toBe(true);
  expect(isHeldElsewhere(asStartError(new Error('disk')))).toBe(false);
  unlock();
});
