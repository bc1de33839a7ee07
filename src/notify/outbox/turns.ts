/**
 * What goes to a receiver next. The most urgent first; among rules of one severity by turns, so that one with thousands of groups
 * holds up no other; of a rule the oldest first. What waits beyond the budget in numbers goes out as one digest that lists it all.
 */
import type { Severity } from '../../event/alert.ts';
import type { Crowd, Outbox, OutboxMessage } from './outbox.ts';
import type { Receiver } from '../../event/receiver.ts';
import type { RateBudget } from './rate-budget.ts';
import { BY_URGENCY } from './urgency.ts';

export interface Turn {
  /** One message, or several as a digest; none: nothing may go now. */
  readonly send: readonly OutboxMessage[];
  /** Something waits for a slot of the budget, which comes free then. */
  readonly waitUntilMs?: number;
}

/** What the state of the receiver allows. Times are of the steady clock. */
export interface Allowed {
  readonly nowMs: number;
  readonly budget: RateBudget;
  /** Whether one more message of that severity may be under way. */
  readonly hasPlace: (severity: Severity) => boolean;
  /** The receiver takes so long for each message that those in numbers must go together. */
  readonly isSlow: boolean;
}

/** More than this many waiting for a slot go out as one digest; a critical is worth a message of its own for longer. */
const DIGEST_ABOVE = 10;
/** Most messages a digest lists, so that it fits every channel. */
const DIGEST_ALERTS_MAX = 50;
/** The last slots before the budget is spent are kept for digests. */
const DIGEST_SLOTS = 2;
/** Rules whose last turn is remembered; to forget them costs one round of turns. */
const REMEMBERED_RULES_MAX = 1_000;

export function createTurns(receiver: Receiver, outbox: Outbox, perMinute: number): (of: Allowed) => Turn {
  /** When each rule had its last turn. */
  const lastTurns = new Map<string, number>();
  let turns = 0;
  const aloneUpTo = (severity: Severity): number =>
    severity === 'critical' ? Math.min(perMinute, DIGEST_ALERTS_MAX) : DIGEST_ABOVE;
  const lastOf = ({ rule }: Crowd): number => lastTurns.get(rule) ?? 0;

  function messagesOf(crowds: readonly Crowd[], { isSlow }: Allowed, left: number): readonly OutboxMessage[] {
    const queue = [...crowds].sort((a, b) => lastOf(a) - lastOf(b) || a.oldestId - b.oldestId);
    const next = queue[0]!;
    const most = aloneUpTo(next.severity);
    // A flood of one rule makes no digest of what others have to say.
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
    return { send: [], ...(waitUntilMs === undefined ? {} : { waitUntilMs }) };
  };
}
