import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { linesOf, remembering, textsOf } from '../../../test/support/batches.ts';
import type { Line } from '../../../test/support/batches.ts';
import { rightClock } from '../../../test/support/clock.ts';
import type { Position } from '../../event/batch.ts';
import type { LogReader, LogSource, ReaderPurpose } from '../source.ts';
import { openStdinSource } from './source.ts';
import { Spool } from './spool.ts';

const BOUND_BYTES = 5 * 1024 * 1024;

let folder: string;
let sources: LogSource[];
let telemetry = remembering();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-stdin-'));
  sources = [];
  telemetry = remembering();
});

afterEach(async () => {
  for (const source of sources) await source.close();
  rmSync(folder, { recursive: true });
});

async function openSource(input: PassThrough): Promise<LogSource> {
  const source = await openStdinSource(
    {
      name: 'orders',
      kind: { kind: 'stdin', spoolBytes: BOUND_BYTES },
      decode: { steps: [{ kind: 'json' }] },
      timestamp: { path: ['t'], format: 'iso8601', timezone: 'UTC' },
      latenessMs: 0,
    },
    folder,
    telemetry,
    rightClock(),
    input,
  );
  sources.push(source);
  return source;
}

function open(source: LogSource, purpose: ReaderPurpose, position?: Position): Promise<LogReader> {
  return source.open({ purpose, position: () => position });
}

/** Reads until the input is over. */
async function readAll(reader: LogReader, durable = true): Promise<Line[]> {
  const lines: Line[] = [];
  while (reader.partitions()[0]?.ended !== true) {
    const batch = await reader.next(5_000);
    if (batch === undefined) continue;
    lines.push(...linesOf(batch));
    if (durable) reader.durable(0, batch.next);
  }
  return lines;
}

function spooledBytes(): number {
  const dir = join(folder, 'spool', 'orders');
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}

test('both readers get every line with the same offsets, the last one without line end too', async () => {
  const input = new PassThrough();
  const source = await openSource(input);
  const archive = await open(source, 'archive');
  const alert = await open(source, 'alert');
  input.write('one\ntwo\r\nthr');
  input.end('ee');
  const lines = await readAll(archive);
  expect(lines.map(({ offset, text }) => [offset, text])).toEqual([
    [0, 'one'],
    [4, 'two'],
    [9, 'three'],
  ]);
  expect(await readAll(alert)).toEqual(lines);
  expect(await alert.next(0)).toBeUndefined();
  expect(source.finite).toBe(true);
});

test('input that only pauses is at its end but not over', async () => {
  const input = new PassThrough();
  const reader = await open(await openSource(input), 'alert');
  input.write('one\n');
  expect(linesOf((await reader.next(5_000))!)).toHaveLength(1);
  expect(reader.partitions()[0]).toMatchObject({ atEnd: true, ended: false, lag: 0 });
});

test('lines arrive as they are read, but for those that a process before left in the spool', async () => {
  const first = new PassThrough();
  const before = await openSource(first);
  const reader = await open(before, 'alert');
  expect(await reader.next(10)).toBeUndefined();
  first.write('one\n');
  expect((await reader.next(5_000))!.writtenByMs).toBeUndefined();
  first.write('two\n');
  await before.close();
  sources.splice(0);
  const second = new PassThrough();
  const again = await open(await openSource(second), 'alert', { offset: 4, proof: '' });
  const left = (await again.next(5_000))!;
  expect([textsOf(linesOf(left)), typeof left.writtenByMs]).toEqual([['two'], 'number']);
  second.write('three\n');
  expect((await again.next(5_000))!.writtenByMs).toBeUndefined();
});

test('nothing is handed out while it is held', async () => {
  const input = new PassThrough();
  const reader = await open(await openSource(input), 'alert');
  reader.hold(new Set([0]));
  input.end('one\n');
  expect(await reader.next(200)).toBeUndefined();
  expect(reader.partitions()[0]).toMatchObject({ atEnd: false, ended: false });
  reader.hold(new Set());
  expect(linesOf((await reader.next(5_000))!)).toHaveLength(1);
});

