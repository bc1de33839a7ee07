import {
  appendFileSync,
  copyFileSync,
  linkSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textsOf } from '../../../test/support/batches.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import type { Position } from '../../event/batch.ts';

let logs: LogFolder;
let positions: Map<number, Position>;

beforeEach(() => {
  logs = makeLogFolder();
  positions = new Map();
});

afterEach(async () => {
  await logs.remove();
});

/** Reads `count` lines and stops. */
async function readAndStop(count: number): Promise<void> {
  const run = await logs.run({ positions });
  expect(await run.lines(count)).toHaveLength(count);
  await run.stop();
}

const LONG = 'x'.repeat(2_000);

test('rename while running: the old file to its end, what comes late and its unfinished line too, then the new one', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run({ graceMs: 200 });
  await run.lines(1);
  appendFileSync(logs.path(), 'two\n');
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'four\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  appendFileSync(logs.path('app.log.1'), 'three\nlast without end');
  expect(await run.lines(3)).toEqual([
    { partition: 0, offset: 8, text: 'three' },
    { partition: 0, offset: 14, text: 'last without end' },
    { partition: 0, offset: 2 ** 38, text: 'four' },
  ]);
  expect(await run.drain()).toEqual([]);
});

test('the writer that goes on with the renamed file is followed until the new file has something in it', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), '');
  expect(await run.drain()).toEqual([]);
  appendFileSync(logs.path('app.log.1'), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  appendFileSync(logs.path(), 'three\n');
  expect(textsOf(await run.lines(1))).toEqual(['three']);
});

test('rename while down', async () => {
  writeFileSync(logs.path(), 'one\n');
  await readAndStop(1);
  appendFileSync(logs.path(), 'two\n');
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'three\n');
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(2))).toEqual(['two', 'three']);
  expect(await run.drain()).toEqual([]);
});

test('rename twice while down: the old file is found, and everything after it comes in order', async () => {
  writeFileSync(logs.path('app.log.1'), 'from before we knew the log\n');
  writeFileSync(logs.path(), 'one\n');
  await readAndStop(1);
  appendFileSync(logs.path(), 'two\n');
  renameSync(logs.path('app.log.1'), logs.path('app.log.3'));
  renameSync(logs.path(), logs.path('app.log.2'));
  writeFileSync(logs.path('app.log.1'), 'three\n');
  writeFileSync(logs.path(), 'four\n');
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(3))).toEqual(['two', 'three', 'four']);
  expect(await run.drain()).toEqual([]);
});

test('copy and truncate while running', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  appendFileSync(logs.path(), 'two\n');
  copyFileSync(logs.path(), logs.path('app.log.1'));
  truncateSync(logs.path());
  appendFileSync(logs.path(), 'three\nfour\nfive\n');
  expect(textsOf(await run.lines(4))).toEqual(['two', 'three', 'four', 'five']);
  expect(await run.drain()).toEqual([]);
});

test('copy and truncate twice while down', async () => {
  writeFileSync(logs.path(), 'one\n');
  await readAndStop(1);
  appendFileSync(logs.path(), 'two\n');
  copyFileSync(logs.path(), logs.path('app.log.2'));
  writeFileSync(logs.path(), 'three\n');
  copyFileSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'four, and it is longer than what was there\n');
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(3))).toEqual(['two', 'three', 'four, and it is longer than what was there']);
  expect(await run.drain()).toEqual([]);
});

test('a rotated file that was compressed while down is read from where we were', async () => {
  writeFileSync(logs.path(), 'one\n');
  await readAndStop(1);
  writeFileSync(logs.path('app.log.1.gz'), gzipSync('one\ntwo\nunfinished'));
  unlinkSync(logs.path());
  writeFileSync(logs.path(), 'three\n');
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(3))).toEqual(['two', 'unfinished', 'three']);
  expect(run.report.counts.get('lines_lost')).toBeUndefined();
});

test('truncated and written anew with the same beginning: noticed by what lies before our place', async () => {
  writeFileSync(logs.path(), `${LONG}\none\n`);
  const run = await logs.run();
  await run.lines(2);
  writeFileSync(logs.path(), `${LONG}\nanother first and\nanother second\n`);
  expect(textsOf(await run.lines(3)).slice(1)).toEqual(['another first and', 'another second']);
});

