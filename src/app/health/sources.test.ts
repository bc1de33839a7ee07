import { expect, test } from 'vitest';
import type { HeardRow } from '../../detect/store/notes.ts';
import type { PartitionStatus } from '../../ingest/source.ts';
import { createSourceWatch, type SourceWatch } from './sources.ts';

const minuteMs = 60_000;
const startMs = 1_000_000_000;
const read = (clockMs: number, lastTimeMs = clockMs, events = 1) => ({
  ...{ source: 'orders', partition: 0, clockMs, lastTimeMs, events },
  missed: [],
});
const partition = (changes: Partial<PartitionStatus> = {}): PartitionStatus => ({
  ...{ partition: 0, label: 'orders.log', atEnd: true, lag: 0 },
  ...changes,
});

function open(silentAfterMs?: number, kept: readonly HeardRow[] = [], startedMs = startMs): SourceWatch {
  const source = { name: 'orders', ...(silentAfterMs !== undefined && { silentAfterMs }) };
  return createSourceWatch([source], kept, startedMs);
}

const look = (watch: SourceWatch, nowMs: number, ...partitions: PartitionStatus[]) =>
  watch.look(new Map([['orders', partitions]]), nowMs)[0]!;

/** Looks every 5 s, as the program does. */
function pass(watch: SourceWatch, fromMs: number, toMs: number) {
  let state = look(watch, fromMs, partition());
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 5_000) state = look(watch, nowMs, partition());
  return state;
}

test('a source is silent when nothing was read for so long, and no more with the next event', () => {
  const watch = open(10 * minuteMs);
  watch.read(read(startMs));
  expect(pass(watch, startMs, startMs + 10 * minuteMs - 5_000).silent).toBeUndefined();
  const silent = pass(watch, startMs + 10 * minuteMs, startMs + 11 * minuteMs);
  expect(silent.silent).toEqual({ sinceMs: startMs, forMs: 11 * minuteMs, afterMs: 10 * minuteMs });
  watch.read(read(startMs + 11 * minuteMs));
  expect(look(watch, startMs + 11 * minuteMs + 5_000, partition()).silent).toBeUndefined();
});

test('a batch without events ends no silence', () => {
  const watch = open(minuteMs);
  pass(watch, startMs, startMs + 2 * minuteMs);
  watch.read(read(startMs + 2 * minuteMs, 0, 0));
  expect(look(watch, startMs + 2 * minuteMs + 5_000, partition()).silent).toBeDefined();
});

test('`never` is never', () => {
  expect(pass(open(), startMs, startMs + 100 * minuteMs).silent).toBeUndefined();
});

test('downtime is no silence, and restarts do not keep it from being noticed', () => {
  const before = open(10 * minuteMs);
  before.read(read(startMs));
  pass(before, startMs, startMs + 8 * minuteMs);
  const againMs = startMs + 600 * minuteMs;
  const after = open(10 * minuteMs, before.heard(), againMs);
  expect(look(after, againMs + 5_000, partition()).silent).toBeUndefined();
  expect(pass(after, againMs + 10_000, againMs + 3 * minuteMs).silent).toMatchObject({ sinceMs: startMs });
});

test('a machine that slept has not listened', () => {
  const watch = open(10 * minuteMs);
  watch.read(read(startMs));
  pass(watch, startMs, startMs + minuteMs);
  expect(look(watch, startMs + 500 * minuteMs, partition()).silent).toBeUndefined();
});

test('it is behind by the oldest last event of the partitions that have something unread', () => {
  const watch = open();
  watch.read(read(startMs, startMs - 7 * minuteMs));
  watch.read({ ...read(startMs, startMs - 90 * minuteMs), partition: 1 });
  const unread = partition({ atEnd: false, lag: 9 });
  expect(look(watch, startMs, unread, partition({ partition: 1 })).behind).toEqual({
    byMs: 7 * minuteMs,
    readToMs: startMs - 7 * minuteMs,
  });
  expect(look(watch, startMs, partition(), partition({ partition: 1 })).behind).toBeUndefined();
});

test.each([
  ['at one that is halted', { halted: 'gone' }],
  ['where nothing is known to be unread', { lag: 0 }],
])('it is not behind %s', (_name, changes) => {
  const watch = open();
  watch.read(read(startMs, startMs - 7 * minuteMs));
  expect(look(watch, startMs, partition({ atEnd: false, lag: 9, ...changes })).behind).toBeUndefined();
});

test('what is halted is named once', () => {
  const texts = look(
    open(),
    startMs,
    partition({ halted: 'cannot be opened' }),
    partition({ label: 't/1', halted: 't/1 is halted' }),
  );
  expect(texts.halted).toEqual(['orders.log: cannot be opened', 't/1 is halted']);
});

test('a source that has ended is not judged', () => {
  expect(open(1).look(new Map(), startMs + minuteMs)).toEqual([]);
});
