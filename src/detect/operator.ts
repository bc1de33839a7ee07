/**
 * The contract of an alert form, one file a form: does it hold for a group at an instant, and why. The life cycle around it
 * (lifecycle/) is the same for all forms. An operator knows slots, events and event time; no clock, no group names, no episodes.
 */
import type { Episode } from '../event/alert.ts';
import type { ByteReader, ByteWriter } from './columns/bytes.ts';
import type { EventRef, TakenMatch } from './input/event-ref.ts';

export interface Evidence {
  /** The event that the identity of the alert hangs on; undefined where there is none yet. */
  readonly first: EventRef | undefined;
  /** The latest events, at most two, oldest first. */
  readonly latest: readonly EventRef[];
  /** Events that show better than those why it fired, at most three, oldest first. */
  readonly telling?: readonly EventRef[];
  /** Both sides of each comparison; absent where the form compares nothing. */
  readonly measured?: Episode['measured'] | undefined;
}

/** The verdict of a form on one group at one instant. */
export interface Judgement {
  readonly holds: boolean;
  /** How many deadlines completed the form at this instant; 0 where it does not hold, and for forms that complete at events. */
  readonly completions: number;
  /** A healing event came at this instant, after the last completion at it. */
  readonly healed: boolean;
  /** The number that an episode shows as its count. */
  readonly size: number;
  /**
   * Why it holds; of the nth completion where there are several. Made when asked for: ask before the next event or instant of the group.
   */
  evidence(nth?: number): Evidence;
}

export interface Operator {
  /** Only ever adds up to a firing: it may be told before it is settled. */
  readonly isEager: boolean;
  /** The form holds at single instants: quiet begins at the last of them, and what they count adds up. */
  readonly isMomentary: boolean;
  /** Where an event alert is judged: at each event, or at the deadlines of the form. */
  readonly completesAt: 'events' | 'deadlines';
  /** Why an episode ends that no healing event ends. */
  readonly quietReason: 'quiet' | 'expired';
  /** It ends so long after its firing, not after quiet began, and is spent by it. */
  readonly expiresFromFiring: boolean;
  /** The next events of the group, in the order of events. */
  apply(slot: number, event: TakenMatch): void;
  /** The first event of any kind of the rule's sources, before any group is told of it. Absent where a form need not know. */
  readonly begin?: (atMs: number) => void;
  /** The same for a group that is there from then on. Absent where a form need not know. */
  readonly arm?: (slot: number, atMs: number) => void;
  /** Judges the group at this instant, everything up to it applied. Instants never go backwards. */
  judge(slot: number, atMs: number): Judgement;
  /** False where it is certain that this many further events cannot make it hold. Slot −1: a group without state. */
  mayHold(slot: number, further: number): boolean;
  /** Least time after the last judged instant at which something changes without an event; Infinity: never. */
  nextMs(slot: number): number;
  /** When the group is forgotten, with whatever is open; Infinity: never. */
  retireMs(slot: number): number;
  /** A firing of an event alert, or an expiry, used what the form looks at. */
  spend(slot: number): void;
  /** Nothing is remembered of the group. */
  isEmpty(slot: number): boolean;
  clear(slot: number): void;
  save(slot: number, writer: ByteWriter): void;
  /** Into an empty slot. */
  load(slot: number, reader: ByteReader): void;
  /** Groups that cannot be judged yet for want of a past of their own. */
  warmingUp(): number;
  /** No group can be judged before, for want of a past of the sources; −Infinity where nothing was heard. Absent where a form never waits. */
  readonly warmingUntilMs?: () => number;
  /** Events in all its windows; 0 where a group keeps a fixed number. */
  keptEvents(): number;
  /** Since the start: events, or values, that left before their time because a group had too many (rule/bounds.ts). */
  cut(): number;
  /** Memory that its state takes, about. */
  bytes(): number;
  /** Nothing fires before, since it only learns; −Infinity where it has not begun to. Absent where a form never does. */
  readonly learnsUntilMs?: () => number;
  /** What it remembers of the rule as a whole. */
  readonly saveRule?: (writer: ByteWriter) => void;
  readonly loadRule?: (reader: ByteReader) => void;
}

/** What most forms have in common; each says only where it differs. */
export const plainForm = {
  isEager: false,
  isMomentary: false,
  completesAt: 'events',
  quietReason: 'quiet',
  expiresFromFiring: false,
  mayHold: () => true,
  retireMs: () => Infinity,
  spend: () => undefined,
  warmingUp: () => 0,
  keptEvents: () => 0,
  cut: () => 0,
} as const;

const noEvidence: Evidence = Object.freeze({ first: undefined, latest: [] });

/** The form does not hold. Shared, since most judgements are this one: nothing is allocated for it. */
export const notHeld: Judgement = Object.freeze({
  holds: false,
  completions: 0,
  healed: false,
  size: 0,
  evidence: () => noEvidence,
});

/** The form does not hold, and a healing event came. */
export const onlyHealed: Judgement = Object.freeze({ ...notHeld, healed: true });

const NOT_HELD_BY_SIZE: Judgement[] = [notHeld];
/** Larger windows are rarer than memory for their judgements is dear. */
const SHARED_SIZE_MAX = 1024;

/** The form does not hold; `size` is what an episode would show. Shared for all but large sizes. */
export function notHeldWith(size: number): Judgement {
  if (size > SHARED_SIZE_MAX) return { ...notHeld, size };
  for (let next = NOT_HELD_BY_SIZE.length; next <= size; next++)
    NOT_HELD_BY_SIZE.push(Object.freeze({ ...notHeld, size: next }));
  return NOT_HELD_BY_SIZE[size]!;
}
