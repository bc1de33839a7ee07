/**
 * Decides what a receiver gets next. The most urgent severity goes first. Rules of one severity take turns, so that a rule with thousands
 * of groups holds up no other. Within a rule the oldest message goes first. If many messages wait beyond the rate budget, they go out as
 * one digest that lists them all.
 */
import type { Severity } from '../../event/alert.ts';
import type { Crowd, Outbox, OutboxMessage } from './outbox.ts';
import type { Receiver } from '../../event/receiver.ts';
import type { RateBudget } from './rate-budget.ts';
import { BY_URGENCY } from './urgency.ts';

export interface Turn {
  /** One message, or several as a digest. Empty if nothing may go now. */
  readonly send: readonly OutboxMessage[];
  /** Time at which the budget has a slot again. Present if a message waits for one. */
  readonly waitUntilMs?: number;
}

/** The limits that follow from the state of the receiver. Times are of the steady clock. */
export interface Allowed {
  readonly nowMs: number;
  readonly budget: RateBudget;
  /** Returns true if one more message of that severity may be under way. */
  readonly hasPlace: (severity: Severity) => boolean;
  /** True if the receiver takes so long for each message that a large number of messages must go together. */
  readonly isSlow: boolean;
}

/**
 * More messages than this that wait for a slot go out as one digest. The limit is higher for critical messages, which deserve a message of
 * their own.
 */
const DIGEST_ABOVE = 10;
/** Maximum messages in a digest, so that it fits every channel. */
const DIGEST_ALERTS_MAX = 50;
/** The last slots of the budget are kept for digests. */
const DIGEST_SLOTS = 2;
/** Maximum rules whose last turn is remembered. Forgetting them costs one round of turns. */
const REMEMBERED_RULES_MAX = 1_000;

export function createTurns(receiver: Receiver, outbox: Outbox, perMinute: number): (of: Allowed) => Turn {
  /** Number of the last turn of each rule. */
  const lastTurns = new Map<string, number>();
  let turns = 0;
  const aloneUpTo = (severity: Severity): number =>
    severity === 'critical' ? Math.min(perMinute, DIGEST_ALERTS_MAX) : DIGEST_ABOVE;
  const lastOf = ({ rule }: Crowd): number => lastTurns.get(rule) ?? 0;

  function messagesOf(crowds: readonly Crowd[], { isSlow }: Allowed, left: number): readonly OutboxMessage[] {
    const queue = [...crowds].sort((a, b) => lastOf(a) - lastOf(b) || a.oldestId - b.oldestId);
    const next = queue[0]!;
    const most = aloneUpTo(next.severity);
    // Rules with a flood and rules without one are not mixed, so that one rule's flood does not put the messages of others into a digest.
    const alike = queue.filter(({ due }) => due > most === next.due > most);
    const isCrowded = alike.reduce((sum, { due }) => sum + due, 0) > most;
    const asDigest = isCrowded && (isSlow || left <= DIGEST_SLOTS);
    const taken = asDigest ? alike.slice(0, DIGEST_ALERTS_MAX) : [next];
    const each = asDigest ? Math.ceil(DIGEST_ALERTS_MAX / taken.length) : 1;
    if (lastTurns.size > REMEMBERED_RULES_MAX) lastTurns.clear();
    for (const { rule } of taken) lastTurns.set(rule, ++turns);
    return taken.flatMap((crowd) => outbox.due(receiver, crowd, each)).slice(0, DIGEST_ALERTS_MAX);
  }

  return (allowed) => {
    const { nowMs, budget, hasPlace } = allowed;
    const crowds = BY_URGENCY.map((severity) => ({
      severity,
      of: outbox.crowds(receiver, severity, nowMs, aloneUpTo(severity) + 1),
    }));
    const some = crowds.filter(({ of }) => of.length > 0);
    const waiting = new Set(some.map(({ severity }) => severity));
    let waitUntilMs: number | undefined;
    for (const { severity, of } of some) {
      if (!hasPlace(severity)) continue;
      const left = budget.left(nowMs, severity, waiting);
      if (left > 0) return { send: messagesOf(of, allowed, left) };
      waitUntilMs = Math.min(waitUntilMs ?? Infinity, budget.nextMs(nowMs, severity, waiting));
    }
    return { send: [], ...(waitUntilMs !== undefined && { waitUntilMs }) };
  };
}
