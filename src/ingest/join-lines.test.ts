import { expect, test } from 'vitest';
import { batchOf, linesOf, textsOf } from '../../test/support/batches.ts';
import type { Batch, Position } from '../event/batch.ts';
import { appendFileSync, writeFileSync } from 'node:fs';
import { makeLogFolder } from '../../test/support/file-run.ts';
import { Pattern } from '../event/pattern.ts';
import { createLineJoiner, joinLines } from './join-lines.ts';
import type { LogReader, PartitionStatus } from './source.ts';

const START = new Pattern('^\\d{4}-');

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

test('lines that do not begin an event belong to the one before', () => {
  const joiner = createLineJoiner({ start: START });
  const batch = joiner.push(
    batchOf(['2026-1 failed', 'java.lang.Error', '\tat A.b(A.java:1)', '2026-2 fine', '2026-3 open']),
  )!;
  expect(linesOf(batch)).toEqual([
    { partition: 0, offset: 0, text: '2026-1 failed\njava.lang.Error\n\tat A.b(A.java:1)' },
    { partition: 0, offset: 48, text: '2026-2 fine' },
  ]);
});

test('lines of another encoding are counted with the first events that are handed out', () => {
  const joiner = createLineJoiner({ start: START });
  const garbled = (lines: number, looksLike?: string): Partial<Batch> => ({
    garbled: { lines, ...(looksLike !== undefined && { looksLike }) },
  });
  expect(joiner.push(batchOf(['2026-1 a'], 0, garbled(1)))).toBeUndefined();
  expect(joiner.push(batchOf(['2026-2 b'], 9, garbled(2, 'gbk')))!.garbled).toEqual({
    lines: 3,
    looksLike: 'gbk',
  });
  expect(joiner.push(batchOf(['2026-3 c'], 18))!.garbled).toBeUndefined();
  expect(joiner.push(batchOf(['d'], 27, garbled(1)))).toBeUndefined();
  expect(joiner.flush()!.garbled).toEqual({ lines: 1 });
});

test('the position stays before the held event, with the proof of what is wholly out', () => {
  const joiner = createLineJoiner({ start: START }, 'where we began');
  const first = joiner.push(batchOf(['2026-1', '2026-2', 'of two']))!;
  expect(first.next).toEqual({ offset: 7, proof: 'where we began' });
  expect(joiner.push(batchOf(['of two too'], 21))).toBeUndefined();
  const second = joiner.push(batchOf(['2026-3'], 32))!;
  expect(textsOf(linesOf(second))).toEqual(['2026-2\nof two\nof two too']);
  expect(second.next).toEqual({ offset: 32, proof: 'to 32' });
  expect(textsOf(linesOf(joiner.flush()!))).toEqual(['2026-3']);
});

const cri = (stream: string, tag: string, text: string): string =>
  `2026-11-27T11:10:05Z ${stream} ${tag} ${text}`;

test('parts of a container runtime are one event, also with the other stream between', () => {
  const joiner = createLineJoiner({ envelope: 'cri' });
  const lines = [
    cri('stdout', 'F', 'alone'),
    cri('stdout', 'P', 'a'),
    cri('stderr', 'F', 'between'),
    cri('stdout', 'P', 'b'),
    cri('stdout', 'F', 'c'),
    'no envelope',
    cri('stderr', 'P', 'open'),
    cri('stdout', 'F', 'behind'),
  ];
  const batch = joiner.push(batchOf(lines))!;
  expect(textsOf(linesOf(batch))).toEqual([
    lines[0],
    [lines[1], lines[3], lines[4]].join('\n'),
    lines[2],
    lines[5],
  ]);
  expect(batch.next.offset).toBe(lines.slice(0, 6).join('\n').length + 1);
  expect(textsOf(linesOf(joiner.flush()!))).toEqual([lines[6], lines[7]]);
});

test('a start is looked for in the text of a container, by streams', () => {
  const joiner = createLineJoiner({ envelope: 'docker', start: START });
  const docker = (stream: string, log: string): string => JSON.stringify({ log, stream });
  const lines = [
    docker('stdout', '2026-1 failed\n'),
    docker('stderr', '2026-2 oth'),
    docker('stdout', '\tat a.B\n'),
    docker('stderr', '2026-er\n'),
    docker('stdout', '2026-3\n'),
  ];
  const batch = joiner.push(batchOf(lines))!;
  expect(textsOf(linesOf(batch))).toEqual([`${lines[0]}\n${lines[2]}`]);
  expect(textsOf(linesOf(joiner.flush()!))).toEqual([`${lines[1]}\n${lines[3]}`, lines[4]]);
});

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
  const joined = joinLines(reader, { envelope: 'cri' }, { position: () => undefined, nowMs });
  expect(textsOf(linesOf((await joined.next(60_000))!))[0]).toBe(lines[0]);
  expect(nowMs()).toBeLessThan(8_000);
  const rest: string[] = [];
  for (let batch = await joined.next(5_000); batch !== undefined; batch = await joined.next(5_000))
    rest.push(...textsOf(linesOf(batch)));
  expect(rest.at(-1)).toBe(lines.at(-1));
});

test('an open part holds back no more than 1,000 events', () => {
  const joiner = createLineJoiner({ envelope: 'cri' });
  const many = Array.from({ length: 3_000 }, (_, i) => cri('stderr', 'F', String(i)));
  const batch = joiner.push(batchOf([cri('stdout', 'P', 'open'), ...many]))!;
  expect(linesOf(batch)).toHaveLength(3_001);
  expect(joiner.holds).toBe(false);
});

