import { expect, test } from 'vitest';
import type { HeardRow } from '../../detect/store/notes.ts';
import type { PartitionStatus } from '../../ingest/source.ts';
import { createSourceWatch, type SourceWatch } from './sources.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_000_000_000;
const read = (clockMs: number, lastTimeMs = clockMs, events = 1) => ({
  source: 'orders',
  partition: 0,
  clockMs,
  lastTimeMs,
  events,
  missed: [],
});
const partition = (changes: Partial<PartitionStatus> = {}): PartitionStatus => ({
  partition: 0,
  label: 'orders.log',
  atEnd: true,
  lag: 0,
  ...changes,
});

function open(silentAfterMs?: number, kept: readonly HeardRow[] = [], startedMs = START_MS): SourceWatch {
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
  const watch = open(10 * MINUTE_MS);
  watch.read(read(START_MS));
  expect(pass(watch, START_MS, START_MS + 10 * MINUTE_MS - 5_000).silent).toBeUndefined();
  const silent = pass(watch, START_MS + 10 * MINUTE_MS, START_MS + 11 * MINUTE_MS);
  expect(silent.silent).toEqual({ sinceMs: START_MS, forMs: 11 * MINUTE_MS, afterMs: 10 * MINUTE_MS });
  watch.read(read(START_MS + 11 * MINUTE_MS));
  expect(look(watch, START_MS + 11 * MINUTE_MS + 5_000, partition()).silent).toBeUndefined();
});

test('a batch without events ends no silence', () => {
  const watch = open(MINUTE_MS);
  pass(watch, START_MS, START_MS + 2 * MINUTE_MS);
  watch.read(read(START_MS + 2 * MINUTE_MS, 0, 0));
  expect(look(watch, START_MS + 2 * MINUTE_MS + 5_000, partition()).silent).toBeDefined();
});

test('`never` is never', () => {
  expect(pass(open(), START_MS, START_MS + 100 * MINUTE_MS).silent).toBeUndefined();
});

test('downtime is no silence, and restarts do not keep it from being noticed', () => {
  const before = open(10 * MINUTE_MS);
  before.read(read(START_MS));
  pass(before, START_MS, START_MS + 8 * MINUTE_MS);
  const againMs = START_MS + 600 * MINUTE_MS;
  const after = open(10 * MINUTE_MS, before.heard(), againMs);
  expect(look(after, againMs + 5_000, partition()).silent).toBeUndefined();
  expect(pass(after, againMs + 10_000, againMs + 3 * MINUTE_MS).silent).toMatchObject({ sinceMs: START_MS });
});

test('a machine that slept has not listened', () => {
  const watch = open(10 * MINUTE_MS);
  watch.read(read(START_MS));
  pass(watch, START_MS, START_MS + MINUTE_MS);
  expect(look(watch, START_MS + 500 * MINUTE_MS, partition()).silent).toBeUndefined();
});

test('it is behind by the oldest last event of the partitions that have something unread', () => {
  const watch = open();
  watch.read(read(START_MS, START_MS - 7 * MINUTE_MS));
  watch.read({ ...read(START_MS, START_MS - 90 * MINUTE_MS), partition: 1 });
  const unread = partition({ atEnd: false, lag: 9 });
  expect(look(watch, START_MS, unread, partition({ partition: 1 })).behind).toEqual({
    byMs: 7 * MINUTE_MS,
    readToMs: START_MS - 7 * MINUTE_MS,
  });
  expect(look(watch, START_MS, partition(), partition({ partition: 1 })).behind).toBeUndefined();
});

test.each([
  ['at one that is halted', { halted: 'gone' }],
  ['where nothing is known to be unread', { lag: 0 }],
])('it is not behind %s', (_name, changes) => {
  const watch = open();
  watch.read(read(START_MS, START_MS - 7 * MINUTE_MS));
  expect(look(watch, START_MS, partition({ atEnd: false, lag: 9, ...changes })).behind).toBeUndefined();
});

test('what is halted is named once', () => {
  const texts = look(
    open(),
    START_MS,
    partition({ halted: 'cannot be opened' }),
    partition({ label: 't/1', halted: 't/1 is halted' }),
  );
  expect(texts.halted).toEqual(['orders.log: cannot be opened', 't/1 is halted']);
});

test('a source that has ended is not judged', () => {
  expect(open(1).look(new Map(), START_MS + MINUTE_MS)).toEqual([]);
});
