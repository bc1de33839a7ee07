/** Who may go now, by the table beside the outbox: the same as a plain look through all that waits would say, at the cost of a look at a few. */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allDue } from '../../../test/support/due.ts';
import { notice } from '../../../test/support/notices.ts';
import { outboxIn, type FilledOutbox } from '../../../test/support/state-writes.ts';
import type { Receiver } from '../../event/receiver.ts';
import type { OutboxRow } from '../outbox-row.ts';
import { BY_URGENCY } from './urgency.ts';

const slack = { channel: 'slack', target: '#a' };
const terminal = { channel: 'terminal', target: '' };
const [CRITICAL, HIGH] = BY_URGENCY as [(typeof BY_URGENCY)[number], (typeof BY_URGENCY)[number]];

function row(key: string, thread: string, rule: string, receiver: Receiver = slack): OutboxRow {
  const severity = rule.endsWith('1') ? CRITICAL : HIGH;
  const view = { ...notice().rule, name: rule, severity };
  const kind = key.includes('resolved') ? 'resolved' : 'fired';
  return { key, receiver, notice: notice({ threadId: thread, kind, rule: view }) };
}

const open = (database = new DatabaseSync(':memory:')): FilledOutbox => outboxIn(database, () => 1_000);

/** A message as the test follows it. */
interface Waiting {
  readonly id: number;
  readonly thread: string;
  readonly receiver: Receiver;
  readonly isFiring: boolean;
  dueAtMs: number;
  isUnderWay: boolean;
}

type Step =
  | { readonly kind: 'add'; readonly thread: number; readonly rule: number; readonly at: number }
  | { readonly kind: 'attempt' | 'sent' | 'giveUp' | 'undone'; readonly which: number }
  | { readonly kind: 'retry'; readonly which: number; readonly inMs: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'restart' };

const which = fc.nat(50);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      thread: fc.nat(8),
      rule: fc.nat(3),
      at: fc.nat(1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('attempt', 'sent', 'giveUp', 'undone'), which }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('retry' as const),
      which,
      inMs: fc.integer({ min: 1, max: 90 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(60) }) },
  fc.constant<Step>({ kind: 'restart' }),
);

const sameReceiver = (a: Receiver, b: Receiver): boolean => a.channel === b.channel && a.target === b.target;

