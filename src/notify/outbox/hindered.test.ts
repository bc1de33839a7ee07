/** Delivery goes on through whatever hinders it but the receiver itself: a disk that is full for a while, a clock that is set. */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { settableClock } from '../../../test/support/clock.ts';
import { allDue } from '../../../test/support/due.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn } from '../../../test/support/state-writes.ts';
import type { Clock } from '../../event/clock.ts';
import { silent } from '../../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from '../channel.ts';
import { startDispatcher, type Dispatcher } from './dispatcher.ts';
import type { Outbox } from './outbox.ts';
import type { OutboxRow } from '../outbox-row.ts';

const HOUR_MS = 3_600_000;
const slack = { channel: 'slack', target: '#a' };
const sent: Outcome = { kind: 'sent' };
const busy: Outcome = { kind: 'retry', unsent: true, because: 'HTTP 503' };

let database: DatabaseSync;
let dispatcher: Dispatcher | undefined;
let defects: number;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T12:00:00Z') });
  database = new DatabaseSync(':memory:');
  defects = 0;
});
afterEach(async () => {
  const drained = dispatcher?.drain(0);
  await vi.runOnlyPendingTimersAsync();
  await drained;
  vi.useRealTimers();
});

const rows = (...keys: readonly string[]): OutboxRow[] =>
  keys.map((key) => ({
    key,
    receiver: slack,
    notice: notice({ threadId: key, rule: { ...notice().rule, severity: 'high' } }),
  }));

