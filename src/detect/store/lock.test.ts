import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isHeld, lockStore } from './lock.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-lock-'));
  path = join(dir, 'state.db');
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

test('a store is held from its lock to its release, and asking changes nothing of that', () => {
  expect(isHeld(path)).toBe(false);
  const unlock = lockStore(path);
  expect([isHeld(path), isHeld(path)]).toEqual([true, true]);
  expect(() => lockStore(path)).toThrow('Another Tocsin process');
  unlock();
  expect(isHeld(path)).toBe(false);
});

test('a process that starts while somebody asks gets the store all the same', async () => {
  lockStore(path)();
  const asking = new Worker(
    `const { DatabaseSync } = require('node:sqlite');
     const { parentPort, workerData } = require('node:worker_threads');
     const lock = new DatabaseSync(workerData, { readOnly: true });
     lock.exec('BEGIN; SELECT 1 FROM sqlite_schema');
     parentPort.postMessage('asking');
     setTimeout(() => lock.close(), 100);`,
    { eval: true, workerData: `${path}.lock` },
  );
  await once(asking, 'message');
  const unlock = lockStore(path);
  expect(isHeld(path)).toBe(true);
  unlock();
  await asking.terminate();
});
