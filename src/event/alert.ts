/** Episodes and their transitions: the records that `detect` gives to the outbox, the command line and `notify`. */
import type { Correction } from './correction.ts';
import type { EventPosition, Value } from './event.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

export type ResolveReason = 'quiet' | 'healed' | 'expired' | 'retired' | 'dropped' | 'replaced' | 'removed';

/** An event shown as evidence. */
export interface Sample {
  readonly timeMs: number;
  readonly position: EventPosition;
  readonly excerpt: string;
  readonly fields: Readonly<Record<string, readonly Value[]>>;
}

/** One pending → firing → resolved life of a (rule, group), as it stands now. Times are event times, ms since epoch. */
export interface Episode {
  /** Hash of (rule name, meaning, group, first event): the same for every replay. */
  readonly alertId: string;
  readonly rule: string;
  /** Hash of what the rule means (semantics: Ends). */
  readonly meaning: string;
  readonly severity: Severity;
  /** Values of the `by` fields by name, in the rule's order. */
  readonly group: Readonly<Record<string, Value>>;
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly pendingAtMs?: number;
  readonly firedAtMs?: number;
  readonly resolvedAtMs?: number;
  readonly reason?: ResolveReason;
  /** The greatest |W(T)| from pending to resolution; breaches or completions for other forms. */
  readonly count: number;
  /** Both sides of each comparison of an aggregate as they were at the firing; absent where the form compares nothing. */
  readonly measured?: readonly (readonly [left: number, right: number])[];
  /** Firings withheld by the cooldown before this one. */
  readonly suppressed: number;
  readonly firstEvent: { readonly position: EventPosition; readonly timeMs: number };
  /** Up to three: the first and the two latest, of a share those of the events that brought it past its limit. */
  readonly samples: readonly Sample[];
  /** What was measured, by name, where Tocsin's own rules fire: they have no events. */
  readonly figures?: Readonly<Record<string, Value>>;
}

/**
 * What changed. `threadId` names the conversation that all messages of one life share: the alertId of what was sent first. A
 * provisional firing goes out before its result is settled; `amended` and `withdrawn` correct it in the same thread. One whose rule
 * ends before it was settled is resolved as it was told: nothing has shown that it should not have fired.
 */
export interface Transition {
  readonly kind: 'fired' | 'resolved' | 'amended' | 'withdrawn';
  /** False for a firing that may still change with events that are in flight. */
  readonly isFinal: boolean;
  /** People must be told. A settled firing whose provisional firing was told the same is recorded, not announced. */
  readonly announce: boolean;
  readonly threadId: string;
  readonly episode: Episode;
  /** Why this correction (`amended`, `withdrawn`). */
  readonly correction?: Correction;
}

/** Whether a text has the form of an alert's whole id, or that of a thread. */
export function isAlertId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}
