/**
 * Delivery to one receiver, a message at a time: criticals first, within the receiver's rate budget, behind its circuit
 * breaker. Each turn takes what may go now, sends it, and writes down how it ended; with nothing to do it sleeps until the next
 * message is due or `wake` is called. What waits beyond the budget in numbers goes out as one digest that lists it all.
 * Nothing but `stop` ends it: what cannot be written (a full disk) is written later, and it goes on.
 */
import { oneLine } from '../event/answer.ts';
import { keepGoing, tellDefect } from '../event/supervisor.ts';
import { createAlarm, type Alarm } from './alarm.ts';
import { breakAfterFailures, breakMs, createBreaker } from './breaker.ts';
import type { Delivery, Outcome } from './channel.ts';
import { isOfOutbox, nameOf, stuckFor, textOf, type LoopContext } from './loop-context.ts';
import type { OutboxMessage, Receiver } from './outbox.ts';
import { createRateBudget, type RateBudget } from './rate-budget.ts';
import { record } from './record.ts';

export interface ReceiverLoop {
  wake(): void;
  /** Resolves once the loop has stopped; never rejects. */
  readonly ended: Promise<void>;
}

/** More than this many waiting for a slot go out as one digest; a critical is worth a message of its own for longer. */
const digestAbove = 10;
/** Most messages a digest lists, so that it fits every channel. */
const digestMost = 50;
/** The last slots before the budget is spent are kept for digests. */
const digestSlots = 2;
const dueMost = digestMost + 1;
const sendTimeoutMs = 20_000;
/** Of a text that is stored. */
const textMost = 500;
const pauseMostMs = 900_000;

export function startReceiverLoop(receiver: Receiver, context: LoopContext): ReceiverLoop {
  const alarm = createAlarm(context.stop);
  return { wake: () => alarm.ring(), ended: runForGood(receiver, context, alarm) };
}

/** Whatever ends the loop begins it anew. */
function runForGood(receiver: Receiver, context: LoopContext, alarm: Alarm): Promise<void> {
  return keepGoing('delivery', () => runThroughHindrances(receiver, context, alarm), context);
}

async function runThroughHindrances(receiver: Receiver, context: LoopContext, alarm: Alarm): Promise<void> {
  while (!context.stop.aborted) {
    try {
      await runLoop(receiver, context, alarm);
      return;
    } catch (error) {
      if (!isOfOutbox(error)) throw error;
      await stuckFor(error, context);
    }
  }
}

async function runLoop(receiver: Receiver, context: LoopContext, alarm: Alarm): Promise<void> {
  const { outbox, clock } = context;
  const post = createPost(receiver, context);
  const perMinute = context.channel?.ratePerMinute(receiver.target) ?? 60;
  const budget = createRateBudget(perMinute, spentBefore(receiver, context));
  let pausedUntilMs = 0;
  while (!context.stop.aborted) {
    const nowMs = clock.steadyMs();
    const due = pausedUntilMs > nowMs ? [] : outbox.due(receiver, nowMs, dueMost);
    const next = choose(due, budget, nowMs, perMinute);
    if (next.send.length > 0) {
      pausedUntilMs = await post(next.send, budget);
      context.stuck(undefined);
    } else if (context.draining()) {
      return;
    } else {
      const wakeAtMs = Math.max(pausedUntilMs, next.waitUntilMs ?? outbox.nextDueMs(receiver) ?? Infinity);
      context.stuck(undefined);
      await alarm.sleep(wakeAtMs - nowMs);
    }
  }
}

/** When the attempts of the last minute were made, by the steady clock; those of a process whose clock was ahead: just now. */
function spentBefore(receiver: Receiver, { outbox, clock }: LoopContext): readonly number[] {
  const nowMs = clock.nowMs();
  const steadyMs = clock.steadyMs();
  return outbox
    .attemptTimesSince(receiver, nowMs - 60_000)
    .map((atMs) => steadyMs - Math.max(0, nowMs - atMs));
}

