import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { linesOf, textsOf } from '../../../test/support/batches.ts';
import { rightClock } from '../../../test/support/clock.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import type { Batch, Position } from '../../event/batch.ts';
import { FixableError } from '../../event/fixable-error.ts';

let logs: LogFolder;

beforeEach(() => {
  logs = makeLogFolder();
});

afterEach(async () => {
  await logs.remove();
});

test('a file is read from its beginning and followed as it grows; an unfinished line waits', async () => {
  writeFileSync(logs.path(), 'one\ntwo\r\n');
  const run = await logs.run();
  expect(await run.lines(2)).toEqual([
    { partition: 0, offset: 0, text: 'one' },
    { partition: 0, offset: 4, text: 'two' },
  ]);
  appendFileSync(logs.path(), 'three\nfour');
  expect(textsOf(await run.lines(1))).toEqual(['three']);
  expect(await run.drain()).toEqual([]);
  appendFileSync(logs.path(), ' and more\n');
  expect(textsOf(await run.lines(1))).toEqual(['four and more']);
  expect(run.reader.partitions()).toMatchObject([{ partition: 0, label: logs.path(), atEnd: true, lag: 0 }]);
});

test('a file that appears while running is read, in a folder that is new too', async () => {
  writeFileSync(logs.path('a.log'), 'one\n');
  const run = await logs.run({ globs: ['**/*.log'] });
  await run.lines(1);
  mkdirSync(logs.path('sub'));
  writeFileSync(logs.path('sub/b.log'), 'two\n');
  expect(await run.lines(1)).toEqual([{ partition: 1, offset: 0, text: 'two' }]);
});

test('a file that has appeared is known once the reader was told to look, though nobody looks by himself yet', async () => {
  writeFileSync(logs.path('a.log'), 'one\n');
  const run = await logs.run({ pollMs: 3_600_000 });
  await run.lines(1);
  writeFileSync(logs.path('b.log'), 'two\n');
  const labels = (): readonly string[] => run.reader.partitions().map(({ label }) => label);
  expect(labels()).toEqual([logs.path('a.log')]);
  await run.reader.look!();
  expect(labels()).toEqual([logs.path('a.log'), logs.path('b.log')]);
  expect(run.reader.partitions()[1]).toMatchObject({ atEnd: false });
});

test('where there is no file yet this is said, and it is read as soon as there is one', async () => {
  const run = await logs.run();
  expect(run.report.messages.join()).toContain('no file is at');
  expect(await run.reader.next(0)).toBeUndefined();
  writeFileSync(logs.path(), 'one\n');
  expect(textsOf(await run.lines(1))).toEqual(['one']);
});

test('nothing of a held file is handed out until it is let go; the others go on', async () => {
  writeFileSync(logs.path('a.log'), 'a one\n');
  writeFileSync(logs.path('b.log'), 'b one\n');
  const run = await logs.run({ globs: ['*.log'] });
  await run.lines(2);
  run.reader.hold(new Set([0]));
  appendFileSync(logs.path('a.log'), 'a two\n');
  appendFileSync(logs.path('b.log'), 'b two\n');
  expect(textsOf(await run.lines(1))).toEqual(['b two']);
  expect(await run.drain()).toEqual([]);
  expect(run.reader.partitions().map(({ atEnd }) => atEnd)).toEqual([false, true]);
  run.reader.hold(new Set());
  expect(textsOf(await run.lines(1))).toEqual(['a two']);
});

test('nothing is read twice after a restart', async () => {
  const positions = new Map<number, Position>();
  writeFileSync(logs.path(), 'one\ntwo\n');
  const first = await logs.run({ positions });
  await first.lines(2);
  await first.stop();
  appendFileSync(logs.path(), 'three\n');
  const second = await logs.run({ positions });
  expect(await second.lines(1)).toEqual([{ partition: 0, offset: 8, text: 'three' }]);
});

test('lines before the offset are skipped when the proof is for an earlier place', async () => {
  writeFileSync(logs.path(), 'one\ntwo\nthree\n');
  const first = await logs.run();
  const { next } = (await first.reader.next(5_000))!;
  await first.stop();
  const proof = JSON.stringify({
    ...(JSON.parse(next.proof) as object),
    bytes: 0,
    evidence: '0:e3b0c44298fc1c14',
  });
  const second = await logs.run({ positions: new Map([[0, { offset: 8, proof }]]) });
  expect(textsOf(await second.drain())).toEqual(['three']);
});

