/** Files that are there but cannot be reached: they are not lost, and not read to their end. */
import { appendFileSync, mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { remembering, textsOf } from '../../../test/support/batches.ts';
import { rightClock } from '../../../test/support/clock.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import type { Position } from '../../event/batch.ts';
import type { FollowerContext } from './follower.ts';
import { isUnmounted, mountPointOf } from './mount.ts';
import { FileReader } from './reader.ts';

let logs: LogFolder;
let positions: Map<number, Position>;

beforeEach(() => {
  logs = makeLogFolder();
  positions = new Map();
});

afterEach(async () => {
  await logs.remove();
});

test('a mount point is told from a folder', async () => {
  expect(await mountPointOf('/proc/self/status')).toBe('/proc');
  expect(await isUnmounted('/proc')).toBe(false);
  expect(await isUnmounted('/')).toBe(false);
  mkdirSync(logs.path('disk'));
  expect(await isUnmounted(logs.path('disk'))).toBe(true);
  expect(await isUnmounted(logs.path('missing'))).toBe(true);
  symlinkSync('/proc/self/status', logs.path('status'));
  expect(await mountPointOf(logs.path('status'))).toBe('/proc');
});

test('while its disk is not mounted a log is unreachable, nothing is lost, and it is read on when it is there again', async () => {
  writeFileSync(logs.path(), 'one\n');
  const before = await logs.run({ positions });
  await before.lines(1);
  await before.stop();
  // As if the file had been on a disk of its own, which is away now.
  const registry = new DatabaseSync(join(logs.dataDir, 'files.db'));
  registry.prepare('UPDATE mounts SET mount_point = ?').run(logs.path('disk'));
  registry.close();
  renameSync(logs.path(), join(logs.dataDir, 'away'));
  const run = await logs.run({ positions });
  expect(await run.drain(300)).toEqual([]);
  expect(run.reader.partitions()[0]).toMatchObject({
    atEnd: false,
    unreachable: expect.stringContaining('no disk is mounted at') as string,
  });
  expect(run.report.counts.size).toBe(0);
  renameSync(join(logs.dataDir, 'away'), logs.path());
  appendFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  await run.drain();
  expect(run.reader.partitions()[0]).toMatchObject({ atEnd: true, lag: 0 });
  expect(run.reader.partitions()[0]).not.toHaveProperty('unreachable');
});

test('a log that cannot be read under its name is unreachable though its rotated file is read', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  renameSync(logs.path(), logs.path('app.log.1'));
  symlinkSync('app.log', logs.path('app.log'));
  appendFileSync(logs.path('app.log.1'), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  await run.drain();
  expect(run.reader.partitions()[0]).toMatchObject({
    atEnd: false,
    unreachable: expect.stringContaining('app.log cannot be read') as string,
  });
  unlinkSync(logs.path());
  writeFileSync(logs.path(), 'three\n');
  expect(textsOf(await run.lines(1))).toEqual(['three']);
});

test('while the file system does not answer nothing is read to its end', async () => {
  const log = {
    partition: 0,
    path: logs.path('gone/app.log'),
    generations: [{ number: 0, inode: '1', fingerprint: { bytes: 0, hash: '' }, mtimeMs: 0 }],
  };
  const answer = Promise.withResolvers<undefined>();
  const context = {
    registry: { beginning: () => 0 },
    logs: {
      all: [log],
      currentSize: () => 0,
      globs: { paths: [] },
      findNew: () => answer.promise,
      replaced: () => answer.promise,
      sight: { problem: () => undefined, hidden: [] },
    },
    telemetry: remembering(),
    clock: rightClock(),
    source: 'orders',
    purpose: 'alert',
    graceMs: 60_000,
    stuckMs: 50,
  } as unknown as FollowerContext;
  const reader = new FileReader(context, { purpose: 'alert', position: () => undefined }, () => undefined);
  const reading = reader.next(200);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(reader.partitions()[0]).toMatchObject({
    atEnd: false,
    unreachable: expect.stringContaining('has not answered') as string,
  });
  answer.resolve(undefined);
  expect(await reading).toBeUndefined();
  expect(reader.partitions()[0]).not.toHaveProperty('unreachable');
  await reader.close();
});