test('the spool stays within its bound while one reader stands still, and goes on when it moves', async () => {
  const input = new PassThrough();
  const source = await openSource(input);
  const archive = await open(source, 'archive');
  const alert = await open(source, 'alert');
  const line = `${'x'.repeat(1_023)}\n`;
  const count = 20 * 1024;
  let sent = 0;
  const send = (async () => {
    for (; sent < count; sent++)
      if (!input.write(line)) await new Promise((resolve) => input.once('drain', resolve));
    input.end();
  })();
  let read = 0;
  for (let batch = await alert.next(200); batch !== undefined; batch = await alert.next(200)) {
    read += linesOf(batch).length;
    alert.durable(0, batch.next);
  }
  expect(sent).toBeLessThan(count);
  expect(read * line.length).toBeGreaterThan(BOUND_BYTES / 2);
  expect(spooledBytes()).toBeLessThanOrEqual(BOUND_BYTES);
  const [first, second] = await Promise.all([readAll(archive), readAll(alert)]);
  await send;
  expect(first).toHaveLength(count);
  expect(read + second.length).toBe(count);
  expect(spooledBytes()).toBeLessThan(BOUND_BYTES / 2);
});

test('after a kill, what was spooled and not durable is read again, under offsets never used twice', async () => {
  const first = new PassThrough();
  const before = await openSource(first);
  const reader = await open(before, 'archive');
  first.write('one\ntwo\ntorn');
  const batch = (await reader.next(5_000))!;
  expect(textsOf(linesOf(batch))).toEqual(['one', 'two']);
  // The archive made one line durable, the alerts none; nothing is closed.
  const second = new PassThrough();
  const after = await openSource(second);
  const archive = await open(after, 'archive', { offset: 4, proof: '' });
  const alert = await open(after, 'alert');
  second.end('three\n');
  expect((await readAll(archive)).map(({ offset, text }) => [offset, text])).toEqual([
    [4, 'two'],
    [8, 'torn'],
    [13, 'three'],
  ]);
  expect(textsOf(await readAll(alert))).toEqual(['one', 'two', 'torn', 'three']);
});

test('a spool that is shorter than the position, after the machine stopped, does not use an offset again', async () => {
  const input = new PassThrough();
  const source = await openSource(input);
  const archive = await open(source, 'archive', { offset: 1_000, proof: '' });
  const alert = await open(source, 'alert', { offset: 10, proof: '' });
  input.end('one\n');
  expect(await readAll(archive)).toEqual([{ partition: 0, offset: 1_000, text: 'one' }]);
  expect(await readAll(alert)).toEqual([{ partition: 0, offset: 1_000, text: 'one' }]);
  expect(telemetry.counts.get('lines_lost')).toBe(1);
});

/** Spools these lines, of which each reader makes the first durable, and gives the segments. */
async function spooledAndStopped(lines: number): Promise<string[]> {
  const input = new PassThrough();
  const source = await openSource(input);
  const archive = await open(source, 'archive');
  const alert = await open(source, 'alert');
  input.end(`${'x'.repeat(99)}\n`.repeat(lines));
  for (const reader of [archive, alert]) {
    await readAll(reader, false);
    reader.durable(0, { offset: 100, proof: '' });
  }
  await source.close();
  sources.splice(0);
  const dir = join(folder, 'spool', 'orders');
  return readdirSync(dir)
    .filter((name) => name.endsWith('.spool'))
    .sort()
    .map((name) => join(dir, name));
}

test.each([
  ['at its end', 1_000, 0],
  ['in the middle', 20_000, 1],
])('a spool that was cut %s loses no line in silence, and none after the cut', async (_where, count, nth) => {
  const segment = (await spooledAndStopped(count))[nth]!;
  truncateSync(segment, statSync(segment).size - 5_050);
  const input = new PassThrough();
  const source = await openSource(input);
  input.end('last\n');
  const start = { offset: 100, proof: '' };
  for (const purpose of ['archive', 'alert'] as const) {
    const lines = textsOf(await readAll(await open(source, purpose, start)));
    expect(lines.at(-1)).toBe('last');
    const missing = count - lines.length;
    expect(missing).toBeGreaterThan(0);
    expect(telemetry.labels.get('lines_lost')?.filter(({ reader }) => reader === purpose)).toHaveLength(1);
  }
  expect(telemetry.messages.join('\n')).toContain('are not in the spool any more');
});

test('a spool that is not cut says nothing of a loss', async () => {
  await spooledAndStopped(20_000);
  const input = new PassThrough();
  const reader = await open(await openSource(input), 'alert', { offset: 100, proof: '' });
  input.end('last\n');
  expect(await readAll(reader)).toHaveLength(20_000);
  expect(telemetry.counts.size).toBe(0);
});