test('two readers, and a third after a restart, give every line the same offset', async () => {
  writeFileSync(logs.path('a.log'), 'one\n');
  writeFileSync(logs.path('b.log'), 'two\n');
  const archive = await logs.run();
  const before = await archive.lines(2);
  renameSync(logs.path('a.log'), logs.path('a.log.1'));
  writeFileSync(logs.path('a.log'), 'three\n');
  before.push(...(await archive.lines(1)));
  await archive.stop();
  const alert = await logs.run({ purpose: 'alert' });
  const byOffset = (
    a: { partition: number; offset: number },
    b: { partition: number; offset: number },
  ): number => a.partition - b.partition || a.offset - b.offset;
  expect((await alert.lines(3)).sort(byOffset)).toEqual(before.sort(byOffset));
});

test('a batch holds at most 2,000 lines and 1 MiB; the clock and the modification time go along', async () => {
  writeFileSync(logs.path(), `${'x'.repeat(1_023)}\n`.repeat(3_000) + 'y\n'.repeat(5_000));
  utimesSync(logs.path(), 1_000, 1_000);
  const run = await logs.run({ clock: rightClock(() => 42) });
  const batches: Batch[] = [];
  for (let lines = 0; lines < 8_000; lines += batches.at(-1)!.offsets.length)
    batches.push((await run.reader.next(5_000))!);
  for (const batch of batches) {
    expect(batch.offsets.length).toBeLessThanOrEqual(2_000);
    expect(batch.ends.at(-1)! - batch.starts[0]!).toBeLessThanOrEqual(1 << 20);
    expect(batch).toMatchObject({ readAtMs: 42, writtenByMs: 1_000_000 });
  }
  expect(batches.map(({ atEnd }) => atEnd).lastIndexOf(false)).toBe(batches.length - 2);
});

test('what was there before it was read may be old, what comes after arrives as it is read', async () => {
  writeFileSync(logs.path(), 'one\n');
  utimesSync(logs.path(), 1_000, 1_000);
  const { reader } = await logs.run();
  const writtenBy = async (): Promise<number | undefined> => (await reader.next(5_000))!.writtenByMs;
  expect(await writtenBy()).toBe(1_000_000);
  appendFileSync(logs.path(), 'two\n');
  expect(await writtenBy()).toBeUndefined();
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'three\n');
  expect(await writtenBy()).toBeUndefined();
});

test('a modification time within a millisecond is told in whole ones, as every time of an event', async () => {
  writeFileSync(logs.path(), 'one\n');
  utimesSync(logs.path(), 1_000.0004, 1_000.0004);
  const { reader } = await logs.run();
  expect((await reader.next(5_000))!.writtenByMs).toBe(1_000_001);
});

test('a busy log does not keep the others waiting', async () => {
  writeFileSync(logs.path('a.log'), 'x\n'.repeat(20_000));
  writeFileSync(logs.path('b.log'), 'y\n');
  const { reader } = await logs.run();
  const first = [(await reader.next(5_000))!, (await reader.next(5_000))!, (await reader.next(5_000))!];
  expect(first.map(({ partition }) => partition)).toContain(1);
  expect(reader.partitions()[0]).toMatchObject({ atEnd: false });
  expect(reader.partitions()[0]?.lag).toBeGreaterThan(0);
});

test('a line of 10 MB is cut to 1 MiB and counted once, whether it was there or is growing', async () => {
  writeFileSync(logs.path(), `before\n${'x'.repeat(10_000_000)}\nafter\n`);
  const run = await logs.run();
  expect((await run.lines(3)).map(({ offset, text }) => [offset, text.length])).toEqual([
    [0, 6],
    [7, 1 << 20],
    [10_000_008, 5],
  ]);
  for (let i = 0; i < 5; i++) {
    appendFileSync(logs.path(), 'z'.repeat(1_000_000));
    expect(await run.drain(30)).toEqual([]);
  }
  appendFileSync(logs.path(), '\nend\n');
  expect((await run.lines(2)).map(({ text }) => text.length)).toEqual([1 << 20, 3]);
  expect(run.cutLines).toBe(2);
});

test('blank lines are passed over, and the lines around them keep their places', async () => {
  const positions = new Map<number, Position>();
  writeFileSync(logs.path(), '\n\r\none\n\n\ntwo\n\n');
  const run = await logs.run({ positions });
  expect(await run.lines(2)).toEqual([
    { partition: 0, offset: 3, text: 'one' },
    { partition: 0, offset: 9, text: 'two' },
  ]);
  expect(await run.drain()).toEqual([]);
  expect(run.reader.partitions()[0]).toMatchObject({ atEnd: true, lag: 0 });
  await run.stop();
  appendFileSync(logs.path(), '\nthree\n');
  expect(await (await logs.run({ positions })).lines(1)).toEqual([
    { partition: 0, offset: 15, text: 'three' },
  ]);
});

test('more blank lines than a batch or a block holds are passed over', async () => {
  writeFileSync(logs.path(), `${'\n'.repeat(2_500_000)}one\n${'\n'.repeat(5_000)}two\n`);
  const run = await logs.run();
  expect(await run.lines(2)).toEqual([
    { partition: 0, offset: 2_500_000, text: 'one' },
    { partition: 0, offset: 2_505_004, text: 'two' },
  ]);
});

