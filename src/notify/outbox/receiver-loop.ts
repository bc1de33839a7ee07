/**
 * Delivers messages to one receiver: the most urgent first (turns.ts), within the receiver's rate budget, behind its circuit breaker. Each
 * turn takes the messages that may go now, sends them, and records how that ended. With nothing to do, the loop sleeps until the next
 * message is due or until `wake` is called. Only `stop` ends it. If something cannot be written (a full disk), it is written later and the
 * loop goes on.
 */
import { createHash } from 'node:crypto';
import { keepGoing, tellDefect } from '../../event/supervisor.ts';
import { createAlarm, type Alarm } from './alarm.ts';
import { BREAK_AFTER_FAILURES, BREAK_MS, createBreaker } from './breaker.ts';
import type { Delivery, Outcome } from '../channel.ts';
import { createFlights, type Flights } from './flights.ts';
import { withoutSteps } from '../notice.ts';
import { isOfOutbox, persistently, stuckFor, textOf, type LoopContext } from './loop-context.ts';
import { inBounds } from './outcome-bounds.ts';
import type { OutboxMessage } from './outbox.ts';
import { receiverName, type Receiver } from '../../event/receiver.ts';
import { orLate } from '../../event/waiting.ts';
import { createRateBudget, type Spent } from './rate-budget.ts';
import { record } from './record.ts';
import { createTurns } from './turns.ts';

export interface ReceiverLoop {
  wake(): void;
  /** Resolves once the loop has stopped; never rejects. */
  readonly ended: Promise<void>;
}

/** Time to wait beyond the limit of the channel itself. */
const SEND_GRACE_MS = 5_000;
const USUAL_SEND_MS = 15_000;

export function startReceiverLoop(receiver: Receiver, context: LoopContext): ReceiverLoop {
  const alarm = createAlarm(context.stop, context.clock);
  const flights = createFlights(
    context.channel?.atOnce ?? 1,
    () => context.clock.steadyMs(),
    () => alarm.ring(),
  );
  return { wake: () => alarm.ring(), ended: runForGood(receiver, context, alarm, flights) };
}

/** Runs the loop and starts it again whenever it ends by an error. */
function runForGood(receiver: Receiver, context: LoopContext, alarm: Alarm, flights: Flights): Promise<void> {
  const post = createPost(receiver, context);
  return keepGoing('delivery', () => runThroughHindrances(receiver, context, alarm, flights, post), context);
}

async function runThroughHindrances(
  receiver: Receiver,
  context: LoopContext,
  alarm: Alarm,
  flights: Flights,
  post: Post,
): Promise<void> {
  while (!context.stop.aborted) {
    try {
      await runLoop(receiver, context, alarm, flights, post);
      return;
    } catch (error) {
      if (!isOfOutbox(error)) throw error;
      await stuckFor(error, context);
    }
  }
}

async function runLoop(
  receiver: Receiver,
  context: LoopContext,
  alarm: Alarm,
  flights: Flights,
  post: Post,
): Promise<void> {
  const { outbox, clock } = context;
  const perMinute = context.channel?.ratePerMinute(receiver.target) ?? 60;
  const budget = createRateBudget(perMinute, spentBefore(receiver, context));
  const turn = createTurns(receiver, outbox, perMinute);
  while (!context.stop.aborted) {
    const nowMs = clock.steadyMs();
    const { hasPlace } = flights;
    const untilMs = post.heldUntilMs(flights.count());
    const next =
      untilMs > nowMs ? { send: [] } : turn({ nowMs, budget, hasPlace, isSlow: flights.isSlow(nowMs) });
    const first = next.send[0];
    if (first !== undefined) {
      const ids = next.send.map((message) => message.id);
      outbox.attempt(ids, clock.nowMs());
      budget.spend(clock.steadyMs(), first.notice.rule.severity);
      flights.start(nowMs, post.send(next.send));
      context.stuck(undefined);
    } else if (context.draining() && flights.count() === 0) {
      return;
    } else {
      // The end of any message under way wakes the loop.
      const dueMs = hasPlace('critical') ? (outbox.nextDueMs(receiver, nowMs) ?? Infinity) : Infinity;
      context.stuck(undefined);
      await alarm.sleep(Math.max(untilMs, next.waitUntilMs ?? dueMs) - nowMs);
    }
  }
}

