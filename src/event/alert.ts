/** Episodes and their transitions: the records that `detect` gives to the outbox, the command line and `notify`. */
import type { Correction } from './correction.ts';
import type { EventPosition, Value } from './event.ts';
import type { ShownEvent } from './match.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

export type ResolveReason = 'quiet' | 'healed' | 'expired' | 'retired' | 'dropped' | 'replaced' | 'removed';

/** An event that people are shown with an alert. */
export interface Sample extends ShownEvent {
  readonly timeMs: number;
  readonly position: EventPosition;
}

/** One pending → firing → resolved life of a (rule, group), in its present state. Times are event times, ms since epoch. */
export interface Episode {
  /** Hash of (rule name, meaning, group, first event): the same for every replay. */
  readonly alertId: string;
  readonly rule: string;
  /** Hash of the rule's meaning (semantics: Ends). */
  readonly meaning: string;
  readonly severity: Severity;
  /** Values of the `by` fields by name, in the rule's order. */
  readonly group: Readonly<Record<string, Value>>;
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly pendingAtMs?: number;
  readonly firedAtMs?: number;
  readonly resolvedAtMs?: number;
  readonly reason?: ResolveReason;
  /** The greatest |W(T)| from pending to resolution. For forms without a window, the number of breaches or completions. */
  readonly count: number;
  /** Both sides of each comparison of an aggregate at the firing; absent if the form compares nothing. */
  readonly measured?: readonly (readonly [left: number, right: number])[];
  /** Firings that the cooldown withheld before this one. */
  readonly suppressed: number;
  readonly firstEvent: { readonly position: EventPosition; readonly timeMs: number };
  /** At most three samples: the first event and the two latest. For a share, events among those that brought it past its limit. */
  readonly samples: readonly Sample[];
  /** Measured values by name. Only alerts of Tocsin's own rules have them, since they have no events. */
  readonly figures?: Readonly<Record<string, Value>>;
}

/**
 * A change of an episode. `threadId` names the conversation that all messages of one life share: the `alertId` of the message sent first.
 * An early firing is announced before the watermark makes it final; `amended` and `withdrawn` correct it in the same thread. If its rule
 * ends before it is final, the early firing is resolved as it was announced: nothing has shown that it should not have fired.
 */
export interface Transition {
  readonly kind: 'fired' | 'resolved' | 'amended' | 'withdrawn';
  /** False for an early firing: events in flight may still change it. */
  readonly isFinal: boolean;
  /** True if people must get a message. A final firing that says the same as its early firing is recorded, not announced. */
  readonly announce: boolean;
  readonly threadId: string;
  readonly episode: Episode;
  /** The reason of the correction (`amended`, `withdrawn`). */
  readonly correction?: Correction;
}

/** Returns true if a text has the form of an alert's whole id, or of a thread's. */
export function isAlertId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}