test.each([10, 5_000, (1 << 20) + 2, 3 << 20])(
  'a hole of %i NULs before a line is no part of it, and no line',
  async (length) => {
    const positions = new Map<number, Position>();
    writeFileSync(logs.path(), Buffer.concat([Buffer.alloc(length), Buffer.from('one\ntwo\n')]));
    const run = await logs.run({ positions });
    expect(await run.lines(2)).toEqual([
      { partition: 0, offset: length, text: 'one' },
      { partition: 0, offset: length + 4, text: 'two' },
    ]);
    expect(run.cutLines).toBe(0);
    await run.stop();
    appendFileSync(logs.path(), Buffer.concat([Buffer.alloc(length), Buffer.from('three\n')]));
    expect(await (await logs.run({ positions })).lines(1)).toEqual([
      { partition: 0, offset: 2 * length + 8, text: 'three' },
    ]);
  },
);

test('a hole without anything behind it stays unread', async () => {
  writeFileSync(logs.path(), Buffer.alloc(2 << 20));
  const run = await logs.run();
  expect(await run.drain(100)).toEqual([]);
  appendFileSync(logs.path(), 'one\n');
  expect(await run.lines(1)).toEqual([{ partition: 0, offset: 2 << 20, text: 'one' }]);
});

test('a line that is too long is not cut inside a character', async () => {
  writeFileSync(logs.path(), `a${'订'.repeat(400_000)}\nb${'订'.repeat(1_000_000)}\nafter\n`);
  const run = await logs.run();
  const lines = textsOf(await run.lines(3)).map((text) => Buffer.from(text, 'latin1').toString());
  expect(lines.map((line) => line.includes('\ufffd'))).toEqual([false, false, false]);
  expect(lines.map((line) => line.length)).toEqual([349_526, 349_526, 5]);
});

test('bytes that are no UTF-8 pass untouched', async () => {
  const bytes = Buffer.from([0x22, 0xff, 0xc3, 0x28, 0x00, 0x22]);
  writeFileSync(logs.path(), Buffer.concat([bytes, Buffer.from('\n')]));
  const { reader } = await logs.run();
  expect(linesOf((await reader.next(5_000))!)[0]?.text).toBe(bytes.toString('latin1'));
});

test('what cannot be read is named once, the other files are read, and it is read once it can be', async () => {
  mkdirSync(logs.path('bad.log'));
  writeFileSync(logs.path('good.log'), 'one\n');
  const run = await logs.run();
  expect(textsOf(await run.lines(1))).toEqual(['one']);
  expect(run.report.messages.filter((message) => message.includes('bad.log is a folder'))).toHaveLength(1);
  rmdirSync(logs.path('bad.log'));
  writeFileSync(logs.path('bad.log'), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
});

const BZIP2 = Buffer.from('425a6839314159265359f9d6e4ff0a0a0a0a', 'hex');

test.each([
  ['app.log.1.bz2', BZIP2, 'bzip2'],
  ['app.log.1', BZIP2, 'bzip2'],
  ['other.log', zstdCompressSync('one\ntwo\n'), 'zstd'],
  ['other.log', gzipSync('one\ntwo\n'), 'gzip'],
])('compressed bytes never become lines: %s', async (name, bytes, kind) => {
  writeFileSync(logs.path(), 'one\n');
  writeFileSync(logs.path(name), bytes);
  utimesSync(logs.path(name), 1_000, 1_000);
  const run = await logs.run({ globs: ['*.log*'] });
  expect(textsOf(await run.drain())).toEqual(['one']);
  if (name !== 'app.log.1')
    expect(run.report.messages.filter((message) => message.includes(`compressed with ${kind}`))).toHaveLength(
      1,
    );
});

test('a file that is compressed in place is not read on as text', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  writeFileSync(logs.path(), BZIP2);
  expect(await run.drain()).toEqual([]);
  expect(run.report.messages.join('\n')).toContain('compressed with bzip2');
  writeFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
});

test("the process's own output is left out of the globs, however it was written before, and this is said once", async () => {
  writeFileSync(logs.path(), 'one\n');
  writeFileSync(logs.path('tocsin.log'), 'two\n');
  const positions = new Map<number, Position>();
  const before = await logs.run({ positions });
  await before.lines(2);
  await before.stop();
  const output = openSync(logs.path('tocsin.log'), 'a');
  writeFileSync(logs.path('tocsin.log.1'), 'not its own any more\n');
  try {
    const run = await logs.run({ positions, outputs: [output], globs: ['*.log*'] });
    writeSync(output, 'alert: one\n');
    appendFileSync(logs.path(), 'three\n');
    expect(textsOf(await run.drain())).toEqual(['three']);
    expect(run.reader.partitions()).toMatchObject([
      { atEnd: true, lag: 0 },
      { atEnd: true, lag: 0 },
    ]);
    expect(run.report.messages.filter((message) => message.includes('own output'))).toHaveLength(1);
    renameSync(logs.path('tocsin.log'), logs.path('tocsin.log.2'));
    writeSync(output, 'alert: three\n');
    appendFileSync(logs.path(), 'four\n');
    expect(textsOf(await run.drain())).toEqual(['four']);
  } finally {
    closeSync(output);
  }
});

