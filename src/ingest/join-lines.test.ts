import { expect, test } from 'vitest';
import { batchOf, linesOf, textsOf } from '../../test/support/batches.ts';
import type { Batch, Position } from '../event/batch.ts';
import { appendFileSync, writeFileSync } from 'node:fs';
import { makeLogFolder } from '../../test/support/file-run.ts';
import { Pattern } from '../event/pattern.ts';
import { joinLines } from './join-lines.ts';
import type { Joining } from './joining.ts';
import type { LogReader, PartitionStatus } from './source.ts';

const PARTS: Joining = { waitMs: 1_000, linesMax: 1_000, envelope: 'cri' };
const START: Joining = {
  waitMs: 1_000,
  linesMax: 1_000,
  lines: { by: 'start', pattern: new Pattern('^\\d{4}-') },
};

/** A reader that gives these answers in turn, each after moving the clock on by `stepMs`. */
function readerOf(
  answers: readonly (Batch | undefined)[],
  status: Partial<PartitionStatus> = {},
  stepMs = 400,
): { reader: LogReader; nowMs: () => number; durable: Position[] } {
  let now = 0;
  const left = [...answers];
  const durable: Position[] = [];
  const reader: LogReader = {
    next(waitMs) {
      now += Math.min(waitMs, stepMs);
      return Promise.resolve(left.shift());
    },
    hold: () => undefined,
    durable: (_partition, position) => void durable.push(position),
    partitions: () => [{ partition: 0, label: 'app.log', atEnd: left.length === 0, ...status }],
    close: () => Promise.resolve(),
  };
  return { reader, nowMs: () => now, durable };
}

const cri = (stream: string, tag: string, text: string): string =>
  `2026-11-27T11:10:05Z ${stream} ${tag} ${text}`;

test('an open part holds back the events of the other stream for 5 s at the most', async () => {
  const behind = Array.from({ length: 20 }, (_, i) => cri('stdout', 'F', String(i)));
  const lines = [cri('stderr', 'P', 'half'), ...behind];
  let at = 0;
  const batches = lines.map((line) => {
    const batch = batchOf([line], at);
    at += line.length + 1;
    return batch;
  });
  const { reader, nowMs } = readerOf(batches, {}, 900);
  const joined = joinLines(reader, PARTS, { position: () => undefined, nowMs });
  expect(textsOf(linesOf((await joined.next(60_000))!))[0]).toBe(lines[0]);
  expect(nowMs()).toBeLessThan(8_000);
  const rest: string[] = [];
  for (let batch = await joined.next(5_000); batch !== undefined; batch = await joined.next(5_000))
    rest.push(...textsOf(linesOf(batch)));
  expect(rest.at(-1)).toBe(lines.at(-1));
});

test('the held event comes out after one second of silence, not before', async () => {
  const { reader, nowMs } = readerOf([batchOf(['2026-1', 'more'])]);
  const joined = joinLines(reader, START, { position: () => undefined, nowMs });
  expect(await joined.next(900)).toBeUndefined();
  expect(joined.partitions()[0]?.atEnd).toBe(false);
  const batch = (await joined.next(5_000))!;
  expect(textsOf(linesOf(batch))).toEqual(['2026-1\nmore']);
  expect(batch.atEnd).toBe(true);
  expect(nowMs()).toBeLessThan(2_500);
  expect(joined.partitions()[0]?.atEnd).toBe(true);
});

test('silence does not count while the partition has unread lines', async () => {
  const { reader, nowMs } = readerOf([batchOf(['2026-1'])], { atEnd: false });
  const joined = joinLines(reader, START, { position: () => undefined, nowMs });
  expect(await joined.next(10_000)).toBeUndefined();
});

test('the held event comes out at once when the input is over, and only then is it', async () => {
  const { reader, nowMs } = readerOf([batchOf(['2026-1', '2026-2'])], { ended: true });
  const joined = joinLines(reader, START, { position: () => undefined, nowMs });
  expect(textsOf(linesOf((await joined.next(0))!))).toEqual(['2026-1']);
  expect(joined.partitions()[0]?.ended).toBe(false);
  expect(textsOf(linesOf((await joined.next(0))!))).toEqual(['2026-2']);
  expect(joined.partitions()[0]?.ended).toBe(true);
});

test('a reader that looks for partitions goes on doing so', async () => {
  const { reader } = readerOf([]);
  expect(joinLines(reader, START, { position: () => undefined })).not.toHaveProperty('look');
  let looks = 0;
  const look = (): Promise<void> => Promise.resolve(void (looks += 1));
  await joinLines({ ...reader, look }, START, { position: () => undefined }).look!();
  expect(looks).toBe(1);
});

test('what is durable goes on to the source', () => {
  const { reader, durable } = readerOf([]);
  joinLines(reader, START, { position: () => undefined }).durable(0, { offset: 7, proof: 'p' });
  expect(durable).toEqual([{ offset: 7, proof: 'p' }]);
});

test('after a restart in the middle of an event, that event comes whole and no other a second time', async () => {
  const logs = makeLogFolder();
  const positions = new Map<number, Position>();
  const options = { position: (partition: number) => positions.get(partition) };
  try {
    writeFileSync(logs.path(), '2026-1 first\n at a\n2026-2 second\n at b\n');
    const before = await logs.run({ positions });
    const first = (await joinLines(before.reader, START, options).next(5_000))!;
    expect(textsOf(linesOf(first))).toEqual(['2026-1 first\n at a']);
    positions.set(0, first.next);
    await before.stop();
    appendFileSync(logs.path(), ' at c\n2026-3 third\n');
    const after = await logs.run({ positions });
    const joined = joinLines(after.reader, START, options);
    const lines = [...linesOf((await joined.next(5_000))!), ...linesOf((await joined.next(5_000))!)];
    expect(lines).toEqual([
      { partition: 0, offset: 19, text: '2026-2 second\n at b\n at c' },
      { partition: 0, offset: 45, text: '2026-3 third' },
    ]);
  } finally {
    await logs.remove();
  }
});

test('the held event waits as long as it is told to', async () => {
  const { reader, nowMs } = readerOf([batchOf(['2026-1'])]);
  const joined = joinLines(reader, { ...START, waitMs: 20_000 }, { position: () => undefined, nowMs });
  expect(await joined.next(19_000)).toBeUndefined();
  expect(textsOf(linesOf((await joined.next(5_000))!))).toEqual(['2026-1']);
});

test('an event is held as long as lines of its own come, and no longer', async () => {
  const lines = Array.from({ length: 20 }, (_, i) => cri(i % 2 === 0 ? 'stderr' : 'stdout', 'F', ` ${i}`));
  lines.push(...Array.from({ length: 9 }, (_, i) => cri('stdout', 'F', String(i))));
  let at = 0;
  const batches = lines.map((line) => {
    const batch = batchOf([line], at);
    at += line.length + 1;
    return batch;
  });
  const { reader, nowMs } = readerOf(batches, { atEnd: true }, 600);
  const LINES = { by: 'continue', pattern: new Pattern('^ ') } as const;
  const joining: Joining = { ...PARTS, waitMs: 2_000, lines: LINES };
  const joined = joinLines(reader, joining, { position: () => undefined, nowMs });
  const first = textsOf(linesOf((await joined.next(60_000))!))[0]!;
  expect(first.split('\n').map((line) => Number(line.slice(-2)))).toEqual([
    0, 2, 4, 6, 8, 10, 12, 14, 16, 18,
  ]);
  expect(nowMs()).toBeLessThan(18 * 600 + 2_000 + 3 * 600);
});
