import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn, type FilledOutbox } from '../../../test/support/state-writes.ts';
import type { Severity } from '../../event/alert.ts';
import { silent, type Telemetry } from '../../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from '../channel.ts';
import { startDispatcher, type Dispatcher } from './dispatcher.ts';
import type { OutboxRow } from '../outbox-row.ts';

const sent: Outcome = { kind: 'sent' };

interface Rig {
  readonly outbox: FilledOutbox;
  readonly deliveries: Delivery[];
  readonly counts: Record<string, number>;
  readonly logged: string[];
  readonly channel: Channel;
  readonly start: (instead?: Channel) => Dispatcher;
}

let dispatcher: Dispatcher | undefined;

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(async () => {
  const drained = dispatcher?.drain(0);
  await vi.runOnlyPendingTimersAsync();
  await drained;
  vi.useRealTimers();
});

/** A channel `slack` that answers by script, and for ever by the last answer. */
function rig(answers: (Outcome | Promise<Outcome>)[], ratePerMinute = 60): Rig {
  const outbox = outboxIn(new DatabaseSync(':memory:'), () => rightClock().nowMs());
  const deliveries: Delivery[] = [];
  const counts: Record<string, number> = {};
  const logged: string[] = [];
  const channel: Channel = {
    kind: 'slack',
    ratePerMinute: () => ratePerMinute,
    send(delivery) {
      deliveries.push(delivery);
      return Promise.resolve(answers.length > 1 ? answers.shift()! : answers[0]!);
    },
    probe: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  const telemetry: Telemetry = {
    ...silent,
    log: { ...silent.log, error: (_fields, message) => void logged.push(message) },
    count: (_name, labels, by = 1) => {
      const result = String(labels['result']);
      counts[result] = (counts[result] ?? 0) + by;
    },
  };
  const start = (instead = channel): Dispatcher =>
    (dispatcher = startDispatcher({
      outbox,
      channels: new Map([['slack', instead]]),
      telemetry,
      clock: rightClock(),
      random: () => 0.4999,
    }));
  return { outbox, deliveries, counts, logged, channel, start };
}

function row(key: string, severity: Severity = 'high', target = '#a'): OutboxRow {
  return {
    key,
    receiver: { channel: 'slack', target },
    notice: notice({ threadId: key, rule: { ...notice().rule, severity } }),
  };
}

test('each receiver has the rate that its channel says of it', async () => {
  const { outbox, deliveries, start } = rig([sent], 1);
  const channel = {
    ...rig([sent]).channel,
    ratePerMinute: (target: string) => (target === '#fast' ? 100 : 2),
  };
  for (const target of ['#fast', '#slow'])
    outbox.put(Array.from({ length: 9 }, (_, i) => row(`${target}${i}`, 'high', target)));
  start({ ...channel, send: (of) => Promise.resolve((deliveries.push(of), sent)) });
  await vi.advanceTimersByTimeAsync(1_000);
  const to = (target: string): number => deliveries.filter((each) => each.target === target).length;
  expect([to('#fast'), to('#slow')]).toEqual([9, 2]);
});

const rows = (count: number, name = 'm', severity: Severity = 'high'): OutboxRow[] =>
  Array.from({ length: count }, (_, i) => row(`${name}${i}`, severity));

test('messages added before the start and after it are delivered once each', async () => {
  const { outbox, deliveries, start, counts } = rig([sent]);
  outbox.put(rows(2));
  start();
  await vi.advanceTimersByTimeAsync(1);
  outbox.put([row('later')]);
  dispatcher!.wake();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(deliveries.map((each) => each.deliveryId)).toEqual(['m0', 'm1', 'later']);
  expect(counts).toEqual({ sent: 3 });
});

test('a retry waits for its backoff, and then longer', async () => {
  const { outbox, deliveries, start } = rig([
    { kind: 'retry', unsent: true, because: 'refused' },
    { kind: 'retry', unsent: false, because: 'timeout' },
    sent,
  ]);
  outbox.put([row('a')]);
  start();
  await vi.advanceTimersByTimeAsync(740);
  expect(deliveries).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(20);
  expect(deliveries).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_480);
  expect(deliveries).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(40);
  expect(deliveries.map((each) => each.possibleDuplicate)).toEqual([false, false, true]);
});