test('a spool that was removed is told of, by each reader that had read from it', async () => {
  await spooledAndStopped(10);
  rmSync(join(folder, 'spool'), { recursive: true });
  const input = new PassThrough();
  const source = await openSource(input);
  await open(source, 'archive', { offset: 100, proof: '' });
  await open(source, 'alert', undefined);
  expect(telemetry.labels.get('files_gone')).toEqual([{ source: 'orders', reader: 'archive' }]);
});

test('a line of 10 MB is cut to 1 MiB and counted, and takes no more room than that', async () => {
  const input = new PassThrough();
  const source = await openSource(input);
  const archive = await open(source, 'archive');
  input.write('before\n');
  input.write('y'.repeat(10_000_000));
  input.end('\nafter\n');
  const lines: Line[] = [];
  let cutLines = 0;
  for (let batch = await archive.next(1_000); batch !== undefined; batch = await archive.next(1_000)) {
    lines.push(...linesOf(batch));
    cutLines += batch.cutLines;
  }
  expect(lines.map(({ text }) => text.length)).toEqual([6, 1 << 20, 5]);
  expect(cutLines).toBe(1);
  expect(spooledBytes()).toBeLessThan(2 * 1024 * 1024);
});

test('what has left the pipe when the source is closed is there at the next start', async () => {
  const input = new PassThrough();
  const source = await openSource(input);
  const reader = await open(source, 'alert');
  input.write('one\n');
  await reader.next(5_000);
  input.write('two\n');
  await source.close();
  sources.splice(0);
  const next = new PassThrough();
  const again = await open(await openSource(next), 'alert', { offset: 4, proof: '' });
  next.end();
  expect(textsOf(await readAll(again))).toEqual(['two']);
});

test('blank lines and NULs before a line are passed over', async () => {
  const input = new PassThrough();
  const reader = await open(await openSource(input), 'alert');
  input.write('\none\n\n\r\n');
  // More than a line may have.
  input.write(Buffer.alloc(3_000_000));
  input.end('two\n\n');
  const lines = await readAll(reader);
  expect(textsOf(lines)).toEqual(['one', 'two']);
  expect(lines[0]?.offset).toBe(1);
});

test('an input of blank lines alone is over', async () => {
  const input = new PassThrough();
  const reader = await open(await openSource(input), 'alert');
  input.end('\n\n');
  expect(await readAll(reader)).toEqual([]);
});

test('compressed bytes are refused, never read as lines', async () => {
  const input = new PassThrough();
  const reader = await open(await openSource(input), 'alert');
  input.end(gzipSync('one\n'));
  await expect(readAll(reader)).rejects.toMatchObject({
    message: expect.stringContaining('compressed with gzip') as string,
    fix: expect.stringContaining('gzip -dc') as string,
  });
});

test('an empty input is over at once', async () => {
  const input = new PassThrough();
  const reader = await open(await openSource(input), 'alert');
  input.end();
  expect(await readAll(reader)).toEqual([]);
});

test('a disk that is full for a while only makes standard input wait, and says so', async () => {
  const input = new PassThrough();
  const reader = await open(await openSource(input), 'alert');
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const append = vi.spyOn(Spool.prototype, 'append').mockRejectedValue(full);
  input.write('one\ntwo\n');
  expect(await reader.next(700)).toBeUndefined();
  expect(reader.partitions()[0]?.halted).toMatch(/ENOSPC.*make room/);
  append.mockRestore();
  input.end('three\n');
  expect(textsOf(await readAll(reader))).toEqual(['one', 'two', 'three']);
  expect(reader.partitions()[0]).not.toHaveProperty('halted');
});

test('what a full disk does not take before the end is lost, and counted', async () => {
  const input = new PassThrough();
  const source = await openSource(input);
  const reader = await open(source, 'alert');
  const append = vi.spyOn(Spool.prototype, 'append').mockRejectedValue(new Error('ENOSPC'));
  input.write('one\ntwo\n');
  expect(await reader.next(300)).toBeUndefined();
  await source.close();
  append.mockRestore();
  expect(telemetry.counts.get('lines_lost')).toBe(4);
  expect(telemetry.messages.at(-1)).toContain('2 lines of standard input could not be spooled');
});