/** Delivers over a channel that answers by script, and for ever by the last answer; what it throws is a defect. */
function deliver(outbox: Outbox, clock: Clock, answers: (Outcome | Error)[]): Delivery[] {
  const deliveries: Delivery[] = [];
  const channel: Channel = {
    kind: 'slack',
    ratePerMinute: () => 20,
    send(delivery) {
      deliveries.push(delivery);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    probe: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  dispatcher = startDispatcher({
    outbox,
    channels: new Map([['slack', channel]]),
    clock,
    telemetry: {
      ...silent,
      count: (name) => {
        if (name === 'defects') defects += 1;
      },
    },
    random: () => 0.5,
    giveUpAfterMs: 0,
  });
  return deliveries;
}

describe('a disk that is full', () => {
  const calls = [
    'attempt',
    'sent',
    'retry',
    'giveUp',
    'crowds',
    'due',
    'nextDueMs',
    'waiting',
    'backlog',
    'prune',
  ] as const;
  type Call = (typeof calls)[number];
  /** Nobody waits for these. */
  const figures: readonly Call[] = ['backlog', 'prune'];
  const refused: Outcome = { kind: 'failed', because: 'HTTP 400', fix: '' };
  const answers: Partial<Record<Call, Outcome[]>> = { retry: [busy, sent], giveUp: [refused, sent] };

  /** Throws as SQLite does, as long as `isFull`. */
  function fullFor(outbox: Outbox, call: Call, isFull: () => boolean): Outbox {
    const { [call]: work } = outbox as unknown as Record<string, (...args: unknown[]) => unknown>;
    return {
      ...outbox,
      [call]: (...args: unknown[]): unknown => {
        if (isFull()) throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
        return work!(...args);
      },
    };
  }

  test.each(calls)(
    'at `%s` only makes messages wait: each arrives in the end, and what is wrong is said',
    async (call) => {
      const clock = settableClock().clock;
      let isFull = true;
      const outbox = outboxIn(database, () => clock.nowMs());
      const deliveries = deliver(
        fullFor(outbox, call, () => isFull),
        clock,
        answers[call] ?? [sent],
      );
      outbox.put(rows('a', 'b'));
      dispatcher!.wake();
      await vi.advanceTimersByTimeAsync(60_000);
      if (!figures.includes(call))
        expect([...dispatcher!.stuck().values()]).toContain('database or disk is full');
      isFull = false;
      await vi.advanceTimersByTimeAsync(60_000);
      outbox.put(rows('c'));
      dispatcher!.wake();
      await vi.advanceTimersByTimeAsync(60_000);
      expect([...dispatcher!.stuck()]).toEqual([]);
      const again = answers[call] === undefined || call === 'giveUp' ? [] : ['a'];
      expect(deliveries.map(({ deliveryId }) => deliveryId).sort()).toEqual(['a', ...again, 'b', 'c'].sort());
      expect(outbox.backlog(clock.nowMs()).pending).toBe(0);
    },
  );
});

describe('a defect', () => {
  test('of a channel is told, and the message tried again as one that may have arrived', async () => {
    const { clock } = settableClock();
    const outbox = outboxIn(database, () => clock.nowMs());
    outbox.put(rows('a', 'b'));
    const deliveries = deliver(outbox, clock, [new TypeError('of null'), sent]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(defects).toBe(1);
    expect(outbox.backlog(clock.nowMs()).pending).toBe(0);
    const again = deliveries.filter(({ deliveryId }) => deliveryId === 'a');
    expect(again.map(({ possibleDuplicate }) => possibleDuplicate)).toEqual([false, true]);
  });

  test('of the loop itself is told, and the loop begins again, more and more slowly', async () => {
    const { clock } = settableClock();
    const outbox = outboxIn(database, () => clock.nowMs());
    outbox.put(rows('a'));
    let isBroken = true;
    const broken: Outbox = {
      ...outbox,
      due: (...args) => {
        if (isBroken) throw new TypeError('of null');
        return outbox.due(...args);
      },
    };
    const deliveries = deliver(broken, clock, [sent]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(defects).toBeGreaterThan(10);
    expect(defects).toBeLessThan(100);
    isBroken = false;
    await vi.advanceTimersByTimeAsync(61_000);
    expect(deliveries).toHaveLength(1);
  });
});

describe('what a receiver says', () => {
  test('is kept in one bounded line, and a pause of a year is one of a quarter of an hour, which is said', async () => {
    const { clock } = settableClock();
    const outbox = outboxIn(database, () => clock.nowMs());
    outbox.put(rows('a'));
    const because = `go\naway ${'x'.repeat(1 << 20)}`;
    const deliveries = deliver(outbox, clock, [
      { kind: 'retry', unsent: true, because, afterMs: 365 * 24 * HOUR_MS },
      sent,
    ]);
    await vi.advanceTimersByTimeAsync(1_000);
    const [[name, said] = []] = dispatcher!.paused();
    expect([name, said?.length, said?.startsWith('go away x')]).toEqual(['slack:#a', 500, true]);
    const stored = database.prepare('SELECT because FROM outbox').get()?.['because'];
    expect(stored).toBe(said);
    await vi.advanceTimersByTimeAsync(14 * 60_000);
    expect(deliveries).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(deliveries).toHaveLength(2);
    expect([...dispatcher!.paused()]).toEqual([]);
  });
});

describe('a clock that is an hour ahead for a while', () => {
  test('leaves no message asleep that a receiver did not take meanwhile', async () => {
    const { clock, set } = settableClock();
    const outbox = outboxIn(database, () => clock.nowMs());
    set(HOUR_MS);
    // So long that it is believed.
    clock.nowMs();
    await vi.advanceTimersByTimeAsync(600_000);
    outbox.put(rows('a'));
    const deliveries = deliver(outbox, clock, [busy, sent]);
    await vi.advanceTimersByTimeAsync(100);
    set(-HOUR_MS);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(deliveries).toHaveLength(2);
  });

  test('leaves no breaker open', async () => {
    const { clock, set } = settableClock();
    const outbox = outboxIn(database, () => clock.nowMs());
    set(HOUR_MS);
    clock.nowMs();
    await vi.advanceTimersByTimeAsync(600_000);
    outbox.put(rows('a', 'b', 'c', 'd', 'e', 'f'));
    const deliveries = deliver(outbox, clock, [busy, busy, busy, busy, busy, sent]);
    await vi.advanceTimersByTimeAsync(100);
    set(-HOUR_MS);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(deliveries).toHaveLength(11);
  });

  test('spends no budget of the hours after it, nor of the next process', async () => {
    const { clock, set } = settableClock();
    const outbox = outboxIn(database, () => clock.nowMs());
    set(HOUR_MS);
    clock.nowMs();
    await vi.advanceTimersByTimeAsync(600_000);
    outbox.put(rows(...Array.from({ length: 16 }, (_, i) => `m${i}`)));
    const deliveries = deliver(outbox, clock, [sent]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(deliveries).toHaveLength(16);
    set(-HOUR_MS);
    outbox.put(rows('n'));
    dispatcher!.wake();
    await vi.advanceTimersByTimeAsync(61_000);
    expect(deliveries.map(({ deliveryId }) => deliveryId)).toContain('n');
    await dispatcher!.drain(0);
    outbox.put(rows('o'));
    const later = deliver(outbox, clock, [sent]);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(later.map(({ deliveryId }) => deliveryId)).toEqual(['o']);
  });

  test('gives up no message that was refused for a moment only', () => {
    const { clock, set } = settableClock();
    const outbox = outboxIn(database, () => clock.nowMs());
    outbox.put(rows('a'));
    outbox.attempt([1], clock.nowMs());
    outbox.retry([1], { dueAtMs: 0, unsent: true, refusedSinceMs: clock.steadyMs(), because: 'HTTP 401' });
    set(40 * 24 * HOUR_MS);
    const after = outboxIn(database, () => clock.nowMs());
    expect(allDue(after, slack, clock.steadyMs())[0]).not.toHaveProperty('refusedSinceMs');
  });
});
