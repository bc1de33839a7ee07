import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pattern } from '../event/pattern.ts';
import type { Line } from '../../test/support/batches.ts';
import { linesOf, textsOf } from '../../test/support/batches.ts';
import { encoded } from '../../test/support/encoded.ts';
import { PACKED_ENDINGS, packed } from '../../test/support/packed.ts';
import { tocsin } from '../../test/support/tocsin.ts';
import type { Batch } from '../event/batch.ts';
import type { ReplayPartition } from './replay.ts';
import { openReplay } from './replay.ts';
import { FixableError } from '../event/fixable-error.ts';

const NOW_MS = Date.UTC(2026, 10, 23);
const OPTIONS = { source: 'orders', nowMs: NOW_MS };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-replay-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function batchesOf(partition: ReplayPartition | undefined): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of partition!.batches()) batches.push(batch);
  return batches;
}

async function read(partition: ReplayPartition | undefined): Promise<Line[]> {
  return (await batchesOf(partition)).flatMap(linesOf);
}

test('inputs are partitions in argument order, plain, compressed and standard input alike', async () => {
  const plain = file('plain.log', 'one\r\ntwo');
  const packed = file('packed.gz', gzipSync('three\nfour\n'));
  const inputs = openReplay(
    [packed, '-', plain],
    OPTIONS,
    Readable.from([Buffer.from('fi'), Buffer.from('ve\n')]),
  );
  expect(inputs.map(({ partition, label }) => [partition, label])).toEqual([
    [0, packed],
    [1, 'standard input'],
    [2, plain],
  ]);
  expect(textsOf(await read(inputs[0]))).toEqual(['three', 'four']);
  expect(await read(inputs[1])).toEqual([{ partition: 1, offset: 0, text: 'five' }]);
  expect(await read(inputs[2])).toEqual([
    { partition: 2, offset: 0, text: 'one' },
    { partition: 2, offset: 5, text: 'two' },
  ]);
});

test('only the last batch is at the end; the clock is the start of the run and files vouch by their modification time', async () => {
  const path = file('many.log', 'line\n'.repeat(5_000));
  utimesSync(path, 1_000, 1_000);
  const batches = await batchesOf(openReplay([path], OPTIONS)[0]);
  expect(batches.map(({ atEnd }) => atEnd)).toEqual([false, false, true]);
  expect(batches[0]).toMatchObject({ readAtMs: NOW_MS, writtenByMs: 1_000_000, source: 'orders' });
  expect(batches.flatMap((batch) => [...batch.offsets])).toEqual(
    Array.from({ length: 5_000 }, (_, i) => 5 * i),
  );
});

test('a modification time within a millisecond is told in whole ones', async () => {
  const path = file('now.log', 'line\n');
  utimesSync(path, 1_000.0004, 1_000.0004);
  expect((await batchesOf(openReplay([path], OPTIONS)[0]))[0]).toMatchObject({ writtenByMs: 1_000_001 });
});

test('a line of 10 MB is cut and counted, and the lines around it are whole', async () => {
  const path = file('long.log', `before\n${'x'.repeat(10_000_000)}\nafter\nlast`);
  const batches = await batchesOf(openReplay([path], OPTIONS)[0]);
  const lines = batches.flatMap(linesOf);
  expect(lines.map(({ offset, text }) => [offset, text.length])).toEqual([
    [0, 6],
    [7, 1 << 20],
    [10_000_008, 5],
    [10_000_014, 4],
  ]);
  expect(batches.reduce((sum, { cutLines }) => sum + cutLines, 0)).toBe(1);
});

test('an endless last line is cut too, and a line of exactly the limit is not', async () => {
  const limit = 1 << 20;
  const batches = await batchesOf(
    openReplay([file('edge.log', `${'x'.repeat(limit)}\r\n${'y'.repeat(3 * limit)}`)], OPTIONS)[0],
  );
  expect(batches.flatMap(linesOf).map(({ text }) => text.length)).toEqual([limit, limit]);
  expect(batches.reduce((sum, { cutLines }) => sum + cutLines, 0)).toBe(1);
});