test('Retry-After holds the whole receiver back, and no other', async () => {
  const { outbox, deliveries, start } = rig([
    { kind: 'retry', unsent: true, because: '429', afterMs: 30_000 },
    sent,
  ]);
  outbox.put([row('a'), row('b')]);
  start();
  await vi.advanceTimersByTimeAsync(1);
  outbox.put([row('other', 'high', '#b')]);
  dispatcher!.wake();
  await vi.advanceTimersByTimeAsync(29_000);
  expect(deliveries.map((each) => each.deliveryId)).toEqual(['a', 'other']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(deliveries.map((each) => each.deliveryId).sort()).toEqual(['a', 'a', 'b', 'other']);
});

test('a message that is refused for good is given up after an hour, loudly', async () => {
  const { outbox, start, counts, logged } = rig([
    { kind: 'failed', because: 'channel_not_found', fix: 'Create it.' },
  ]);
  outbox.put([row('poisoned')]);
  start();
  await vi.advanceTimersByTimeAsync(59 * 60_000);
  expect(logged.some((line) => line.startsWith('ALERT NOT DELIVERED'))).toBe(false);
  await vi.advanceTimersByTimeAsync(2 * 60_000);
  expect(counts['failed']).toBe(1);
  expect(logged.at(-1)).toContain('ALERT NOT DELIVERED');
  expect(outbox.backlog(rightClock().nowMs()).pending).toBe(0);
});

test('a refused message holds up no other', async () => {
  const { outbox, deliveries, start } = rig([{ kind: 'failed', because: 'too odd', fix: '' }, sent]);
  outbox.put([row('poisoned'), row('fine')]);
  start();
  await vi.advanceTimersByTimeAsync(1);
  expect(deliveries.map((each) => each.deliveryId)).toEqual(['poisoned', 'fine']);
});

test('a transient failure is never given up', async () => {
  const { outbox, start } = rig([{ kind: 'retry', unsent: false, because: '500' }]);
  outbox.put([row('a')]);
  start();
  await vi.advanceTimersByTimeAsync(6 * 3_600_000);
  expect(outbox.backlog(rightClock().nowMs()).pending).toBe(1);
});

test('after five failures in a row the breaker lets a try through only every ten seconds, until one works', async () => {
  const down: Outcome = { kind: 'retry', unsent: true, because: 'refused' };
  const answers = [...Array.from({ length: 5 }, () => down), down, sent];
  const { outbox, deliveries, start } = rig(answers);
  outbox.put(rows(8));
  start();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(deliveries).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(deliveries).toHaveLength(6);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outbox.backlog(rightClock().nowMs()).pending).toBe(0);
});

test('beyond the rate the rest waits, and criticals still have slots', async () => {
  const { outbox, deliveries, start } = rig([sent], 15);
  outbox.put(rows(18));
  start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(deliveries).toHaveLength(12);
  outbox.put([row('urgent', 'critical')]);
  dispatcher!.wake();
  await vi.advanceTimersByTimeAsync(10);
  expect(deliveries.at(-1)?.deliveryId).toBe('urgent');
  await vi.advanceTimersByTimeAsync(61_000);
  expect(deliveries).toHaveLength(19);
});

test('a flood goes out as digests, and no message is missing or told twice', async () => {
  const { outbox, deliveries, start } = rig([sent], 15);
  outbox.put(rows(130));
  start();
  await vi.advanceTimersByTimeAsync(180_000);
  const told = deliveries.flatMap((each) => (each.digest ?? [each.notice]).map((of) => of.threadId));
  expect(told).toHaveLength(130);
  expect(new Set(told).size).toBe(130);
  expect(deliveries.some((each) => (each.digest?.length ?? 0) > 10)).toBe(true);
  expect(deliveries.length).toBeLessThan(40);
});

test('a digest carries no steps, which take long to read and are not shown in it', async () => {
  const { outbox, deliveries, start } = rig([sent], 15);
  const runbook = { path: 'a.md', markdown: '1. Restart it.' };
  outbox.put(rows(130).map((each) => ({ ...each, notice: { ...each.notice, runbook } })));
  start();
  await vi.advanceTimersByTimeAsync(180_000);
  const steps = (digested: boolean): Set<boolean> =>
    new Set(
      deliveries
        .filter(({ digest }) => (digest !== undefined) === digested)
        .flatMap(({ notice: first, digest = [] }) => [first, ...digest])
        .map(({ runbook }) => runbook!.markdown !== ''),
    );
  expect([...steps(true), ...steps(false)]).toEqual([false, true]);
});

test('the budget counts what was sent before a restart', async () => {
  const { outbox, deliveries, start } = rig([sent], 15);
  outbox.put(rows(12));
  start();
  await vi.advanceTimersByTimeAsync(1_000);
  await dispatcher!.drain(1_000);
  outbox.put(rows(2, 'n'));
  start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(deliveries).toHaveLength(12);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(deliveries).toHaveLength(14);
});

test('draining sends what can go and says whether anything is left', async () => {
  const { outbox, deliveries, start } = rig([sent]);
  start();
  outbox.put(rows(3));
  const drained = dispatcher!.drain(5_000);
  await vi.advanceTimersByTimeAsync(10);
  expect(await drained).toBe(true);
  expect(deliveries).toHaveLength(3);
});

test('a channel that never answers is ambiguous after its time, and draining does not wait for it', async () => {
  const { outbox, start, deliveries } = rig([new Promise<Outcome>(() => undefined), sent]);
  outbox.put([row('a')]);
  start();
  await vi.advanceTimersByTimeAsync(1);
  const drained = dispatcher!.drain(3_000);
  await vi.advanceTimersByTimeAsync(3_001);
  expect(await drained).toBe(false);
  expect(deliveries).toHaveLength(1);
});