/** Returns the attempts of the last minute by the steady clock. Attempts of a process whose clock was ahead count as made now. */
function spentBefore(receiver: Receiver, { outbox, clock }: LoopContext): readonly Spent[] {
  const nowMs = clock.nowMs();
  const steadyMs = clock.steadyMs();
  return outbox
    .attemptsSince(receiver, nowMs - 60_000)
    .map(({ atMs, severity }) => ({ atMs: steadyMs - Math.max(0, nowMs - atMs), severity }));
}

interface Post {
  /** Returns the steady time before which the receiver must get nothing. `underWay`: messages under way to it. */
  heldUntilMs(underWay: number): number;
  /** Sends one message (or a digest) whose attempt is recorded, and records how it ended. Returns true if it arrived; never rejects. */
  send(messages: readonly OutboxMessage[]): Promise<boolean>;
}

function createPost(receiver: Receiver, context: LoopContext): Post {
  const { outbox, clock, telemetry } = context;
  const name = receiverName(receiver);
  const breaker = createBreaker(() => clock.steadyMs());
  let pausedUntilMs = -Infinity;
  const weigh = (outcome: Outcome): void => {
    const change = breaker.ended(outcome.kind === 'retry' && !isThrottled(outcome));
    if (change === undefined) return;
    telemetry.gauge('breaker_open', { receiver: name }, change === 'opened' ? 1 : 0);
    if (change === 'opened')
      telemetry.log.warn(
        { 'event.action': 'deliver', 'tocsin.receiver': name },
        `${BREAK_AFTER_FAILURES} deliveries in a row failed; trying one every ${BREAK_MS / 1000} s until it works again.`,
      );
  };

  return {
    heldUntilMs(underWay) {
      const isTrying = breaker.untilMs() > -Infinity && underWay > 0;
      return isTrying ? Infinity : Math.max(breaker.untilMs(), pausedUntilMs);
    },
    async send(messages) {
      try {
        const outcome = inBounds(await sendOnce(context, deliveryOf(messages), receiver));
        weigh(outcome);
        await record(messages, outcome, receiver, context);
        if (isThrottled(outcome)) {
          pausedUntilMs = clock.steadyMs() + outcome.afterMs;
          context.paused(pausedUntilMs, outcome.because);
        }
        return outcome.kind === 'sent';
      } catch (error) {
        if (!isOfOutbox(error)) tellDefect(telemetry, 'delivery', error);
        // After any error, the messages must not stay under way for ever.
        const again = { dueAtMs: clock.steadyMs() + BREAK_MS, unsent: false, because: textOf(error) };
        const ids = messages.map((message) => message.id);
        await persistently(() => outbox.retry(ids, again), context);
        return false;
      }
    },
  };
}

async function sendOnce(
  { channel, telemetry, clock }: LoopContext,
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
  const withinMs = (channel.sendMaxMs ?? USUAL_SEND_MS) + SEND_GRACE_MS;
  const late = (): Outcome => ({
    kind: 'retry',
    unsent: false,
    because: `no answer within ${withinMs / 1000} s`,
  });
  try {
    return await orLate(channel.send(delivery), withinMs, late, clock);
  } catch (error) {
    tellDefect(telemetry, 'delivery', error);
    return { kind: 'retry', unsent: false, because: `the channel broke: ${textOf(error)}` };
  }
}

function deliveryOf(messages: readonly OutboxMessage[]): Delivery {
  const first = messages[0]!;
  const digest = messages.length > 1 ? messages.map(({ notice }) => withoutSteps(notice)) : undefined;
  return {
    notice: digest?.[0] ?? first.notice,
    ...(digest && { digest }),
    target: first.receiver.target,
    ...(first.thread && messages.length === 1 && { thread: first.thread }),
    possibleDuplicate: messages.some((message) => message.possibleDuplicate),
    deliveryId: idOf(messages),
  };
}

/**
 * Returns the delivery id, the same for every attempt. A digest has an id of its own: its first message may have arrived before, and is not
 * the same.
 */
function idOf(messages: readonly OutboxMessage[]): string {
  const keys = messages.map(({ key }) => key);
  if (keys.length === 1) return keys[0]!;
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex').slice(0, 32);
}

function isThrottled(outcome: Outcome): outcome is Outcome & { kind: 'retry'; afterMs: number } {
  return outcome.kind === 'retry' && outcome.afterMs !== undefined;
}
