/**
 * Delivery to one receiver, a message at a time: criticals first, within the receiver's rate budget, behind its circuit
 * breaker. Each turn takes what may go now, sends it, and writes down how it ended; with nothing to do it sleeps until the next
 * message is due or `wake` is called. What waits beyond the budget in numbers goes out as one digest that lists it all.
 */
import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhenResult } from 'cockatiel';
import type { Telemetry } from '../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from './channel.ts';
import type { Outbox, OutboxMessage, Receiver } from './outbox.ts';
import { createRateBudget, type RateBudget } from './rate-budget.ts';

export interface LoopContext {
  readonly outbox: Outbox;
  /** Undefined where the configuration no longer has this channel. */
  readonly channel: Channel | undefined;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  readonly random: () => number;
  readonly giveUpAfterMs: number;
  /** Stop as soon as nothing can go at once. */
  readonly draining: () => boolean;
  /** Stop after the message in flight. */
  readonly stop: AbortSignal;
}

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
const firstRetryMs = 1_000;
const mostRetryMs = 60_000;
const refusedRetryMs = 60_000;
const sendTimeoutMs = 20_000;
const leastSleepMs = 10;
const breakAfterFailures = 5;
const breakMs = 10_000;

export function startReceiverLoop(receiver: Receiver, context: LoopContext): ReceiverLoop {
  const alarm = createAlarm(context.stop);
  const ended = runLoop(receiver, context, alarm).catch((error: unknown) => {
    if (context.stop.aborted) return;
    // Only the state file can fail here; the messages stay pending and the next start takes them up.
    context.telemetry.log.error(
      { 'event.action': 'deliver', 'tocsin.receiver': nameOf(receiver), 'error.message': textOf(error) },
      'Delivery to this receiver has stopped: its outbox cannot be written. Check the disk of data_dir, then restart.',
    );
  });
  return { wake: () => alarm.ring(), ended };
}