test('where nothing at all can be read, opening fails with the fix', async () => {
  mkdirSync(logs.path('bad.log'));
  const error = await logs.run().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(FixableError);
  expect((error as FixableError).fix).toContain('name the files in it');
});

test('a log that cannot be read any more is unreachable until it can', async () => {
  const positions = new Map<number, Position>();
  writeFileSync(logs.path(), 'one\n');
  const first = await logs.run({ positions });
  await first.lines(1);
  await first.stop();
  unlinkSync(logs.path());
  mkdirSync(logs.path());
  const run = await logs.run({ positions });
  await run.drain();
  expect(run.reader.partitions()[0]).toMatchObject({
    atEnd: false,
    unreachable: expect.stringContaining('is a folder') as string,
  });
  expect(run.report.counts.get('lines_lost')).toBeUndefined();
  rmdirSync(logs.path());
  writeFileSync(logs.path(), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  await run.drain();
  expect(run.reader.partitions()[0]).not.toHaveProperty('unreachable');
});

test('a folder that cannot be looked into is out of reach, not empty; at a start it is refused', async () => {
  // Not even root gets through a link to itself.
  const shut = (name: string): void => symlinkSync(name, logs.path(name));
  const run = await logs.run({ globs: ['b/*.log'] });
  const out = (): unknown => run.reader.partitions().map(({ atEnd, unreachable }) => [atEnd, unreachable]);
  expect(out()).toEqual([]);
  shut('b');
  await vi.waitFor(() => {
    expect(out()).toEqual([[false, expect.stringContaining(`${logs.path('b')} cannot be read`)]]);
  });
  await expect(logs.run({ globs: ['b/*.log'] })).rejects.toThrow(FixableError);
  unlinkSync(logs.path('b'));
  mkdirSync(logs.path('b'));
  writeFileSync(logs.path('b/app.log'), 'one\n');
  expect(textsOf(await run.lines(1))).toEqual(['one']);
  await vi.waitFor(() => {
    expect(out()).toEqual([[true, undefined]]);
  });
});

test('a file that never could be read is out of reach, and not left out in silence', async () => {
  writeFileSync(logs.path('a.log'), 'one\n');
  mkdirSync(logs.path('folder.log'));
  symlinkSync('b.log', logs.path('b.log'));
  const run = await logs.run({ globs: ['*.log'] });
  expect(textsOf(await run.lines(1))).toEqual(['one']);
  await run.drain();
  const out = (): unknown =>
    run.reader.partitions().map(({ label, atEnd, unreachable }) => [label, atEnd, unreachable]);
  const a = [logs.path('a.log'), true, undefined];
  const said = expect.stringContaining(`${logs.path('b.log')} cannot be read`) as string;
  expect(out()).toEqual([a, [logs.path('b.log'), false, said]]);
  unlinkSync(logs.path('b.log'));
  await vi.waitFor(() => {
    expect(out()).toEqual([a]);
  });
  writeFileSync(logs.path('b.log'), 'two\n');
  expect(textsOf(await run.lines(1))).toEqual(['two']);
});

test('a small file that grows is known by more and more of its beginning', async () => {
  const positions = new Map<number, Position>();
  writeFileSync(logs.path(), '#\n');
  const run = await logs.run({ positions });
  await run.lines(1);
  appendFileSync(logs.path(), 'one\n');
  await run.lines(1);
  await run.stop();
  // Same inode, same first line, longer: only what came after the first line tells them apart.
  truncateSync(logs.path());
  writeFileSync(logs.path(), '#\nanother\n');
  const again = await logs.run({ positions });
  expect(textsOf(await again.lines(2))).toEqual(['#', 'another']);
});

test('close ends a waiting next', async () => {
  const { reader } = await logs.run();
  const waiting = reader.next(60_000);
  await reader.close();
  expect(await waiting).toBeUndefined();
  expect(await reader.next(60_000)).toBeUndefined();
});

test('a data folder that cannot hold the registry is named with the fix', async () => {
  writeFileSync(logs.dataDir, 'a file where the folder should be');
  await expect(logs.run()).rejects.toMatchObject({
    place: 'source',
    fix: expect.stringContaining('data_dir') as string,
  });
});