/** What goes out now: one message, or several as a digest, or nothing until a slot of the budget comes free. */
function choose(
  due: readonly OutboxMessage[],
  budget: RateBudget,
  nowMs: number,
  perMinute: number,
): { readonly send: readonly OutboxMessage[]; readonly waitUntilMs?: number } {
  const first = due[0];
  if (!first) return { send: [] };
  const critical = isCritical(first);
  const left = budget.left(nowMs, critical);
  if (left === 0) return { send: [], waitUntilMs: budget.nextMs(nowMs, critical) };
  const alike = due.filter((message) => isCritical(message) === critical);
  const crowd = critical ? Math.min(perMinute, digestMost) : digestAbove;
  if (left <= digestSlots && alike.length > crowd) return { send: alike.slice(0, digestMost) };
  return { send: [first] };
}

type Post = (messages: readonly OutboxMessage[], budget: RateBudget) => Promise<number>;

/** Sends one message (or digest), records the outcome, and gives the steady time until which the receiver must be left alone. */
function createPost(receiver: Receiver, context: LoopContext): Post {
  const { outbox, clock, telemetry } = context;
  const name = nameOf(receiver);
  const breaker = createBreaker(() => clock.steadyMs());
  const weigh = (outcome: Outcome): void => {
    const change = breaker.ended(outcome.kind === 'retry' && !isThrottled(outcome));
    if (change === undefined) return;
    telemetry.gauge('breaker_open', { receiver: name }, change === 'opened' ? 1 : 0);
    if (change === 'opened')
      telemetry.log.warn(
        { 'event.action': 'deliver', 'tocsin.receiver': name },
        `${breakAfterFailures} deliveries in a row failed; trying one every ${breakMs / 1000} s until it works again.`,
      );
  };

  return async (messages, budget) => {
    if (breaker.untilMs() > clock.steadyMs()) return breaker.untilMs();
    const ids = messages.map((message) => message.id);
    outbox.attempt(ids, clock.nowMs());
    budget.spend(clock.steadyMs());
    const outcome = inBounds(await sendOnce(context, deliveryOf(messages), receiver));
    weigh(outcome);
    await record(messages, outcome, receiver, context);
    if (!isThrottled(outcome)) return 0;
    const untilMs = clock.steadyMs() + outcome.afterMs;
    context.paused(untilMs, outcome.because);
    return untilMs;
  };
}

async function sendOnce(
  { channel, telemetry }: LoopContext,
  delivery: Delivery,
  receiver: Receiver,
): Promise<Outcome> {
  if (!channel) {
    return {
      kind: 'failed',
      because: `the configuration has no channel ${receiver.channel}`,
      fix: `Add channels.${receiver.channel} to tocsin.yaml again.`,
    };
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(
      () => resolve({ kind: 'retry', unsent: false, because: `no answer within ${sendTimeoutMs / 1000} s` }),
      sendTimeoutMs,
    );
  });
  try {
    return await Promise.race([channel.send(delivery), late]);
  } catch (error) {
    tellDefect(telemetry, 'delivery', error);
    return { kind: 'retry', unsent: false, because: `the channel broke: ${textOf(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

/** What others said is kept and shown: one line each, and no pause that nobody could wait for. */
function inBounds(outcome: Outcome): Outcome {
  const line = (text: string): string => oneLine(text, textMost);
  switch (outcome.kind) {
    case 'sent':
      return outcome.note === undefined ? outcome : { ...outcome, note: line(outcome.note) };
    case 'retry': {
      const { afterMs, because } = outcome;
      const bounded = { ...outcome, because: line(because) };
      if (afterMs === undefined) return bounded;
      return { ...bounded, afterMs: Math.min(Math.max(0, afterMs), pauseMostMs) };
    }
    case 'failed':
      return { ...outcome, because: line(outcome.because), fix: line(outcome.fix) };
  }
}

function deliveryOf(messages: readonly OutboxMessage[]): Delivery {
  const first = messages[0]!;
  return {
    notice: first.notice,
    ...(messages.length > 1 ? { digest: messages.map((message) => message.notice) } : {}),
    target: first.receiver.target,
    ...(first.thread && messages.length === 1 ? { thread: first.thread } : {}),
    possibleDuplicate: messages.some((message) => message.possibleDuplicate),
    deliveryId: first.key,
  };
}

function isThrottled(outcome: Outcome): outcome is Outcome & { kind: 'retry'; afterMs: number } {
  return outcome.kind === 'retry' && outcome.afterMs !== undefined;
}

function isCritical(message: OutboxMessage): boolean {
  return message.notice.rule.severity === 'critical';
}