test.each([10, 300_000, 3 << 20])('blank lines and a hole of %i NULs are passed over', async (length) => {
  const bytes = Buffer.concat([
    Buffer.alloc(length),
    Buffer.from('one\n\n\r\ntwo\n\n'),
    Buffer.alloc(length),
  ]);
  const batches = await batchesOf(openReplay([file('holes.log', bytes)], OPTIONS)[0]);
  expect(batches.flatMap(linesOf)).toEqual([
    { partition: 0, offset: length, text: 'one' },
    { partition: 0, offset: length + 7, text: 'two' },
  ]);
  expect(batches.map(({ atEnd, cutLines }) => [atEnd, cutLines])).toEqual([
    ...batches.slice(1).map(() => [false, 0]),
    [true, 0],
  ]);
});

const STARTS = {
  waitMs: 1_000,
  linesMax: 1_000,
  lines: { by: 'start', pattern: new Pattern('^\\d') },
} as const;

test('a file of blank lines alone has no lines', async () => {
  expect(await read(openReplay([file('blank.log', '\n\r\n\n')], OPTIONS)[0])).toEqual([]);
});

test('blank lines inside an event of several lines stay, those between events do not', async () => {
  const path = file('blanks.log', '\n2026 a\n\n\n at b\n\n2026 c\n\n');
  const lines = await read(openReplay([path], { ...OPTIONS, joining: STARTS })[0]);
  expect(lines).toEqual([
    { partition: 0, offset: 1, text: '2026 a\n\n\n at b' },
    { partition: 0, offset: 17, text: '2026 c' },
  ]);
});

test('invalid UTF-8 passes untouched', async () => {
  const bytes = Buffer.from([0x22, 0xff, 0xc3, 0x28, 0x00, 0x22, 0x0a]);
  expect(textsOf(await read(openReplay([file('bytes.log', bytes)], OPTIONS)[0]))).toEqual([
    bytes.subarray(0, 6).toString('latin1'),
  ]);
});

test('lines are joined to events, the last one included', async () => {
  const path = file('stack.log', '2026 a\n at b\n2026 c\n at d\n at e\n');
  const lines = await read(openReplay([path], { ...OPTIONS, joining: STARTS })[0]);
  expect(textsOf(lines)).toEqual(['2026 a\n at b', '2026 c\n at d\n at e']);
});

test('an empty file has no lines', async () => {
  expect(await read(openReplay([file('empty.log', '')], OPTIONS)[0])).toEqual([]);
});

test('a missing file and a folder are named at once, and standard input twice is refused', () => {
  expect(() => openReplay([join(folder, 'missing.log')], OPTIONS)).toThrow(/missing.log does not exist/);
  expect(() => openReplay([folder], OPTIONS)).toThrow(/is a folder/);
  expect(() => openReplay(['-', '-'], OPTIONS)).toThrow(FixableError);
});

test.each(PACKED_ENDINGS)(
  '%s files are read side by side, in pieces of one another, and to their ends',
  async (ending) => {
    const texts = ['a', 'b'].map((name) => Array.from({ length: 60_000 }, (_, i) => `${name} ${i}`));
    const paths = texts.map((lines, i) => file(`side-${i}${ending}`, packed(ending, lines.join('\n'))));
    const readers = openReplay(paths, OPTIONS).map((partition) =>
      partition.batches()[Symbol.asyncIterator](),
    );
    const seen: string[][] = [[], []];
    for (let open = 2; open > 0;) {
      open = 0;
      for (const [i, reader] of readers.entries()) {
        const next = await reader.next();
        if (next.done === true) continue;
        seen[i]!.push(...textsOf(linesOf(next.value)));
        open++;
      }
    }
    expect(seen).toEqual(texts);
  },
);

test('a damaged gzip file is named with the fix, after the lines before the damage', async () => {
  const good = gzipSync('line\n'.repeat(100_000));
  const cut = openReplay([file('cut.gz', good.subarray(0, good.length - 20))], OPTIONS)[0];
  await expect(read(cut)).rejects.toThrow(/cut.gz is damaged/);
  const broken = Buffer.from(good);
  broken.fill(0xaa, good.length - 30);
  await expect(read(openReplay([file('broken.gz', broken)], OPTIONS)[0])).rejects.toMatchObject({
    place: 'source',
    fix: expect.stringContaining('gzip -t') as string,
  });
});