test('truncated before anything of it was read: what was in it comes from the copy, then what is in it now', async () => {
  writeFileSync(logs.path(), 'one, a long line that is');
  const run = await logs.run();
  expect(await run.drain(30)).toEqual([]);
  appendFileSync(logs.path(), ' finished now\n');
  copyFileSync(logs.path(), logs.path('app.log.1'));
  truncateSync(logs.path());
  appendFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(2))).toEqual(['one, a long line that is finished now', 'two']);
  expect(await run.drain()).toEqual([]);
});

test('a file whose inode is used again by a new one is not mistaken for it', async () => {
  writeFileSync(logs.path(), 'one\ntwo\n');
  await readAndStop(2);
  // The same inode for certain, whatever the file system does.
  writeFileSync(logs.path(), 'a new file, longer than the old one\n');
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(1))).toEqual(['a new file, longer than the old one']);
});

test('deleted while running: read to its end, and its successor from the beginning', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run({ positions });
  await run.lines(1);
  appendFileSync(logs.path(), 'two\nthree');
  unlinkSync(logs.path());
  expect(textsOf(await run.lines(2))).toEqual(['two', 'three']);
  await run.drain();
  await run.stop();
  const again = await logs.run({ positions });
  expect(await again.drain()).toEqual([]);
  expect(again.report.counts.get('lines_lost')).toBeUndefined();
  writeFileSync(logs.path(), 'four\n');
  expect(textsOf(await again.lines(1))).toEqual(['four']);
});

test('deleted while down, with lines that were not read: said once and counted, and the next file is read', async () => {
  writeFileSync(logs.path(), 'one\n'.repeat(5_000));
  const first = await logs.run();
  const batch = (await first.reader.next(5_000))!;
  positions.set(0, batch.next);
  await first.stop();
  unlinkSync(logs.path());
  const run = await logs.run({ positions });
  expect(await run.drain(300)).toEqual([]);
  expect(run.report.counts.get('lines_lost')).toBe(1);
  expect(run.report.messages.join('\n')).toContain('is gone');
  writeFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  await run.stop();
  const again = await logs.run({ positions });
  expect(await again.drain()).toEqual([]);
  expect(again.report.counts.get('lines_lost')).toBeUndefined();
});

test.each(['not there', 'made anew'])(
  'deleted while down after it had been read to its end, and %s: no line is said to be lost',
  async (after) => {
    writeFileSync(logs.path(), 'one\ntwo\n\n');
    await readAndStop(2);
    unlinkSync(logs.path());
    writeFileSync(logs.path('takes the inode'), '');
    if (after === 'made anew') writeFileSync(logs.path(), 'three\n');
    const run = await logs.run({ positions });
    expect(textsOf(await run.drain(300))).toEqual(after === 'made anew' ? ['three'] : []);
    expect(run.report.counts.get('lines_lost')).toBeUndefined();
    expect(run.report.labels.get('files_gone')).toEqual([{ source: 'orders', reader: 'archive' }]);
    expect(run.reader.partitions()[0]).toMatchObject({ atEnd: true, lag: 0 });
    await run.stop();
    const again = await logs.run({ positions });
    expect(await again.drain()).toEqual([]);
    expect(again.report.counts.get('files_gone')).toBeUndefined();
  },
);

test('a file that comes back to its path is read on, also after it was missed and after a restart', async () => {
  writeFileSync(logs.path(), `${LONG}\none\n`);
  await readAndStop(2);
  renameSync(logs.path(), join(logs.dataDir, 'away'));
  const missing = await logs.run({ positions });
  expect(await missing.drain(300)).toEqual([]);
  renameSync(join(logs.dataDir, 'away'), logs.path());
  appendFileSync(logs.path(), 'two\n');
  expect(textsOf(await missing.lines(1))).toEqual(['two']);
  await missing.stop();
  renameSync(logs.path(), join(logs.dataDir, 'away'));
  const again = await logs.run({ positions });
  await again.drain(300);
  await again.stop();
  renameSync(join(logs.dataDir, 'away'), logs.path());
  appendFileSync(logs.path(), 'three\n');
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(1))).toEqual(['three']);
  expect(await run.drain()).toEqual([]);
});

test('a rotated file with a date before its extension is its log, not a log of its own', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  renameSync(logs.path(), logs.path('app-2026-11-23.log'));
  writeFileSync(logs.path(), 'two\n');
  expect(await run.lines(1)).toEqual([{ partition: 0, offset: 2 ** 38, text: 'two' }]);
  expect(await run.drain()).toEqual([]);
});

