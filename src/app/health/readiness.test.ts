import { expect, test } from 'vitest';
import { allWell } from '../../../test/support/readiness.ts';
import type { PartitionStatus } from '../../ingest/source.ts';
import { readiness, type ReadinessParts } from './readiness.ts';
import type { ReadLoop, ReceiverState } from '../types.ts';

const checks = (parts: Partial<ReadinessParts>) =>
  readiness({ ...allWell, ...parts }).filter(({ ok }) => !ok);
const wrong = (parts: Partial<ReadinessParts>) =>
  checks(parts).map(({ name, fatal, detail }) => [name, fatal, detail]);

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
    ['time', false, 'orders: order-logs/0: a transaction is open; orders: order-logs/0: it hangs'],
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

const probed = new Map([
  ['slack:#ops', undefined],
  ['webhook:audit', { problem: 'no answer', fix: 'mend it' }],
]);
const owed = (receiver: string, problem: string): ReceiverState => ({
  receiver,
  problem,
  waiting: 2,
  givenUp: 1,
});

test('a receiver that answers the probe and refuses messages is not well', () => {
  const failing = (): readonly ReceiverState[] => [owed('slack:#ops', 'HTTP 401'), owed('email:old', 'gone')];
  const found = checks({ channelProblems: () => probed, failing });
  expect(found).toMatchObject([
    { name: 'slack:#ops', fatal: false, detail: 'HTTP 401 (waiting: 2, given up: 1)' },
    { name: 'webhook:audit', detail: 'no answer', fix: 'mend it' },
    { name: 'email:old', detail: 'gone (waiting: 2, given up: 1)' },
  ]);
  expect(checks({ channelProblems: () => probed })).toHaveLength(1);
});

test('a rule that is doubted for two sources alike names the reason once', () => {
  const row = { rule: 'sync', reason: 'source_silent', detail: '' };
  const [found] = checks({ health: () => [row, { ...row, detail: 'other' }] });
  expect(found?.detail).toBe('sync: source_silent');
});

test('lines that are not read as they should be are named once, with the cause and the fix of the first', () => {
  const row = {
    reason: 'lines_untimed',
    detail: '9 lines of orders had no usable time: no `ts`',
    fix: 'write `field: time`',
  };
  const others = [
    { rule: 'a', ...row },
    { rule: 'b', ...row },
    { rule: 'b', reason: 'lag', detail: 'late' },
    { rule: 'b', reason: 'lines_future', detail: '8 h ahead', fix: 'write `timezone`' },
  ];
  expect(checks({ health: () => others }).find(({ name }) => name === 'lines read')).toEqual({
    name: 'lines read',
    ok: false,
    fatal: false,
    detail: '9 lines of orders had no usable time: no `ts`; 8 h ahead',
    fix: 'write `field: time`',
  });
});
