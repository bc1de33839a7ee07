/** Compressed files: beside their log and without one, once each, in order of time, whatever happens to them. */
import { execSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textsOf } from '../../../test/support/batches.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import { PACKED_ENDINGS, packed, type PackedEnding } from '../../../test/support/packed.ts';
import { rightClock } from '../../../test/support/clock.ts';
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

/** Writes a compressed file that was last written to at this second. */
function archive(name: string, text: string | Buffer, writtenAtS: number): void {
  const ending = PACKED_ENDINGS.find((each) => name.endsWith(each))!;
  writeFileSync(logs.path(name), packed(ending, text));
  utimesSync(logs.path(name), writtenAtS, writtenAtS);
}

async function read(globs: readonly string[], count: number): Promise<string[]> {
  const run = await logs.run({ globs, positions });
  const texts = textsOf(await run.lines(count));
  texts.push(...textsOf(await run.drain()));
  expect(run.report.counts.get('lines_lost')).toBeUndefined();
  await run.stop();
  return texts;
}

test.each(PACKED_ENDINGS)(
  '%s without a log beside it is read once, and so is what comes later',
  async (ending) => {
    archive(`app.log.2${ending}`, 'one\ntwo\n', 1_000);
    archive(`app.log.1${ending}`, 'three\nwithout end', 2_000);
    expect(await read(['app.log.*'], 4)).toEqual(['one', 'two', 'three', 'without end']);
    expect(await read(['app.log.*'], 0)).toEqual([]);
    renameSync(logs.path(`app.log.2${ending}`), logs.path(`app.log.3${ending}`));
    renameSync(logs.path(`app.log.1${ending}`), logs.path(`app.log.2${ending}`));
    archive(`app.log.1${ending}`, 'four\n', 3_000);
    expect(await read(['app.log.*'], 1)).toEqual(['four']);
  },
);

test.each(PACKED_ENDINGS)(
  '%s beside its log, compressed while stopped, is read on from where we were',
  async (ending) => {
    writeFileSync(logs.path(), 'one\n');
    expect(await read(['*.log'], 1)).toEqual(['one']);
    writeFileSync(logs.path(`app.log.1${ending}`), packed(ending, 'one\ntwo\nunfinished'));
    unlinkSync(logs.path());
    writeFileSync(logs.path(), 'three\n');
    expect(await read(['*.log'], 3)).toEqual(['two', 'unfinished', 'three']);
  },
);

test('files of one log come in the order of their times, whatever they are called and however they are compressed', async () => {
  archive('app.log-20261103.xz', 'three\n', 3_000);
  archive('app.log.9.bz2', 'one\n', 1_000);
  archive('app-2026-11-02.log.gz', 'two\n', 2_000);
  archive('app.log.zst', 'four\n', 4_000);
  const run = await logs.run({ globs: ['*'] });
  expect(await run.lines(4)).toEqual(
    ['one', 'two', 'three', 'four'].map((text, i) => ({ partition: 0, offset: i * 2 ** 38, text })),
  );
  expect(run.reader.partitions()).toMatchObject([{ label: logs.path('app.log') }]);
});

test.each([1, 20, 200])(
  '%i files are read whole, by both readers alike, over any restart',
  async (count) => {
    const expected: string[] = [];
    for (let i = 0; i < count; i++) {
      const lines = Array.from({ length: 1 + ((i * 37) % 50) }, (_, line) => `${i} ${line}`);
      archive(`app.log-${20_260_000 + i}${i % 7 === 0 ? '.zst' : '.gz'}`, `${lines.join('\n')}\n`, 1_000 + i);
      expected.push(...lines);
    }
    const texts: string[] = [];
    while (texts.length < expected.length) {
      const run = await logs.run({ globs: ['*'], positions });
      const left = expected.length - texts.length;
      texts.push(...textsOf(await run.lines(Math.min(left, Math.ceil(expected.length / 3)))));
      await run.stop();
    }
    expect(texts).toEqual(expected);
    const alert = await logs.run({ globs: ['*'], purpose: 'alert' });
    expect(textsOf(await alert.lines(expected.length))).toEqual(expected);
    expect(await alert.drain()).toEqual([]);
  },
  60_000,
);