test('a file renamed to a name of its own that a glob finds is not read again', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run({ positions });
  await run.lines(1);
  renameSync(logs.path(), logs.path('yesterday.log'));
  writeFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  expect(await run.drain()).toEqual([]);
  await run.stop();
  expect(await (await logs.run({ positions })).drain()).toEqual([]);
});

test('a glob that finds rotated files reads them first, as files of their log', async () => {
  writeFileSync(logs.path('app.log.2.gz'), gzipSync('one\n'));
  writeFileSync(logs.path('app.log.1'), 'two\n');
  writeFileSync(logs.path(), 'three\n');
  const run = await logs.run({ globs: ['app.log*'] });
  const lines = await run.lines(3);
  expect(lines).toEqual(
    ['one', 'two', 'three'].map((text, i) => ({ partition: 0, offset: i * 2 ** 38, text })),
  );
});

test('a link to a log is that log', async () => {
  writeFileSync(logs.path('real.log'), 'one\n');
  symlinkSync('real.log', logs.path('current.log'));
  linkSync(logs.path('real.log'), logs.path('other.log'));
  const run = await logs.run();
  expect(textsOf(await run.lines(1))).toEqual(['one']);
  appendFileSync(logs.path('real.log'), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  expect(await run.drain()).toEqual([]);
});

test('a long file that an editor or a restore wrote again goes on where it was', async () => {
  writeFileSync(logs.path(), `${LONG}\none\n`);
  const run = await logs.run({ positions });
  await run.lines(2);
  const inode = statSync(logs.path()).ino;
  copyFileSync(logs.path(), logs.path('copy'));
  renameSync(logs.path('copy'), logs.path());
  expect(statSync(logs.path()).ino).not.toBe(inode);
  appendFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  expect(await run.drain()).toEqual([]);
});

test.each([
  ['a file that it does not know', { offset: 3 * 2 ** 38, proof: '' }],
  [
    'another log',
    {
      offset: 4,
      proof: JSON.stringify({ path: '/elsewhere.log', inode: '1', bytes: 4, generation: 0, evidence: '' }),
    },
  ],
])('a registry that does not belong to the positions halts its partition: %s', async (_what, position) => {
  writeFileSync(logs.path(), 'one\n');
  positions.set(0, position);
  const run = await logs.run({ positions });
  expect(await run.drain()).toEqual([]);
  expect(run.reader.partitions()[0]?.halted).toContain(
    'files.db in data_dir does not belong to the positions',
  );
  expect(run.reader.partitions()[0]?.atEnd).toBe(false);
});

test('lines that come to a rotated file after the next one was begun are reported and counted', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'two\n');
  await run.lines(1);
  appendFileSync(logs.path('app.log.1'), 'late\nlater\n');
  appendFileSync(logs.path(), 'three\n');
  await run.lines(1);
  expect(await run.drain()).toEqual([]);
  expect(run.report.counts.get('lines_lost')).toBe(2);
});

test('a writer that does not append leaves a hole at each copy and truncate: its lines are told apart all the same', async () => {
  const place = 5_000;
  /** What the file holds after it was truncated under a writer at this place. */
  const holed = (text: string): Buffer => Buffer.concat([Buffer.alloc(place), Buffer.from(text)]);
  writeFileSync(logs.path(), holed('one\n'));
  await readAndStop(1);
  appendFileSync(logs.path(), 'two\n');
  copyFileSync(logs.path(), logs.path('app.log.3'));
  writeFileSync(logs.path(), holed('three\n'));
  copyFileSync(logs.path(), logs.path('app.log.2'));
  writeFileSync(logs.path(), holed('four\n'));
  copyFileSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), holed('five\n'));
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(4))).toEqual(['two', 'three', 'four', 'five']);
  expect(await run.drain()).toEqual([]);
  expect(run.report.counts.get('lines_lost')).toBeUndefined();
});

test('a hole that is made while running', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  for (const text of ['two', 'three']) {
    copyFileSync(logs.path(), logs.path('app.log.1'));
    truncateSync(logs.path());
    await run.drain(30);
    appendFileSync(logs.path(), Buffer.concat([Buffer.alloc(3_000_000), Buffer.from(`${text}\n`)]));
    expect(textsOf(await run.lines(1))).toEqual([text]);
  }
  expect(await run.drain()).toEqual([]);
});

