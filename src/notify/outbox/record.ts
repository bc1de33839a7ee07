/** Records how an attempt ended: delivered, to be tried again at a time, or given up. */
import type { Outcome } from '../channel.ts';
import { persistently, type LoopContext } from './loop-context.ts';
import type { OutboxMessage } from './outbox.ts';
import { receiverName, type Receiver } from '../../event/receiver.ts';

const FIRST_RETRY_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const REFUSED_RETRY_MS = 60_000;

export async function record(
  messages: readonly OutboxMessage[],
  outcome: Outcome,
  receiver: Receiver,
  context: LoopContext,
): Promise<void> {
  const { outbox, telemetry, clock } = context;
  const ids = messages.map((message) => message.id);
  const labels = { receiver: receiverName(receiver) };
  const about = {
    'event.action': 'deliver',
    'tocsin.receiver': labels.receiver,
    'tocsin.alerts': messages.map((message) => message.notice.threadId),
  };
  switch (outcome.kind) {
    case 'sent': {
      const { thread } = outcome;
      const begun = thread && { ids: startsThread(messages), thread };
      await persistently(() => outbox.sent(ids, clock.nowMs(), begun), context);
      telemetry.count('deliveries', { ...labels, result: 'sent' }, ids.length);
      telemetry.log.info({ ...about, 'tocsin.note': outcome.note }, 'Delivered.');
      return;
    }
    case 'retry': {
      const attempts = Math.max(...messages.map((message) => message.attempts)) + 1;
      const waitMs = Math.max(outcome.afterMs ?? 0, backoffMs(attempts, context.random()));
      const { unsent, because } = outcome;
      const dueAtMs = clock.steadyMs() + waitMs;
      await persistently(() => outbox.retry(ids, { dueAtMs, unsent, because }), context);
      telemetry.count('deliveries', { ...labels, result: 'retried' }, ids.length);
      telemetry.log.warn(
        { ...about, 'error.message': outcome.because, 'tocsin.retry_in_ms': Math.round(waitMs) },
        'Not delivered; will be tried again.',
      );
      return;
    }
    case 'failed':
      for (const message of messages)
        await persistently(() => refuse(message, outcome, about, context), context);
  }
}

/**
 * Returns the messages whose conversation begins with this delivery. A digest must not replace the conversation that an alert has already.
 */
function startsThread(messages: readonly OutboxMessage[]): readonly number[] {
  const some = messages.length > 1 ? messages.filter((message) => !message.thread) : messages;
  return some.map((message) => message.id);
}

/**
 * Handles a message that was refused for good. It is tried again for a while, since somebody may mend the cause. Then it is given up with
 * an error in the log.
 */
function refuse(
  message: OutboxMessage,
  outcome: Outcome & { kind: 'failed' },
  about: { readonly 'tocsin.receiver': string },
  context: LoopContext,
): void {
  const { outbox, telemetry, clock } = context;
  const nowMs = clock.steadyMs();
  const sinceMs = message.refusedSinceMs ?? nowMs;
  const fields = { ...about, 'error.message': outcome.because, 'tocsin.fix': outcome.fix };
  const receiver = about['tocsin.receiver'];
  if (nowMs - sinceMs < context.giveUpAfterMs) {
    const dueAtMs = Math.min(nowMs + REFUSED_RETRY_MS, sinceMs + context.giveUpAfterMs);
    outbox.retry([message.id], { dueAtMs, unsent: true, refusedSinceMs: sinceMs, because: outcome.because });
    telemetry.count('deliveries', { receiver, result: 'retried' });
    telemetry.log.error(
      fields,
      `Refused: ${outcome.because}. ${outcome.fix} It is tried again now and then.`,
    );
    return;
  }
  const gone = outbox.giveUp([message.id], clock.nowMs(), outcome.because);
  telemetry.count('deliveries', { receiver, result: 'failed' });
  if (gone.length > 1) {
    telemetry.count('deliveries', { receiver, result: 'suppressed' }, gone.length - 1);
  }
  telemetry.log.error(
    { ...fields, 'tocsin.alert_id': message.notice.threadId, 'tocsin.rule': message.notice.rule.name },
    `ALERT NOT DELIVERED, given up: ${outcome.because}. ${outcome.fix} See it with: tocsin show ${message.notice.threadId}`,
  );
}

/** Exponential backoff with equal jitter: half fixed, half random. */
function backoffMs(attempts: number, random: number): number {
  const fullMs = Math.min(RETRY_MAX_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 20));
  return Math.round(fullMs / 2 + (fullMs / 2) * random);
}