test('the log that comes to its archives goes on behind them, and is rotated as ever', async () => {
  archive('app.log.1.gz', 'one\n', 1_000);
  expect(await read(['app.log*'], 1)).toEqual(['one']);
  writeFileSync(logs.path(), 'two\n');
  expect(await read(['app.log*'], 1)).toEqual(['two']);
  renameSync(logs.path('app.log.1.gz'), logs.path('app.log.2.gz'));
  writeFileSync(logs.path('app.log.1.gz'), packed('.gz', 'two\nthree\n'));
  unlinkSync(logs.path());
  writeFileSync(logs.path(), 'four\n');
  expect(await read(['app.log*'], 2)).toEqual(['three', 'four']);
});

test('a log that no glob matches is not read because its archives are', async () => {
  writeFileSync(logs.path(), 'not wanted\n');
  archive('app.log.1.gz', 'one\n', 1_000);
  expect(await read(['*.gz'], 1)).toEqual(['one']);
  expect(await read(['*.gz'], 0)).toEqual([]);
});

test('what a log was compressed to in a folder of another glob is not read again', async () => {
  mkdirSync(logs.path('old'));
  writeFileSync(logs.path(), 'one\n');
  const globs = ['*.log', 'old/*'];
  expect(await read(globs, 1)).toEqual(['one']);
  unlinkSync(logs.path());
  archive('old/app.log.1.gz', 'one\ntwo\n', 1_000);
  writeFileSync(logs.path(), 'three\n');
  expect(await read(globs, 2)).toEqual(['two', 'three']);
  renameSync(logs.path('old/app.log.1.gz'), logs.path('old/app.log.2.gz'));
  // It came and went while nobody looked: nobody has read it.
  archive('old/app.log.1.gz', 'three\nfour\n', 2_000);
  unlinkSync(logs.path());
  expect(await read(globs, 1)).toEqual(['four']);
  expect(await read(globs, 0)).toEqual([]);
});

test('two files that begin alike are two, a copy of one is none', async () => {
  const banner = '#'.repeat(2_000);
  archive('app.log.2.gz', `${banner}\none\n`, 1_000);
  archive('app.log.1.gz', `${banner}\ntwo\n`, 2_000);
  copyFileSync(logs.path('app.log.1.gz'), logs.path('app.log.0.gz'));
  utimesSync(logs.path('app.log.0.gz'), 2_000, 2_000);
  const texts = await read(['*.gz'], 4);
  expect(texts.filter((text) => text !== banner)).toEqual(['one', 'two']);
});

test.each(['one time', 'one inode'])('two files that begin alike and have %s are two', async (common) => {
  const banner = '#'.repeat(2_000);
  archive('app.log.2.gz', `${banner}\none\n`, 1_000);
  expect((await read(['*.gz'], 2))[1]).toBe('one');
  if (common === 'one inode') archive('app.log.2.gz', `${banner}\ntwo is longer\n`, 2_000);
  else archive('app.log.1.gz', `${banner}\ntwo\n`, 1_000);
  expect((await read(['*.gz'], 2))[1]).toMatch(/^two/);
  expect(await read(['*.gz'], 0)).toEqual([]);
});

test('files that begin alike are each read beside their log, too', async () => {
  const banner = '#'.repeat(2_000);
  writeFileSync(logs.path(), 'now\n');
  archive('app.log.1.gz', `${banner}\none\n`, 1_000);
  expect(await read(['app.log*'], 3)).toEqual([banner, 'one', 'now']);
  renameSync(logs.path('app.log.1.gz'), logs.path('app.log.3.gz'));
  // Both were rotated while nobody looked.
  const nowS = Math.ceil(statSync(logs.path()).mtimeMs / 1_000);
  archive('app.log.2.gz', 'now\n', nowS);
  archive('app.log.1.gz', `${banner}\ntwo\n`, nowS + 1);
  unlinkSync(logs.path());
  writeFileSync(logs.path(), 'last\n');
  expect(await read(['app.log*'], 3)).toEqual([banner, 'two', 'last']);
});

test('a compressed file whose copy was read is told of, and not read again', async () => {
  archive('app.log.1.gz', 'one\n', 1_000);
  expect(await read(['*.gz'], 1)).toEqual(['one']);
  copyFileSync(logs.path('app.log.1.gz'), logs.path('app.log.2.gz'));
  utimesSync(logs.path('app.log.2.gz'), 2_000, 2_000);
  const run = await logs.run({ globs: ['*.gz'], positions });
  expect(await run.drain()).toEqual([]);
  expect(run.report.messages.join('\n')).toContain('app.log.2.gz has the bytes of a compressed file');
});

