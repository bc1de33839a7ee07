import { expect, test } from 'vitest';
import { batchOf, linesOf, textsOf } from '../../test/support/batches.ts';
import type { Batch } from '../event/batch.ts';
import { Pattern } from '../event/pattern.ts';
import type { Joining } from './joining.ts';
import { createLineJoiner } from './line-joiner.ts';

const BOUNDS = { waitMs: 1_000, linesMax: 1_000 };
const by = (kind: NonNullable<Joining['lines']>['by'], pattern: string): Joining => ({
  ...BOUNDS,
  lines: { by: kind, pattern: new Pattern(pattern) },
});
const START = by('start', '^\\d{4}-');

test('lines that do not begin an event belong to the one before', () => {
  const joiner = createLineJoiner(START);
  const batch = joiner.push(
    batchOf(['2026-1 failed', 'java.lang.Error', '\tat A.b(A.java:1)', '2026-2 fine', '2026-3 open']),
  )!;
  expect(linesOf(batch)).toEqual([
    { partition: 0, offset: 0, text: '2026-1 failed\njava.lang.Error\n\tat A.b(A.java:1)' },
    { partition: 0, offset: 48, text: '2026-2 fine' },
  ]);
});

test('the position stays before the held event, with the proof of what is wholly out', () => {
  const joiner = createLineJoiner(START, 'where we began');
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
  const joiner = createLineJoiner({ ...BOUNDS, envelope: 'cri' });
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
  const joiner = createLineJoiner({ ...START, envelope: 'docker' });
  const docker = (stream: string, log: string): string => JSON.stringify({ log, stream });
  const lines = [
    docker('stdout', '2026-1 failed\n'),
    docker('stderr', '2026-2 oth'),
    docker('stdout', '\tat a.B\n'),
    docker('stderr', '2026-er\n'),
    docker('stdout', '2026-3\n'),
  ];
  const batch = joiner.push(batchOf([...lines, docker('stderr', '2026-4\n')]))!;
  expect(textsOf(linesOf(batch))).toEqual([`${lines[0]}\n${lines[2]}`, `${lines[1]}\n${lines[3]}`]);
  expect(batch.next.offset).toBe(`${lines.slice(0, 4).join('\n')}\n`.length);
});

test('an event whose lines stand around the beginning of an open one waits for it', () => {
  const joiner = createLineJoiner({ ...START, envelope: 'cri' });
  const lines = [cri('stdout', 'F', '2026-1'), cri('stderr', 'F', '2026-2'), cri('stdout', 'F', ' a')];
  expect(joiner.push(batchOf([...lines, cri('stdout', 'F', '2026-3')]))).toBeUndefined();
  const batch = joiner.giveUp()!;
  expect(textsOf(linesOf(batch))).toEqual([`${lines[0]}\n${lines[2]}`, lines[1]]);
});

test('an open part holds back no more than 1,000 events', () => {
  const joiner = createLineJoiner({ ...BOUNDS, envelope: 'cri' });
  const many = Array.from({ length: 3_000 }, (_, i) => cri('stderr', 'F', String(i)));
  const batch = joiner.push(batchOf([cri('stdout', 'P', 'open'), ...many]))!;
  expect(linesOf(batch)).toHaveLength(3_001);
  expect(joiner.holds).toBe(false);
});

test('what comes before the first start is an event of its own', () => {
  const joiner = createLineJoiner(START);
  expect(textsOf(linesOf(joiner.push(batchOf(['tail of', 'something', '2026-1']))!))).toEqual([
    'tail of\nsomething',
  ]);
});

test('blank lines count towards the length of an event, and a batch of nothing else gives no event', () => {
  const joiner = createLineJoiner(START);
  expect(joiner.push(batchOf(['', '']))).toBeUndefined();
  expect(joiner.holds).toBe(false);
  const blanks = Array.from({ length: 999 }, () => '');
  const batch = joiner.push(batchOf(['2026-1', ...blanks, 'more', ...blanks, '2026-2'], 10))!;
  expect(textsOf(linesOf(batch))).toEqual(['2026-1', 'more']);
});

