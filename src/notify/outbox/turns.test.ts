/** Who comes first at a receiver: the urgent before the rest, every rule in its turn, whatever numbers the others come in. */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { allDue } from '../../../test/support/due.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn, type FilledOutbox } from '../../../test/support/state-writes.ts';
import type { Severity } from '../../event/alert.ts';
import { silent } from '../../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from '../channel.ts';
import { startDispatcher, type Dispatcher } from './dispatcher.ts';
import type { OutboxRow } from '../outbox-row.ts';

let dispatcher: Dispatcher | undefined;
beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(async () => {
  const drained = dispatcher?.drain(0);
  await vi.runOnlyPendingTimersAsync();
  await drained;
  vi.useRealTimers();
});

interface Rig {
  readonly outbox: FilledOutbox;
  readonly deliveries: Delivery[];
  readonly add: (rows: readonly OutboxRow[]) => void;
}

interface Answers {
  readonly perMinute?: number;
  readonly atOnce?: number;
  readonly send?: (delivery: Delivery) => Promise<Outcome>;
}

function deliver({ perMinute = 50, atOnce = 1, send = () => Promise.resolve(sent) }: Answers = {}): Rig {
  const outbox = outboxIn(new DatabaseSync(':memory:'), () => rightClock().nowMs());
  const deliveries: Delivery[] = [];
  const channel: Channel = {
    kind: 'slack',
    atOnce,
    sendMaxMs: 600_000,
    ratePerMinute: () => perMinute,
    send: (delivery) => (deliveries.push(delivery), send(delivery)),
    probe: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  const started = startDispatcher({
    outbox,
    telemetry: silent,
    clock: rightClock(),
    random: () => 0.5,
    channels: new Map([['slack', channel]]),
  });
  dispatcher = started;
  const add = (rows: readonly OutboxRow[]): void => {
    outbox.put(rows);
    started.wake();
  };
  return { outbox, deliveries, add };
}

const sent: Outcome = { kind: 'sent' };
const never = (): Promise<Outcome> => new Promise(() => undefined);

function rows(rule: string, severity: Severity, groups: number, target = '#a'): OutboxRow[] {
  return Array.from({ length: groups }, (_, i) => ({
    key: `${rule}-${i}-${target}`,
    receiver: { channel: 'slack', target },
    notice: notice({ threadId: `${rule}-${i}`, rule: { ...notice().rule, name: rule, severity } }),
  }));
}

const told = (deliveries: readonly Delivery[]): string[] =>
  deliveries.flatMap(({ notice, digest }) => (digest ?? [notice]).map((each) => each.threadId));

const alone = (deliveries: readonly Delivery[], threadId: string): boolean =>
  deliveries.some(({ notice, digest }) => notice.threadId === threadId && digest === undefined);

const second = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1_000);

test('a high alert behind any number of info alerts goes out at once, by itself', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5_000 }),
      fc.constantFrom(15, 30, 50, 120),
      fc.integer({ min: 0, max: 90 }),
      async (groups, perMinute, seconds) => {
        const { deliveries, add } = deliver({ perMinute });
        add(rows('many', 'info', groups));
        await vi.advanceTimersByTimeAsync(seconds * 1_000);
        add(rows('urgent', 'high', 1));
        await second();
        expect(alone(deliveries, 'urgent-0')).toBe(true);
        await dispatcher!.drain(0);
      },
    ),
    { numRuns: 12 },
  );
});

test('with every severity in numbers each of them comes forward, and the more urgent sooner', async () => {
  const { deliveries, add } = deliver({ perMinute: 15 });
  for (const severity of ['info', 'low', 'medium', 'high', 'critical'] as const)
    add(rows(severity, severity, 1_000));
  await vi.advanceTimersByTimeAsync(180_000);
  const of = (severity: Severity): number =>
    told(deliveries).filter((threadId) => threadId.startsWith(`${severity}-`)).length;
  expect(of('critical')).toBeGreaterThan(of('high'));
  for (const severity of ['info', 'low', 'medium', 'high'] as const) expect(of(severity)).toBeGreaterThan(0);
});

test('a rule with any number of groups holds up no other rule of its severity', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 10 }),
      fc.constantFrom<Severity>('critical', 'high', 'info'),
      async (groups, others, severity) => {
        const { deliveries, add } = deliver({ perMinute: 15 });
        add(rows('many', severity, groups));
        await second();
        for (let i = 0; i < others; i++) add(rows(`other${i}`, severity, 1));
        // Ten are no digest yet, and of info nine go out in a minute.
        await vi.advanceTimersByTimeAsync(122_000);
        for (let i = 0; i < others; i++) {
          // The rest of a flood is a few like the others, and what is more than a few is told together.
          const said = deliveries.find((delivery) => told([delivery]).includes(`other${i}-0`));
          const flood = said === undefined ? [] : told([said]).filter((id) => id.startsWith('many-'));
          expect([said !== undefined, flood.length <= 10], `other ${i}`).toEqual([true, true]);
        }
        await dispatcher!.drain(0);
      },
    ),
    { numRuns: 10, examples: [[58, 10, 'info']] },
  );
});