test('a new log that was rotated before it was first seen, while stopped: all its files are read, none from before', async () => {
  writeFileSync(logs.path('other.log'), 'from another program\n');
  writeFileSync(logs.path('app.log.3'), 'from before\n');
  utimesSync(logs.path('app.log.3'), 1_000, 1_000);
  await readAndStop(1);
  writeFileSync(logs.path('app.log.2.gz'), gzipSync('one\n'));
  writeFileSync(logs.path('app.log.1'), 'two\n');
  writeFileSync(logs.path(), 'three\n');
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(3))).toEqual(['one', 'two', 'three']);
  expect(await run.drain()).toEqual([]);
});

test('a new log that is rotated before it is first looked at, while running', async () => {
  const run = await logs.run();
  writeFileSync(logs.path('app.log.1'), 'one\n');
  writeFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(2))).toEqual(['one', 'two']);
  expect(await run.drain()).toEqual([]);
});

test('a log that a new glob finds begins with the file that is there', async () => {
  writeFileSync(logs.path('other.log'), 'other\n');
  const before = await logs.run({ positions, globs: ['other.log'] });
  await before.lines(1);
  await before.stop();
  writeFileSync(logs.path('app.log.1'), 'old\n');
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run({ positions, globs: ['other.log', 'app.log'] });
  expect(textsOf(await run.lines(1))).toEqual(['one']);
  expect(await run.drain()).toEqual([]);
});

test('a rotated file that is just being compressed is not read a second time', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  renameSync(logs.path(), logs.path('app.log.1'));
  const packed = gzipSync('one\n');
  writeFileSync(logs.path('app.log.1.gz'), packed.subarray(0, packed.length - 9));
  writeFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  writeFileSync(logs.path('app.log.1.gz'), packed);
  unlinkSync(logs.path('app.log.1'));
  renameSync(logs.path('app.log.1.gz'), logs.path('app.log.2.gz'));
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'three\n');
  expect(textsOf(await run.lines(1))).toEqual(['three']);
  expect(await run.drain()).toEqual([]);
});

test('a lost file is counted for the reader that lost it', async () => {
  writeFileSync(logs.path(), 'one\ntwo\n');
  const run = await logs.run();
  await run.lines(2);
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'three\n');
  await run.lines(1);
  appendFileSync(logs.path('app.log.1'), 'late\n');
  expect(await run.drain()).toEqual([]);
  expect(run.report.labels.get('lines_lost')).toEqual([{ source: 'orders', reader: 'archive' }]);
});

test('a short log that grew, was rotated and compressed while nobody looked is still known after the next rotation', async () => {
  writeFileSync(logs.path(), 'one\n');
  await readAndStop(1);
  unlinkSync(logs.path());
  writeFileSync(logs.path('app.log.1.gz'), gzipSync('one\ntwo\n'));
  writeFileSync(logs.path(), 'three\n');
  // Killed before it has read anything.
  await readAndStop(0);
  renameSync(logs.path(), logs.path('app.log.0'));
  writeFileSync(logs.path(), 'four\n');
  const run = await logs.run({ positions });
  expect(textsOf(await run.lines(3))).toEqual(['two', 'three', 'four']);
  expect(await run.drain(1_000)).toEqual([]);
  expect(run.report.counts.get('lines_lost')).toBeUndefined();
});

test.each(['short', 'long'])(
  'a compressed file that came while nobody looked is read once (%s)',
  async (size) => {
    const long = (name: string): string => `${name}${size === 'long' ? ' '.repeat(2_000) : ''}`;
    const texts = (lines: Parameters<typeof textsOf>[0]): string[] =>
      textsOf(lines).map((text) => text.trim());
    writeFileSync(logs.path(), `${long('one')}\n`);
    await readAndStop(1);
    renameSync(logs.path(), logs.path('app.log.2'));
    writeFileSync(logs.path('app.log.1.gz'), gzipSync(`${long('two')}\n`));
    writeFileSync(logs.path(), `${long('three')}\n`);
    const run = await logs.run({ positions });
    expect(texts(await run.lines(2))).toEqual(['two', 'three']);
    for (const name of ['four', 'five']) {
      renameSync(logs.path(), logs.path(`app.log.${name === 'four' ? '0' : '00'}`));
      writeFileSync(logs.path(), `${long(name)}\n`);
      expect(texts(await run.lines(1))).toEqual([name]);
    }
    expect(await run.drain(1_000)).toEqual([]);
    expect(run.report.counts.get('lines_lost')).toBeUndefined();
  },
);