test('what comes before the first start is an event of its own', () => {
  const joiner = createLineJoiner({ start: START });
  expect(textsOf(linesOf(joiner.push(batchOf(['tail of', 'something', '2026-1']))!))).toEqual([
    'tail of\nsomething',
  ]);
});

test('blank lines count towards the length of an event, and a batch of nothing else gives no event', () => {
  const joiner = createLineJoiner({ start: START });
  expect(joiner.push(batchOf(['', '']))).toBeUndefined();
  expect(joiner.holds).toBe(false);
  const blanks = Array.from({ length: 999 }, () => '');
  const batch = joiner.push(batchOf(['2026-1', ...blanks, 'more', ...blanks, '2026-2'], 10))!;
  expect(textsOf(linesOf(batch))).toEqual(['2026-1', 'more']);
});

test('an event ends after 1,000 lines and before 1 MiB', () => {
  const joiner = createLineJoiner({ start: START });
  const many = joiner.push(batchOf(['2026-1', ...Array.from({ length: 1_500 }, () => 'at'), '2026-2']))!;
  expect(textsOf(linesOf(many)).map((text) => text.split('\n').length)).toEqual([1_000, 501]);
  const half = 'x'.repeat(1 << 19);
  const big = joiner.push(batchOf(['2026-3', half, half, '2026-4'], 10_000))!;
  expect(textsOf(linesOf(big)).map((text) => text.length)).toEqual([6, 7 + half.length, half.length]);
});

test('lines that come a second time, after the source went back, are not joined twice', () => {
  const joiner = createLineJoiner({ start: START });
  expect(joiner.push(batchOf(['2026-1', 'more']))).toBeUndefined();
  const again = joiner.push(batchOf(['2026-1', 'more', '2026-2']))!;
  expect(textsOf(linesOf(again))).toEqual(['2026-1\nmore']);
});

test('a line that one engine would try for ever holds nothing up', () => {
  const joiner = createLineJoiner({ start: new Pattern('^(\\w+[\\s:.-]?)+ \\[') });
  const batch = joiner.push(batchOf(['main [1] a', `${'a'.repeat(50)}!`, 'main [2] b']))!;
  expect(textsOf(linesOf(batch))).toEqual([`main [1] a\n${'a'.repeat(50)}!`]);
});

test('a byte order mark does not hide the beginning of an event', () => {
  const joiner = createLineJoiner({ start: START });
  const lines = linesOf(joiner.push(batchOf(['2026-1', '\ufeff2026-2', '2026-3']))!);
  expect(lines.map(({ offset }) => offset)).toEqual([0, 7]);
});

test('the held event comes out after one second of silence, not before', async () => {
  const { reader, nowMs } = readerOf([batchOf(['2026-1', 'more'])]);
  const joined = joinLines(reader, { start: START }, { position: () => undefined, nowMs });
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
  const joined = joinLines(reader, { start: START }, { position: () => undefined, nowMs });
  expect(await joined.next(10_000)).toBeUndefined();
});

test('the held event comes out at once when the input is over, and only then is it', async () => {
  const { reader, nowMs } = readerOf([batchOf(['2026-1', '2026-2'])], { ended: true });
  const joined = joinLines(reader, { start: START }, { position: () => undefined, nowMs });
  expect(textsOf(linesOf((await joined.next(0))!))).toEqual(['2026-1']);
  expect(joined.partitions()[0]?.ended).toBe(false);
  expect(textsOf(linesOf((await joined.next(0))!))).toEqual(['2026-2']);
  expect(joined.partitions()[0]?.ended).toBe(true);
});

test('what is durable goes on to the source', () => {
  const { reader, durable } = readerOf([]);
  joinLines(reader, { start: START }, { position: () => undefined }).durable(0, { offset: 7, proof: 'p' });
  expect(durable).toEqual([{ offset: 7, proof: 'p' }]);
});

test('record times are those of the first lines', () => {
  const joiner = createLineJoiner({ start: START });
  const recordTimesMs = Float64Array.of(1, 2, 3);
  expect([
    ...joiner.push(batchOf(['2026-1', 'more', '2026-2'], 0, { recordTimesMs }))!.recordTimesMs!,
  ]).toEqual([1]);
});

test('after a restart in the middle of an event, that event comes whole and no other a second time', async () => {
  const logs = makeLogFolder();
  const positions = new Map<number, Position>();
  const options = { position: (partition: number) => positions.get(partition) };
  try {
    writeFileSync(logs.path(), '2026-1 first\n at a\n2026-2 second\n at b\n');
    const before = await logs.run({ positions });
    const first = (await joinLines(before.reader, { start: START }, options).next(5_000))!;
    expect(textsOf(linesOf(first))).toEqual(['2026-1 first\n at a']);
    positions.set(0, first.next);
    await before.stop();
    appendFileSync(logs.path(), ' at c\n2026-3 third\n');
    const after = await logs.run({ positions });
    const joined = joinLines(after.reader, { start: START }, options);
    const lines = [...linesOf((await joined.next(5_000))!), ...linesOf((await joined.next(5_000))!)];
    expect(lines).toEqual([
      { partition: 0, offset: 19, text: '2026-2 second\n at b\n at c' },
      { partition: 0, offset: 45, text: '2026-3 third' },
    ]);
  } finally {
    await logs.remove();
  }
});
