import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Line, Remembering } from '../../../test/support/batches.ts';
import { linesOf, remembering, textsOf } from '../../../test/support/batches.ts';
import type { Batch, Position } from '../../event/batch.ts';
import type { LogReader, LogSource, ReaderPurpose } from '../source.ts';
import { openFileSource } from './source.ts';

let folder: string;
let running: Run[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-files-'));
  mkdirSync(join(folder, 'logs'));
  running = [];
});

afterEach(async () => {
  for (const run of running) await run.stop();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly source: LogSource;
  readonly reader: LogReader;
  readonly report: Remembering;
  /** Reads until `count` more lines have come, and makes them durable. */
  lines(count: number): Promise<Line[]>;
  /** Everything that comes within this time. */
  drain(ms?: number): Promise<Line[]>;
  stop(): Promise<void>;
}

const log = (name = 'app.log'): string => join(folder, 'logs', name);

/** Positions outlive a run as they do in the product. */
async function start(
  positions = new Map<number, Position>(),
  globs = ['*.log'],
  purpose: ReaderPurpose = 'archive',
  graceMs = 60,
): Promise<Run> {
  const report = remembering();
  const source = await openFileSource(
    {
      name: 'orders',
      kind: { kind: 'file', paths: globs.map((glob) => log(glob)) },
      decode: { kind: 'json' },
      timestamp: { path: ['t'], format: 'iso8601', timezone: 'UTC' },
      latenessMs: 0,
    },
    folder,
    report,
    { pollMs: 20, graceMs },
  );
  const reader = await source.open({ purpose, position: (partition) => positions.get(partition) });
  const take = (batch: Batch): Line[] => {
    positions.set(batch.partition, batch.next);
    reader.durable(batch.partition, batch.next);
    return linesOf(batch);
  };
  const run: Run = {
    source,
    reader,
    report,
    async lines(count) {
      const lines: Line[] = [];
      while (lines.length < count) {
        const batch = await reader.next(5_000);
        if (batch === undefined)
          throw new Error(`only ${lines.length} of ${count}: ${report.messages.join('; ')}`);
        lines.push(...take(batch));
      }
      expect(lines.length).toBe(count);
      return lines;
    },
    async drain(ms = 300) {
      const lines: Line[] = [];
      for (let batch = await reader.next(ms); batch !== undefined; batch = await reader.next(ms))
        lines.push(...take(batch));
      return lines;
    },
    async stop() {
      running.splice(running.indexOf(run), 1);
      await source.close();
    },
  };
  running.push(run);
  return run;
}

test('a file is read from its beginning and followed as it grows', async () => {
  writeFileSync(log(), 'one\ntwo\r\n');
  const run = await start();
  expect(await run.lines(2)).toEqual([
    { partition: 0, offset: 0, text: 'one' },
    { partition: 0, offset: 4, text: 'two' },
  ]);
  appendFileSync(log(), 'three\nfour');
  expect(textsOf(await run.lines(1))).toEqual(['three']);
  appendFileSync(log(), ' and more\n');
  expect(textsOf(await run.lines(1))).toEqual(['four and more']);
  expect(run.reader.partitions()[0]).toMatchObject({ label: log(), atEnd: true, lag: 0 });
});

test('a file that appears while running is read', async () => {
  writeFileSync(log(), 'one\n');
  const run = await start();
  await run.lines(1);
  writeFileSync(log('other.log'), 'two\n');
  expect(await run.lines(1)).toEqual([{ partition: 1, offset: 0, text: 'two' }]);
});

test('rotation by rename while running loses and doubles nothing', async () => {
  writeFileSync(log(), 'one\n');
  const run = await start();
  await run.lines(1);
  appendFileSync(log(), 'two\n');
  renameSync(log(), log('app.log.1'));
  writeFileSync(log(), 'four\n');
  appendFileSync(log('app.log.1'), 'three\nlast without end');
  expect(await run.lines(4)).toEqual([
    { partition: 0, offset: 4, text: 'two' },
    { partition: 0, offset: 8, text: 'three' },
    { partition: 0, offset: 14, text: 'last without end' },
    { partition: 0, offset: 2 ** 38, text: 'four' },
  ]);
  expect(await run.drain()).toEqual([]);
});

test('two rotations while down: the old file is found and everything after it is read in order', async () => {
  const positions = new Map<number, Position>();
  writeFileSync(log(), 'one\n');
  const first = await start(positions);
  await first.lines(1);
  await first.stop();
  appendFileSync(log(), 'two\n');
  renameSync(log(), log('app.log.1'));
  writeFileSync(log(), 'three\n');
  renameSync(log('app.log.1'), log('app.log.2'));
  renameSync(log(), log('app.log.1'));
  writeFileSync(log(), 'four\n');
  const second = await start(positions);
  expect(textsOf(await second.lines(3))).toEqual(['two', 'three', 'four']);
  expect(await second.drain()).toEqual([]);
});

test('copy and truncate while running', async () => {
  writeFileSync(log(), 'one\n');
  const run = await start();
  await run.lines(1);
  appendFileSync(log(), 'two\n');
  copyFileSync(log(), log('app.log.1'));
  truncateSync(log());
  appendFileSync(log(), 'three\n');
  expect(textsOf(await run.lines(2))).toEqual(['two', 'three']);
  expect(await run.drain()).toEqual([]);
});

test('copy, truncate and compression while down', async () => {
  const positions = new Map<number, Position>();
  writeFileSync(log(), 'one\n');
  const first = await start(positions);
  await first.lines(1);
  await first.stop();
  writeFileSync(log('app.log.1.gz'), gzipSync('one\ntwo\n'));
  writeFileSync(log(), 'three\n');
  const second = await start(positions);
  expect(textsOf(await second.lines(2))).toEqual(['two', 'three']);
  expect(second.report.counts.get('lines_lost')).toBeUndefined();
});

test('a file that was deleted while down with unread lines is reported, and the next one is read', async () => {
  const positions = new Map<number, Position>();
  writeFileSync(log(), 'one\n');
  const first = await start(positions);
  await first.lines(1);
  await first.stop();
  unlinkSync(log());
  writeFileSync(log(), 'and now a quite different one\n');
  const second = await start(positions);
  expect(textsOf(await second.lines(1))).toEqual(['and now a quite different one']);
  expect(second.report.counts.get('lines_lost')).toBe(1);
  expect(second.report.messages.join('\n')).toContain('is gone');
});
