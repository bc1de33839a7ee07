import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../test/support/tocsin-process.ts';
import { folderState, folderStateInSlices, watchRules } from './watch.ts';

let dir: string;
let watcher: { close(): void };
let changes: number;
let waiting: (() => void) | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-watch-'));
  writeFileSync(join(dir, 'a.rule'), 'one');
  changes = 0;
  watcher = watchRules(
    dir,
    () => {
      changes++;
      waiting?.();
    },
    { debounceMs: 20, pollMs: 30, since: folderState(dir) ?? '' },
  );
});

afterEach(() => {
  watcher.close();
  rmSync(dir, { recursive: true, force: true });
});

function change(): Promise<void> {
  return new Promise((resolve) => {
    waiting = resolve;
  });
}

it('tells of a file that is written, added in a folder, replaced by an editor, and removed', async () => {
  let told = change();
  writeFileSync(join(dir, 'a.rule'), 'two');
  await told;
  told = change();
  mkdirSync(join(dir, 'pay'));
  writeFileSync(join(dir, 'pay', 'b.rule'), 'b');
  await told;
  told = change();
  writeFileSync(join(dir, 'a.rule~'), 'TWO');
  renameSync(join(dir, 'a.rule~'), join(dir, 'a.rule'));
  await told;
  told = change();
  rmSync(join(dir, 'a.rule'));
  await told;
  expect(changes).toBe(4);
});

it('tells nothing of other files, and of several changes at once only once', async () => {
  writeFileSync(join(dir, 'notes.md'), 'x');
  const told = change();
  for (let i = 0; i < 10; i++) writeFileSync(join(dir, `r${i}.rule`), String(i));
  await told;
  expect(changes).toBe(1);
});

it('begins with a state that is known already: what changed since then is told', async () => {
  watcher.close();
  const since = folderState(dir) ?? '';
  writeFileSync(join(dir, 'a.rule'), 'changed meanwhile');
  await new Promise<void>((resolve) => {
    watcher = watchRules(dir, resolve, { debounceMs: 20, pollMs: 30, since });
  });
});

const thousands = (): void => {
  for (let i = 0; i < 3_000; i++) writeFileSync(join(dir, `${i}.rule`), '');
};

it('lets everything else have its turn while it looks through a large folder', async () => {
  watcher.close();
  thousands();
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const state = (await folderStateInSlices(dir)) ?? '';
  isOver = true;
  expect(state.split('\n')).toHaveLength(3_001);
  expect(turns).toBeGreaterThan(1);
});

it('keeps nothing else waiting when a checkout adds thousands of files', async () => {
  const told = change();
  thousands();
  let sendMaxMs = 0;
  let lastMs = performance.now();
  const beat = setInterval(() => {
    sendMaxMs = Math.max(sendMaxMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 1);
  await told;
  await delay(100);
  clearInterval(beat);
  // It is far less on a machine that does nothing else, and grew with the square of the files.
  expect(sendMaxMs).toBeLessThan(5_000);
}, 120_000);

it('tells of a folder that is never quiet, with the file, and that it is quiet again once all is taken up', async () => {
  watcher.close();
  const told: (string | undefined)[] = [];
  let takenUp = (): void => undefined;
  const options = { debounceMs: 60, pollMs: 10, unrestMs: 200, since: folderState(dir) ?? '' };
  watcher = watchRules(
    dir,
    () => {
      changes++;
      return new Promise<void>((resolve) => (takenUp = resolve));
    },
    { ...options, onUnrest: (file) => told.push(file) },
  );
  writeFileSync(join(dir, 'quiet.rule'), 'edited');
  let count = 0;
  const unrest = setInterval(() => writeFileSync(join(dir, 'a.rule'), String(count++)), 5);
  await until(() => told.length > 1, 60_000);
  expect(new Set(told)).toEqual(new Set(['a.rule']));
  expect(changes).toBe(0);
  clearInterval(unrest);
  await until(() => changes === 1, 60_000);
  expect(told).not.toContain(undefined);
  takenUp();
  await until(() => told.at(-1) === undefined, 60_000);
});

it('tells of changes that come faster than any of them is taken up', async () => {
  watcher.close();
  const told: (string | undefined)[] = [];
  const options = { debounceMs: 1, pollMs: 10, unrestMs: 200, since: folderState(dir) ?? '' };
  const never = (): Promise<void> => {
    changes++;
    return new Promise(() => undefined);
  };
  watcher = watchRules(dir, never, { ...options, onUnrest: (file) => told.push(file) });
  const unrest = setInterval(() => writeFileSync(join(dir, 'b.rule'), String(changes)), 100);
  await until(() => told.length > 0 && changes > 1, 60_000);
  clearInterval(unrest);
  expect(told[0]).toBe('b.rule');
});

it('says nothing of one change that takes long to be taken up', async () => {
  watcher.close();
  const told: unknown[] = [];
  const options = { debounceMs: 10, pollMs: 10, unrestMs: 50, since: folderState(dir) ?? '' };
  writeFileSync(join(dir, 'a.rule'), 'edited');
  const taken = new Promise<void>((resolve) => {
    watcher = watchRules(
      dir,
      async () => {
        await delay(400);
        resolve();
      },
      { ...options, onUnrest: (file) => told.push(file) },
    );
  });
  await taken;
  expect(told).toEqual([]);
});

it('tells nothing once it is closed, also of a change that it is looking at', async () => {
  watcher.close();
  const since = folderState(dir) ?? '';
  writeFileSync(join(dir, 'a.rule'), 'changed');
  const late = watchRules(dir, () => changes++, { debounceMs: 1, pollMs: 1_000, since });
  late.close();
  await delay(200);
  expect(changes).toBe(0);
});