test.each([
  ['a file in lz4', Buffer.from('04224d186040828000000000', 'hex'), 'lz4'],
  ['standard input', zstdCompressSync('line\n'.repeat(1_000)), 'zstd'],
])('compressed bytes that are not unpacked are refused: %s', async (where, bytes, kind) => {
  const path = where === 'standard input' ? '-' : file('packed', bytes);
  const refusal = {
    place: 'source',
    message: expect.stringContaining(`compressed with ${kind}`) as string,
    fix: expect.stringContaining(`${kind} -dc`) as string,
  };
  await expect(read(openReplay([path], OPTIONS, Readable.from([bytes]))[0])).rejects.toMatchObject(refusal);
});

test.each(PACKED_ENDINGS)('reading may stop early: %s', async (ending) => {
  const path = file(`stop${ending}`, packed(ending, 'line\n'.repeat(1_000_000)));
  for await (const batch of openReplay([path], OPTIONS)[0]!.batches()) {
    expect(batch.offsets.length).toBeGreaterThan(0);
    break;
  }
});

test.each(PACKED_ENDINGS)(
  'tocsin backtest reads %s to its end: the process waits for the thread that unpacks',
  async (ending) => {
    const lines = Array.from(
      { length: 3_000 },
      (_, n) => `{"@timestamp":"2026-11-01T00:00:00Z","message":"order ${n}"}\n`,
    );
    file(
      'tocsin.yaml',
      `data_dir: ./data
sources: { orders: { file: { path: 'nowhere/*.log' } } }
fields: { message: { type: text } }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
    );
    mkdirSync(join(folder, 'rules'), { recursive: true });
    file('rules/a.rule', 'rule paid { when "order paid" alert count >= 1 within 1m }');
    const input = file(`lines${ending}`, packed(ending, lines.join('')));
    const { code, stdout, stderr } = await tocsin(['backtest', '-i', input], { cwd: folder });
    expect({ code, said: `${stdout}${stderr}` }).toEqual({
      code: 0,
      said: expect.stringContaining('3000 events') as string,
    });
  },
  30_000,
);

test.each(['gbk', 'shift_jis', 'utf-16le', 'utf-16be'] as const)(
  'files of %s are read over the edges of blocks, with long lines cut and the offsets of their bytes',
  async (encoding) => {
    const all: string[] = [];
    for (let i = 0; i < 5_000; i += 1) all.push(`${i} ${'注文 '.repeat(i % 331)}`);
    all.splice(2_500, 0, '失'.repeat(1_500_000));
    const mark = encoding.startsWith('utf-16') ? '\ufeff' : '';
    // An odd number of bytes at the end: half a unit of UTF-16.
    const bytes = Buffer.concat([encoded(`${mark}${all.join('\r\n')}\n`, encoding), Buffer.of(0x41)]);
    for (const path of [file(`${encoding}.log`, bytes), file(`${encoding}.gz`, gzipSync(bytes))]) {
      const [input] = openReplay([path], { ...OPTIONS, encoding });
      const batches = await batchesOf(input);
      const lines = batches.flatMap(linesOf);
      const texts = lines.map(({ text }) => Buffer.from(text, 'latin1').toString());
      const last = mark === '' ? 'A' : '\ufffd';
      expect(texts.toSpliced(2_500, 1)).toEqual([...all.toSpliced(2_500, 1), last]);
      expect(texts[2_500]).toMatch(/^失{340000,349525}$/u);
      expect(batches.reduce((sum, { cutLines }) => sum + cutLines, 0)).toBe(1);
      expect(batches.reduce((sum, { garbled }) => sum + (garbled?.lines ?? 0), 0)).toBe(mark === '' ? 0 : 1);
      for (const i of [0, 1, 2_499, 2_501, 5_000]) {
        const before = all.slice(0, i).map((line) => `${line}\r\n`);
        expect(lines[i]!.offset).toBe(encoded(mark + before.join(''), encoding).length);
      }
    }
  },
);