test('an event ends after 1,000 lines and before 1 MiB', () => {
  const joiner = createLineJoiner(START);
  const many = joiner.push(batchOf(['2026-1', ...Array.from({ length: 1_500 }, () => 'at'), '2026-2']))!;
  expect(textsOf(linesOf(many)).map((text) => text.split('\n').length)).toEqual([1_000, 501]);
  expect(many.cutLines).toBe(1);
  const half = 'x'.repeat(1 << 19);
  const big = joiner.push(batchOf(['2026-3', half, half, '2026-4'], 10_000))!;
  expect(textsOf(linesOf(big)).map((text) => text.length)).toEqual([6, 7 + half.length, half.length]);
  expect(big.cutLines).toBe(1);
});

test('lines that come a second time, after the source went back, are not joined twice', () => {
  const joiner = createLineJoiner(START);
  expect(joiner.push(batchOf(['2026-1', 'more']))).toBeUndefined();
  const again = joiner.push(batchOf(['2026-1', 'more', '2026-2']))!;
  expect(textsOf(linesOf(again))).toEqual(['2026-1\nmore']);
});

test('a line that one engine would try for ever holds nothing up', () => {
  const joiner = createLineJoiner(by('start', '^(\\w+[\\s:.-]?)+ \\['));
  const batch = joiner.push(batchOf(['main [1] a', `${'a'.repeat(50)}!`, 'main [2] b']))!;
  expect(textsOf(linesOf(batch))).toEqual([`main [1] a\n${'a'.repeat(50)}!`]);
});

test('a byte order mark does not hide the beginning of an event', () => {
  const joiner = createLineJoiner(START);
  const lines = linesOf(joiner.push(batchOf(['2026-1', '\ufeff2026-2', '2026-3']))!);
  expect(lines.map(({ offset }) => offset)).toEqual([0, 7]);
});

test('record times are those of the first lines', () => {
  const joiner = createLineJoiner(START);
  const recordTimesMs = Float64Array.of(1, 2, 3);
  expect([
    ...joiner.push(batchOf(['2026-1', 'more', '2026-2'], 0, { recordTimesMs }))!.recordTimesMs!,
  ]).toEqual([1]);
});

test('a line that goes on belongs to the one before, whatever that one is', () => {
  const joiner = createLineJoiner(by('continue', '^\\s'));
  const lines = ['  tail', 'a', '  at b', '', '\tat c', 'd', 'e'];
  expect(textsOf(linesOf(joiner.push(batchOf(lines))!))).toEqual(['  tail', 'a\n  at b\n\n\tat c', 'd']);
  expect(textsOf(linesOf(joiner.flush()!))).toEqual(['e']);
});

test('a line that ends an event is its last, and nothing is held behind it', () => {
  const joiner = createLineJoiner(by('end', ';$'));
  const batch = joiner.push(batchOf(['a', 'b;', 'c;', 'd', '', 'e;']))!;
  expect(textsOf(linesOf(batch))).toEqual(['a\nb;', 'c;', 'd\n\ne;']);
  expect(joiner.holds).toBe(false);
});

test('a blank line ends an event where the pattern says so', () => {
  const joiner = createLineJoiner(by('end', '^$'));
  const batch = joiner.push(batchOf(['', 'a', 'b', '', '', 'c', '']))!;
  expect(textsOf(linesOf(batch))).toEqual(['a\nb', 'c']);
});

test('an end is looked for in a line whose parts are put together', () => {
  const joiner = createLineJoiner({ ...by('end', '^b.*;$'), envelope: 'cri' });
  const lines = [
    cri('stdout', 'F', 'a;'),
    cri('stdout', 'P', 'b'),
    cri('stderr', 'F', 'b;'),
    cri('stdout', 'F', 'c;'),
  ];
  expect(textsOf(linesOf(joiner.push(batchOf(lines))!))).toEqual([
    [lines[0], lines[1], lines[3]].join('\n'),
    lines[2],
  ]);
});

test('an event comes from where its first line came from, also when that line was of a batch before', () => {
  const joiner = createLineJoiner(START);
  const from = (key: readonly string[]) => ({ origins: { '@file': '/a.log', '@kafka.key': key } });
  expect(joiner.push(batchOf(['2026-1'], 0, from(['one'])))).toBeUndefined();
  const batch = joiner.push(batchOf([' a', '2026-2', '2026-3'], 7, from(['two', 'three', 'four'])))!;
  expect(batch.origins).toEqual({ '@file': '/a.log', '@kafka.key': ['one', 'three'] });
  expect(joiner.flush()!.origins).toEqual({ '@file': '/a.log', '@kafka.key': ['four'] });
});

test('lines of another encoding are counted with the first events that are handed out', () => {
  const joiner = createLineJoiner(START);
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