async function runLoop(receiver: Receiver, context: LoopContext, alarm: Alarm): Promise<void> {
  const { outbox, clock } = context;
  const post = createPost(receiver, context);
  const perMinute = context.channel?.ratePerMinute(receiver.target) ?? 60;
  const budget = createRateBudget(perMinute, outbox.attemptTimesSince(receiver, clock() - 60_000));
  let pausedUntilMs = 0;
  while (!context.stop.aborted) {
    const nowMs = clock();
    const due = pausedUntilMs > nowMs ? [] : outbox.due(receiver, nowMs, dueMost);
    const next = choose(due, budget, nowMs, perMinute);
    if (next.send.length > 0) {
      pausedUntilMs = await post(next.send, budget);
    } else if (context.draining()) {
      return;
    } else {
      const wakeAtMs = Math.max(pausedUntilMs, next.waitUntilMs ?? outbox.nextDueMs(receiver) ?? Infinity);
      await alarm.sleep(wakeAtMs - nowMs);
    }
  }
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

/** Sends one message (or digest), records the outcome, and gives the time until which the receiver must be left alone. */
function createPost(receiver: Receiver, context: LoopContext): Post {
  const { outbox, clock, telemetry } = context;
  const name = nameOf(receiver);
  const breaker = circuitBreaker(
    handleWhenResult((result) => (result as Outcome).kind === 'retry' && !isThrottled(result as Outcome)),
    { halfOpenAfter: breakMs, breaker: new ConsecutiveBreaker(breakAfterFailures) },
  );
  breaker.onBreak(() => {
    telemetry.gauge('breaker_open', { receiver: name }, 1);
    telemetry.log.warn(
      { 'event.action': 'deliver', 'tocsin.receiver': name },
      `${breakAfterFailures} deliveries in a row failed; trying one every ${breakMs / 1000} s until it works again.`,
    );
  });
  breaker.onReset(() => telemetry.gauge('breaker_open', { receiver: name }, 0));

  return async (messages, budget) => {
    const ids = messages.map((message) => message.id);
    let outcome: Outcome;
    try {
      outcome = await breaker.execute(() => {
        outbox.attempt(ids, clock());
        budget.spend(clock());
        return sendOnce(context.channel, deliveryOf(messages), receiver);
      });
    } catch (error) {
      if (error instanceof BrokenCircuitError) return clock() + breakMs / 4;
      throw error;
    }
    record(messages, outcome, receiver, context);
    return isThrottled(outcome) ? clock() + (outcome.afterMs ?? 0) : 0;
  };
}

async function sendOnce(
  channel: Channel | undefined,
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
    return { kind: 'retry', unsent: false, because: `the channel broke: ${textOf(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

function record(
  messages: readonly OutboxMessage[],
  outcome: Outcome,
  receiver: Receiver,
  context: LoopContext,
): void {
  const { outbox, telemetry, clock } = context;
  const ids = messages.map((message) => message.id);
  const labels = { receiver: nameOf(receiver) };
  const about = {
    'event.action': 'deliver',
    'tocsin.receiver': labels.receiver,
    'tocsin.alerts': messages.map((message) => message.notice.threadId),
  };
  switch (outcome.kind) {
    case 'sent': {
      const { thread } = outcome;
      outbox.sent(ids, clock(), thread && { ids: startsThread(messages), thread });
      telemetry.count('deliveries', { ...labels, result: 'sent' }, ids.length);
      telemetry.log.info({ ...about, 'tocsin.note': outcome.note }, 'Delivered.');
      return;
    }
    case 'retry': {
      const attempts = Math.max(...messages.map((message) => message.attempts)) + 1;
      const waitMs = Math.max(outcome.afterMs ?? 0, backoffMs(attempts, context.random()));
      outbox.retry(ids, { dueAtMs: clock() + waitMs, unsent: outcome.unsent, because: outcome.because });
      telemetry.count('deliveries', { ...labels, result: 'retried' }, ids.length);
      telemetry.log.warn(
        { ...about, 'error.message': outcome.because, 'tocsin.retry_in_ms': Math.round(waitMs) },
        'Not delivered; will be tried again.',
      );
      return;
    }
    case 'failed':
      for (const message of messages) refuse(message, outcome, about, context);
  }
}

/** A digest must not take a conversation that exists already away from its alert. */
function startsThread(messages: readonly OutboxMessage[]): readonly number[] {
  const some = messages.length > 1 ? messages.filter((message) => !message.thread) : messages;
  return some.map((message) => message.id);
}

/** Refused for good: tried again for a while, since the cause may be mended, then given up as loudly as can be. */
function refuse(
  message: OutboxMessage,
  outcome: Outcome & { kind: 'failed' },
  about: { readonly 'tocsin.receiver': string },
  context: LoopContext,
): void {
  const { outbox, telemetry, clock } = context;
  const nowMs = clock();
  const sinceMs = message.refusedSinceMs ?? nowMs;
  const fields = { ...about, 'error.message': outcome.because, 'tocsin.fix': outcome.fix };
  const receiver = about['tocsin.receiver'];
  if (nowMs - sinceMs < context.giveUpAfterMs) {
    const dueAtMs = Math.min(nowMs + refusedRetryMs, sinceMs + context.giveUpAfterMs);
    outbox.retry([message.id], { dueAtMs, unsent: true, refusedSinceMs: sinceMs, because: outcome.because });
    telemetry.count('deliveries', { receiver, result: 'retried' });
    telemetry.log.error(fields, `Refused: ${outcome.because}. ${outcome.fix} Tried again until then.`);
    return;
  }
  const gone = outbox.giveUp([message.id], nowMs, outcome.because);
  telemetry.count('deliveries', { receiver, result: 'failed' });
  if (gone.length > 1) {
    telemetry.count('deliveries', { receiver, result: 'suppressed' }, gone.length - 1);
  }
  telemetry.log.error(
    { ...fields, 'tocsin.alert_id': message.notice.threadId, 'tocsin.rule': message.notice.rule.name },
    `ALERT NOT DELIVERED, given up: ${outcome.because}. ${outcome.fix} See it with: tocsin show ${message.notice.threadId}`,
  );
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

/** Exponential, with equal jitter: half fixed, half random. */
function backoffMs(attempts: number, random: number): number {
  const fullMs = Math.min(mostRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 20));
  return Math.round(fullMs / 2 + (fullMs / 2) * random);
}

interface Alarm {
  ring(): void;
  /** Until `ring`, the stop signal, or the time is over. A ring while nobody slept ends the next sleep at once. */
  sleep(ms: number): Promise<void>;
}

function createAlarm(stop: AbortSignal): Alarm {
  let rung = false;
  let awaken: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    awaken?.();
  };
  stop.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async sleep(ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          // Never longer than a minute, so that a clock that was set back cannot stall delivery; never shorter than this, so that
          // no mistake about what is due can make the loop spin.
          const timer = setTimeout(resolve, Math.min(Math.max(ms, leastSleepMs), 60_000));
          awaken = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      awaken = undefined;
      rung = false;
    },
  };
}

function isThrottled(outcome: Outcome): outcome is Outcome & { kind: 'retry' } {
  return outcome.kind === 'retry' && outcome.afterMs !== undefined;
}

function isCritical(message: OutboxMessage): boolean {
  return message.notice.rule.severity === 'critical';
}

function nameOf(receiver: Receiver): string {
  return `${receiver.channel}:${receiver.target}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