test.each(PACKED_ENDINGS)(
  'a damaged %s is told of by name and with a fix, and the others are read',
  async (ending) => {
    const long = (first: number): string =>
      Array.from({ length: 200_000 }, (_, i) => `${(i * 7_919 + first) % 1_000_003}`).join('\n');
    const whole = packed(ending, `${long(0)}\n`);
    archive(`app.log.3${ending}`, 'one\n', 1_000);
    writeFileSync(logs.path(`app.log.2${ending}`), whole.subarray(0, whole.length - 1_000));
    utimesSync(logs.path(`app.log.2${ending}`), 2_000, 2_000);
    archive(`app.log.1${ending}`, 'three\n', 3_000);
    writeFileSync(logs.path('other.log'), 'other\n');
    const run = await logs.run({ globs: ['*'], positions });
    const texts = textsOf(await run.drain(1_000));
    expect(texts[0] === 'one' || texts[1] === 'one').toBe(true);
    expect(texts).toContain('other');
    expect(texts.at(-1)).toBe('three');
    expect(texts.length).toBeGreaterThan(50_000);
    expect(run.report.counts.get('lines_lost')).toBe(1);
    const said = run.report.messages.filter((message) => message.includes('is damaged'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(logs.path(`app.log.2${ending}`));
    expect(said[0]).toContain('-t ');
    expect(said[0]).toContain('-dc COPY | tail -c +');
    await run.stop();
    const again = await logs.run({ globs: ['*'], positions });
    expect(await again.drain()).toEqual([]);
    expect(again.report.counts.get('lines_lost')).toBeUndefined();
  },
);

test('a file that is being written is read when it is whole, and nobody is told of damage', async () => {
  const whole = packed(
    '.gz',
    Array.from({ length: 100_000 }, (_, i) => `${(i * 7_919) % 1_000_003}\n`).join(''),
  );
  writeFileSync(logs.path('app.log.1.gz'), whole.subarray(0, 100_000));
  const run = await logs.run({ globs: ['*'] });
  const before = await run.drain(800);
  expect(before.length).toBeLessThan(100_000);
  writeFileSync(logs.path('app.log.1.gz'), whole);
  expect(await run.lines(100_000 - before.length)).toHaveLength(100_000 - before.length);
  expect(await run.drain()).toEqual([]);
  expect(run.report.messages.filter((message) => message.includes('damaged'))).toEqual([]);
});

test.each(PACKED_ENDINGS)(
  '%s that is still copied at the first start beside its log is read when it is whole, and once',
  async (ending) => {
    const whole = packed(ending, 'one\ntwo\n');
    const name = `app.log.1${ending}`;
    writeFileSync(logs.path(name), whole.subarray(0, 8));
    writeFileSync(logs.path(), 'three\n');
    const run = await logs.run({ globs: ['app.log*'], positions, graceMs: 2_000 });
    expect(textsOf(await run.lines(1))).toEqual(['three']);
    expect(run.report.messages.filter((message) => message.includes('damaged'))).toEqual([]);
    await run.stop();
    writeFileSync(logs.path(name), whole);
    expect(await read(['app.log*'], 2)).toEqual(['one', 'two']);
    // Rotation goes on, and nothing comes twice.
    renameSync(logs.path(name), logs.path(`app.log.2${ending}`));
    renameSync(logs.path(), logs.path('app.log.1'));
    writeFileSync(logs.path(), 'four\n');
    expect(await read(['app.log*'], 1)).toEqual(['four']);
    expect(await read(['app.log*'], 0)).toEqual([]);
  },
);

test('rotation that puts a file that was read where a damaged one lay makes nothing come twice', async () => {
  writeFileSync(logs.path('app.log.1.bz2'), packed('.bz2', 'one\n').subarray(0, 8));
  utimesSync(logs.path('app.log.1.bz2'), 1_000, 1_000);
  writeFileSync(logs.path(), 'two\n');
  expect(await read(['app.log*'], 1)).toEqual(['two']);
  renameSync(logs.path('app.log.1.bz2'), logs.path('app.log.2.bz2'));
  archive('app.log.1.bz2', 'two\n', 2_000);
  unlinkSync(logs.path());
  writeFileSync(logs.path(), 'three\n');
  expect(await read(['app.log*'], 1)).toEqual(['three']);
  expect(await read(['app.log*'], 0)).toEqual([]);
});

test.each(['beside its log', 'without its log'])(
  'what is told to do with a damaged file %s gives the rest of its lines, once',
  async (where) => {
    const texts = Array.from({ length: 60_000 }, (_, i) => `${(i * 7_919) % 1_000_003}`);
    const whole = packed('.gz', `${texts.join('\n')}\n`);
    writeFileSync(logs.path('app.log.1.gz'), whole.subarray(0, whole.length - 60_000));
    utimesSync(logs.path('app.log.1.gz'), 1_000, 1_000);
    if (where === 'beside its log') writeFileSync(logs.path(), 'last\n');
    const run = await logs.run({ globs: ['app.log*'], positions });
    const before = textsOf(await run.drain(1_000)).filter((text) => text !== 'last');
    expect(before.length).toBeLessThan(texts.length);
    const said = run.report.messages.find((message) => message.includes('To have it: '));
    const command = said?.slice(said.lastIndexOf(': ') + 2) ?? '';
    const copy = join(logs.dataDir, 'copy.gz');
    writeFileSync(copy, whole);
    execSync(command.replace('COPY', copy).replace('NEW', logs.path('app.log-rest')));
    const rest = textsOf(await run.lines(texts.length - before.length));
    expect([...before, ...rest]).toEqual(texts);
    expect(await run.drain()).toEqual([]);
  },
);

test('a whole copy that replaces a damaged file before that is left is read on, once', async () => {
  const texts = Array.from({ length: 60_000 }, (_, i) => `${(i * 7_919) % 1_000_003}`);
  const whole = packed('.gz', `${texts.join('\n')}\n`);
  writeFileSync(logs.path('app.log.1.gz'), whole.subarray(0, whole.length - 60_000));
  // It has been quiet for so long that it is read, and not for so long that it is left.
  const writtenAtS = rightClock().wallMs() / 1_000 - 4;
  utimesSync(logs.path('app.log.1.gz'), writtenAtS, writtenAtS);
  const run = await logs.run({ globs: ['*.gz'], positions, graceMs: 700 });
  const before = textsOf(await run.drain(500));
  writeFileSync(logs.path('copy'), whole);
  renameSync(logs.path('copy'), logs.path('app.log.1.gz'));
  const rest = textsOf(await run.lines(texts.length - before.length));
  expect([...before, ...rest]).toEqual(texts);
  expect(await run.drain(4_500)).toEqual([]);
}, 20_000);

test('a file that was compressed twice is told of and counted, and the next one follows', async () => {
  archive('app.log.2.gz', packed('.gz', 'one\n'), 1_000);
  archive('app.log.1.gz', 'two\n', 2_000);
  const run = await logs.run({ globs: ['app.log*'], positions });
  expect(textsOf(await run.lines(1))).toEqual(['two']);
  expect(run.report.counts.get('lines_lost')).toBe(1);
  const said = run.report.messages.join('\n');
  expect(said).toContain(
    'app.log.2.gz is damaged (it is compressed with gzip): its text is compressed itself',
  );
  const command = `gzip -dc ${logs.path('app.log.2.gz')} | gzip -dc > NEW`;
  expect(said).toContain(command);
  execSync(command.replace('NEW', logs.path('app.log-old')));
  expect(textsOf(await run.lines(1))).toEqual(['one']);
  expect(await run.drain()).toEqual([]);
});

test.each<[PackedEnding]>([['.gz'], ['.xz']])(
  '%s: long lines and holes are as in a plain file',
  async (ending) => {
    const hole = Buffer.alloc(5_000_000);
    const text = Buffer.concat([
      hole,
      Buffer.from(`one\n${'x'.repeat(10_000_000)}\ntwo\n\n\r\n`),
      hole,
      Buffer.from('three'),
    ]);
    archive(`app.log.1${ending}`, text, 1_000);
    const run = await logs.run({ globs: ['*'] });
    const lines = await run.lines(4);
    expect(lines.map(({ offset, text: line }) => [offset, line.length])).toEqual([
      [5_000_000, 3],
      [5_000_004, 1 << 20],
      [15_000_005, 3],
      [20_000_012, 5],
    ]);
    expect(await run.drain()).toEqual([]);
  },
);

test('an archive of files, an empty one and one in another compression make no lines', async () => {
  archive('logs.tar.gz', 'ustar', 1_000);
  archive('empty.log.gz', '', 1_000);
  writeFileSync(logs.path('nothing.log.gz'), '');
  writeFileSync(logs.path('app.log'), 'one\n');
  writeFileSync(logs.path('other.log.lz4'), Buffer.from('04224d186040828000000000', 'hex'));
  const run = await logs.run({ globs: ['*'] });
  expect(textsOf(await run.drain(500))).toEqual(['one']);
  const said = run.report.messages.join('\n');
  expect(said).toContain('logs.tar.gz holds files');
  expect(said).toContain('compressed with lz4');
});