describe('what may go now', () => {
  test('is the head of each thread that is due and not under way, after any history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const database = new DatabaseSync(':memory:');
        let outbox = open(database);
        let waiting: Waiting[] = [];
        let nowMs = 0;
        let added = 0;
        const isHead = (one: Waiting): boolean =>
          !waiting.some(
            (each) =>
              each.id < one.id && each.thread === one.thread && sameReceiver(each.receiver, one.receiver),
          );
        const mayGo = (): Waiting[] =>
          waiting.filter((one) => isHead(one) && !one.isUnderWay && one.dueAtMs <= nowMs);
        const pick = (from: readonly Waiting[], index: number): Waiting | undefined =>
          from[index % from.length];
        const take = (one: Waiting | undefined): void => {
          if (one === undefined) return;
          outbox.attempt([one.id], 1_000);
          one.isUnderWay = true;
        };
        const end = (one: Waiting | undefined, how: 'sent' | 'giveUp'): void => {
          if (one === undefined) return;
          if (how === 'sent') outbox.sent([one.id], 1_000);
          const gone = how === 'sent' ? [one.id] : outbox.giveUp([one.id], 1_000, 'no');
          waiting = waiting.filter(({ id }) => !gone.includes(id));
        };
        const flying = (): Waiting[] => waiting.filter(({ isUnderWay }) => isUnderWay);
        const act = (now: Step): void => {
          switch (now.kind) {
            case 'add': {
              const receiver = now.at === 0 ? slack : terminal;
              const key = `${added % 3 === 0 ? 'fired' : 'resolved'}-${added}`;
              added++;
              outbox.put([row(key, `t${now.thread}`, `rule${now.rule}`, receiver)]);
              const isFiring = key.startsWith('fired');
              waiting.push({
                id: added,
                thread: `t${now.thread}`,
                receiver,
                isFiring,
                dueAtMs: 0,
                isUnderWay: false,
              });
              return;
            }
            case 'attempt':
              take(pick(mayGo(), now.which));
              return;
            case 'undone': {
              // A transaction that is rolled back, as on a full disk.
              const one = pick(mayGo(), now.which);
              if (one === undefined) return;
              outbox.undone(
                () => outbox.attempt([one.id], 1_000),
                () => outbox.put([row(`undone-${one.id}`, one.thread, 'rule0', one.receiver)]),
              );
              return;
            }
            case 'sent':
            case 'giveUp':
              end(pick(flying(), now.which), now.kind);
              return;
            case 'retry': {
              const one = pick(flying(), now.which);
              if (one === undefined) return;
              one.dueAtMs = nowMs + now.inMs;
              one.isUnderWay = false;
              outbox.retry([one.id], { dueAtMs: one.dueAtMs, unsent: true, because: 'busy' });
              return;
            }
            case 'pass':
              nowMs += now.ms;
              return;
            case 'restart':
              outbox = open(database);
              nowMs = 0;
              for (const one of waiting) Object.assign(one, { dueAtMs: 0, isUnderWay: false });
          }
        };
        for (const now of steps) {
          act(now);
          for (const receiver of [slack, terminal]) {
            const mine = waiting.filter((one) => sameReceiver(one.receiver, receiver));
            const ids = allDue(outbox, receiver, nowMs).map(({ id }) => id);
            expect(ids.sort((a, b) => a - b)).toEqual(
              mayGo()
                .filter((one) => mine.includes(one))
                .map(({ id }) => id),
            );
            const later = mine.map(({ dueAtMs }) => dueAtMs).filter((atMs) => atMs > nowMs);
            expect(outbox.nextDueMs(receiver, nowMs)).toBe(
              later.length === 0 ? undefined : Math.min(...later),
            );
          }
          const receivers = [slack, terminal].filter((one) =>
            waiting.some(({ receiver }) => sameReceiver(one, receiver)),
          );
          expect(outbox.waiting()).toEqual(receivers);
        }
      }),
      { numRuns: 150 },
    );
  });

  /** Of a hundred turns at a receiver where so many threads rest, each with a message behind it. */
  function turnsMs(threads: number): number {
    const outbox = open();
    const names = Array.from({ length: threads }, (_, i) => `t${i}`);
    outbox.put(names.flatMap((t) => [row(`fired-${t}`, t, 'flood'), row(`resolved-${t}`, t, 'flood')]));
    const heads = names.map((_, i) => 2 * i + 1);
    outbox.attempt(heads, 1_000);
    outbox.retry(heads, { dueAtMs: 60_000, unsent: true, because: 'busy' });
    outbox.put([row('fired-other', 'other', 'other')]);
    const begunMs = performance.now();
    for (let i = 0; i < 100; i++) {
      expect(outbox.crowds(slack, HIGH, 1_000, 11)).toMatchObject([{ rule: 'other', due: 1 }]);
      expect(outbox.nextDueMs(slack, 1_000)).toBe(60_000);
      expect(outbox.waiting()).toEqual([slack]);
    }
    const tookMs = performance.now() - begunMs;
    // What falls due together is woken little by little, and all of it.
    for (let i = 0; i * 50 < threads; i++) outbox.crowds(slack, HIGH, 60_000, 11);
    const woken = outbox.due(slack, { severity: HIGH, rule: 'flood' }, 2 * threads);
    expect(woken.map(({ id }) => id)).toEqual(heads);
    return tookMs;
  }

  test('is found as soon where thousands rest, or wait behind others, as where they do not', () => {
    turnsMs(10);
    const few = turnsMs(10);
    // A look through all that waits took a hundred times as long.

    expect(turnsMs(10_000)).toBeLessThan(20 * few + 100);
  }, 120_000);
});
