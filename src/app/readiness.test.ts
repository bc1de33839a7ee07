import { expect, test } from 'vitest';
import type { PartitionStatus } from '../ingest/source.ts';
import { readiness, type ReadinessParts } from './readiness.ts';
import type { ReadLoop } from './reading.ts';

const fine: ReadinessParts = {
  ...{ alertLoops: [], archiveLoops: () => [], archiveProblem: () => undefined },
  ...{ heldReading: () => undefined, stateProblem: () => undefined, rulesProblem: () => undefined },
  ...{ standing: () => [], channelProblems: () => new Map() },
};

const wrong = (parts: Partial<ReadinessParts>) =>
  readiness({ ...fine, ...parts })
    .filter(({ ok }) => !ok)
    .map(({ name, fatal, detail }) => [name, fatal, detail]);

function loop(status: Partial<PartitionStatus>): ReadLoop {
  const partitions = [{ partition: 0, label: 'order-logs/0', atEnd: false, ...status }];
  const parts = { source: { name: 'orders' }, reader: { partitions: () => partitions } };
  return parts as unknown as ReadLoop;
}

test('where all is well nothing is named', () => {
  expect(wrong({ alertLoops: [loop({})], archiveLoops: () => [loop({})] })).toEqual([]);
});

test('a source that cannot be reached is not read: fatal for alerting, not for the archive', () => {
  const gone = loop({ unreachable: 'connect ECONNREFUSED' });
  expect(wrong({ alertLoops: [gone], archiveLoops: () => [gone] })).toEqual([
    ['source orders (alert)', true, 'order-logs/0: connect ECONNREFUSED'],
    ['source orders (archive)', false, 'order-logs/0: connect ECONNREFUSED'],
  ]);
});

test('what holds the time back is named, and what is not waited for any more', () => {
  const waits = { because: 'a transaction is open', sinceMs: 1 };
  expect(wrong({ alertLoops: [loop({ waits }), loop({ outwaited: 'it hangs' })] })).toEqual([
    ['time', false, 'orders: a transaction is open; orders: it hangs'],
  ]);
});

test('a receiver that refuses us is not fatal; where nothing at all goes out, that is', () => {
  const refused = { problem: 'no such channel', fix: 'make it' };
  const stuck = { problem: 'the outbox cannot be used', fix: 'free space', isStuck: true } as const;
  const problems = new Map([
    ['slack:#a', refused],
    ['outbox', stuck],
    ['email:b', undefined],
  ]);
  expect(wrong({ channelProblems: () => problems })).toEqual([
    ['slack:#a', false, 'no such channel'],
    ['outbox', true, 'the outbox cannot be used'],
  ]);
});