test('many rules with little to say each go out as digests too, and nothing is missing or told twice', async () => {
  const { deliveries, add } = deliver({ perMinute: 15 });
  for (let i = 0; i < 150; i++) add(rows(`rule${i}`, 'high', 2));
  await vi.advanceTimersByTimeAsync(300_000);
  expect(told(deliveries)).toHaveLength(300);
  expect(new Set(told(deliveries)).size).toBe(300);
  expect(deliveries.length).toBeLessThan(60);
});

test('a receiver that is slow to answer gets what is urgent at once, and the rest one by one', async () => {
  const { deliveries, add } = deliver({ atOnce: 5, send: never });
  add(rows('many', 'info', 100));
  await second();
  add(rows('urgent', 'high', 1));
  add(rows('worst', 'critical', 1));
  await second();
  expect(told(deliveries)).toEqual(['many-0', 'worst-0', 'urgent-0']);
});

test('a receiver that never answers holds up no other', async () => {
  const { deliveries, add } = deliver({
    send: ({ target }) => (target === '#deaf' ? never() : Promise.resolve(sent)),
  });
  add(rows('a', 'critical', 20, '#deaf'));
  add(rows('b', 'info', 5, '#fine'));
  await second();
  expect(deliveries.filter(({ target }) => target === '#fine')).toHaveLength(5);
});

test('what a receiver is slow to take goes out together', async () => {
  const slow = (): Promise<Outcome> => new Promise((resolve) => setTimeout(() => resolve(sent), 9_000));
  const { deliveries, add } = deliver({ perMinute: 600, atOnce: 5, send: slow });
  add(rows('many', 'info', 500));
  await vi.advanceTimersByTimeAsync(150_000);
  expect(new Set(told(deliveries)).size).toBe(500);
  expect(told(deliveries)).toHaveLength(500);
});

test('messages of one alert keep their order at a receiver that takes several at once', async () => {
  const { outbox, deliveries, add } = deliver({ atOnce: 5, send: never });
  const [fired] = rows('r', 'critical', 1);
  add([fired!, { ...fired!, key: 'later', notice: { ...fired!.notice, kind: 'resolved' } }]);
  await second();
  expect(deliveries.map(({ notice: { kind } }) => kind)).toEqual(['fired']);
  expect(allDue(outbox, fired!.receiver, Infinity)).toEqual([]);
});

test('a stop does not wait for an answer, and the message is marked at the next start', async () => {
  const database = new DatabaseSync(':memory:');
  const outbox = outboxIn(database, () => rightClock().nowMs());
  outbox.put(rows('r', 'high', 2));
  const channel: Channel = {
    kind: 'slack',
    sendMaxMs: 600_000,
    ratePerMinute: () => 50,
    send: never,
    probe: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  const stopped = startDispatcher({
    outbox,
    channels: new Map([['slack', channel]]),
    telemetry: silent,
    clock: rightClock(),
  });
  await second();
  const drained = stopped.drain(3_000);
  await vi.advanceTimersByTimeAsync(3_001);
  expect(await drained).toBe(false);
  const next = allDue(
    outboxIn(database, () => rightClock().nowMs()),
    { channel: 'slack', target: '#a' },
    rightClock().nowMs(),
  );
  expect(next.map(({ key, possibleDuplicate }) => [key, possibleDuplicate])).toEqual([
    ['r-0-#a', true],
    ['r-1-#a', false],
  ]);
});

test('a digest has an id of its own, so that nobody takes it for a message in it that came before', async () => {
  const ids = async (groups: number): Promise<string[]> => {
    const { deliveries, add } = deliver({ perMinute: 15 });
    add(rows('many', 'high', groups));
    await second();
    await dispatcher!.drain(0);
    return deliveries.filter(({ digest }) => digest !== undefined).map(({ deliveryId }) => deliveryId);
  };
  const [first, again, other] = [await ids(100), await ids(100), await ids(30)];
  expect(first.length).toBeGreaterThan(1);
  expect(first.filter((id) => id.startsWith('many-'))).toEqual([]);
  expect(again).toEqual(first);
  expect(other).not.toContain(first[0]);
});
