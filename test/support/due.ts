/** All that may go to a receiver now, for tests of the outbox: the most urgent first, then rule by rule, each from its oldest on. */
import type { Outbox, OutboxMessage } from '../../src/notify/outbox/outbox.ts';
import type { Receiver } from '../../src/event/receiver.ts';
import { BY_URGENCY } from '../../src/notify/outbox/urgency.ts';

const ENOUGH = 100;

export function allDue(outbox: Outbox, receiver: Receiver, steadyMs: number): readonly OutboxMessage[] {
  return BY_URGENCY.flatMap((severity) => outbox.crowds(receiver, severity, steadyMs, ENOUGH)).flatMap(
    (crowd) => outbox.due(receiver, crowd, ENOUGH),
  );
}
