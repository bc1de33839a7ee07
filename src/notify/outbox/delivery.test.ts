/** The way from outbox to receiver under failures and crashes: nothing lost, nothing twice but what says so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn } from '../../../test/support/state-writes.ts';
import { silent } from '../../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from '../channel.ts';
import { startDispatcher } from './dispatcher.ts';
import type { OutboxRow } from '../outbox-row.ts';

/** How an attempt ends; `crash…`: the process dies before it hears the answer. */
type Event = 'sent' | 'refused' | 'lost answer' | 'lost request' | 'busy' | 'crash after' | 'crash before';

const outcomes: Readonly<Record<Event, Outcome | undefined>> = {
  sent: { kind: 'sent', thread: { root: 'r' } },
  refused: { kind: 'failed', because: 'no such channel', fix: 'Make it.' },
  'lost answer': { kind: 'retry', unsent: false, because: 'timeout' },
  'lost request': { kind: 'retry', unsent: true, because: 'refused' },
  busy: { kind: 'retry', unsent: true, because: '429', afterMs: 2_000 },
  'crash after': undefined,
  'crash before': undefined,
};
const ARRIVES: readonly Event[] = ['sent', 'lost answer', 'crash after'];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delivery-'));
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const rowsOf = (threads: number): OutboxRow[] =>
  Array.from({ length: threads }, (_, i) => i).flatMap((i) =>
    (['fired', 'resolved'] as const).map((kind) => ({
      key: `${kind}-${i}`,
      receiver: { channel: 'slack', target: i % 3 === 0 ? '#a' : '#b' },
      notice: notice({
        kind,
        threadId: `t${i}`,
        rule: { ...notice().rule, severity: i % 4 === 0 ? 'critical' : 'low' },
      }),
    })),
  );

async function runThrough(script: Event[], threads: number, path: string): Promise<readonly Delivery[]> {
  const accepted: Delivery[] = [];
  for (let starts = 0; starts < 40; starts++) {
    const life = { over: false };
    const channel: Channel = {
      kind: 'slack',
      ratePerMinute: () => 30,
      send(delivery) {
        if (life.over) return new Promise<Outcome>(() => undefined);
        const event = script.shift() ?? 'sent';
        if (ARRIVES.includes(event)) accepted.push(delivery);
        const outcome = outcomes[event];
        if (outcome) return Promise.resolve(outcome);
        life.over = true;
        return new Promise<Outcome>(() => undefined);
      },
      probe: () => Promise.resolve(undefined),
      close: () => Promise.resolve(),
    };
    const database = new DatabaseSync(path);
    const outbox = outboxIn(database, () => rightClock().nowMs());
    outbox.put(rowsOf(threads));
    startDispatcher({
      outbox,
      channels: new Map([['slack', channel]]),
      telemetry: silent,
      clock: rightClock(),
    });
    const alive = (): boolean => !life.over && outbox.backlog(rightClock().nowMs()).pending > 0;
    for (let s = 0; s < 400 && alive(); s++) await vi.advanceTimersByTimeAsync(5_000);
    // The disk stays as it was at the end of this life, and none of its timers fires any more.
    database.close();
    vi.useFakeTimers({ now: rightClock().nowMs() + 1_000 });
    if (!life.over) return accepted;
  }
  throw new Error('never came to an end');
}

test('through lost answers, refusals, throttling and crashes every message arrives, twice only where it says so', async () => {
  const events = fc.constantFrom<Event>(
    ...(Object.keys(outcomes) as Event[]).filter((event) => event !== 'refused'),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(events, { maxLength: 25 }),
      fc.integer({ min: 1, max: 12 }),
      async (script, threads) => {
        const accepted = await runThrough([...script], threads, join(folder, `${run++}.db`));
        const seen = new Set<string>();
        for (const delivery of accepted) {
          for (const { kind, threadId } of delivery.digest ?? [delivery.notice]) {
            const name = `${kind} ${threadId}`;
            if (seen.has(name)) expect(delivery.possibleDuplicate, name).toBe(true);
            if (kind === 'resolved') expect(seen, `${name} before its firing`).toContain(`fired ${threadId}`);
            seen.add(name);
          }
        }
        expect(seen.size).toBe(threads * 2);
      },
    ),
    { numRuns: 10 },
  );
});
