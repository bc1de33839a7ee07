/**
 * The contract of an alert form; there is one file for each form. An operator says whether the form holds for a group at an instant, and
 * why. The life cycle around it (lifecycle/) is the same for all forms. An operator knows slots, events and event time. It does not know
 * the clock, the names of groups, or episodes.
 */
import type { Episode } from '../event/alert.ts';
import type { ByteReader, ByteWriter } from './columns/bytes.ts';
import type { EventRef, TakenMatch } from './input/event-ref.ts';

export interface Evidence {
  /** The event that gives the alert its identity; undefined while there is none. */
  readonly first: EventRef | undefined;
  /** The latest events, at most two, oldest first. */
  readonly latest: readonly EventRef[];
  /** Events that explain the firing better than `latest`, at most three, oldest first. */
  readonly telling?: readonly EventRef[];
  /** Both sides of each comparison; absent if the form compares nothing. */
  readonly measured?: Episode['measured'] | undefined;
}

/** The verdict of a form on one group at one instant. */
export interface Judgement {
  readonly holds: boolean;
  /** How many deadlines completed the form at this instant. 0 if it does not hold, and for forms that complete at events. */
  readonly completions: number;
  /** True if a healing event came at this instant, after the last completion at it. */
  readonly healed: boolean;
  /** The number that an episode shows as its count. */
  readonly size: number;
  /**
   * Returns why the form holds; `nth` chooses among several completions. The evidence is made on demand: call this before the next event or
   * instant of the group.
   */
  evidence(nth?: number): Evidence;
}

export interface Operator {
  /** Monotonic: more events can only make it fire. Such forms may fire early, before the watermark. */
  readonly isEager: boolean;
  /**
   * True if the state of a group is its events, none of which is forgotten before a fixed time after it. While such a form does not hold, an
   * event changes neither that nor makes the group due earlier, unless `mayHold`.
   */
  readonly remembersEach: boolean;
  /** Returns the size that `judge` would give right behind an event, if the form holds; −1 if not. Present where `remembersEach`. */
  readonly heldSize?: (slot: number) => number;
  /** True if the form holds only at single instants. Then quiet begins at the last of these instants, and the episode's count is their sum. */
  readonly isMomentary: boolean;
  /** When an event alert is judged: at each event, or at the deadlines of the form. */
  readonly completesAt: 'events' | 'deadlines';
  /** The reason why an episode ends if no healing event ends it. */
  readonly quietReason: 'quiet' | 'expired';
  /** True if an episode ends a fixed time after its firing, not after quiet began. The end spends what the form looks at. */
  readonly expiresFromFiring: boolean;
  /** Takes the next event of the group. Events come in their order. */
  apply(slot: number, event: TakenMatch): void;
  /** Takes the instant of the first event of any kind of the rule's sources, before any group is armed. Absent if a form need not know it. */
  readonly begin?: (atMs: number) => void;
  /** Arms a group that exists from this instant on. Absent if a form need not know it. */
  readonly arm?: (slot: number, atMs: number) => void;
  /** Judges the group at this instant, after all events up to it were applied. Instants never go backwards. */
  judge(slot: number, atMs: number): Judgement;
  /** Returns the time of the newest event that the form looks at; −Infinity if there is none. Absent for forms without a window. */
  readonly newestMs?: (slot: number) => number;
  /** Returns how far an event can bring a form nearer to holding, at most, in units of the form's own. */
  weight(event: TakenMatch): number;
  /**
   * Returns false if it is certain that more events, whose weights sum up to `further`, cannot make the form hold. Slot −1: a group without
   * state.
   */
  mayHold(slot: number, further: number): boolean;
  /** The earliest time after the last judged instant at which something changes without an event; Infinity: never. */
  nextMs(slot: number): number;
  /** The time at which the group is forgotten, with its open episode; Infinity: never. */
  retireMs(slot: number): number;
  /** Spends what the form looks at: an event alert has fired, or an episode has expired. */
  spend(slot: number): void;
  /** True if the operator remembers nothing of the group. */
  isEmpty(slot: number): boolean;
  clear(slot: number): void;
  save(slot: number, writer: ByteWriter): void;
  /** Reads the state into an empty slot. */
  load(slot: number, reader: ByteReader): void;
  /** Number of groups that cannot be judged yet because they have no sufficient past of their own. */
  warmingUp(): number;
  /**
   * No group can be judged before this time, because the sources have no sufficient past. −Infinity if no event came yet. Absent if a form
   * never waits.
   */
  readonly warmingUntilMs?: () => number;
  /** Number of events in all windows; 0 if the form keeps a fixed number for each group. */
  keptEvents(): number;
  /** Number of events or values that left before their time because a group had too many (rule/bounds.ts), since the start. */
  cut(): number;
  /** Approximate memory of the state, bytes. */
  bytes(): number;
  /** Nothing fires before this time, because the form only learns. −Infinity if it has not begun to learn. Absent if a form never learns. */
  readonly learnsUntilMs?: () => number;
  /** Writes what the operator remembers of the rule as a whole. */
  readonly saveRule?: (writer: ByteWriter) => void;
  readonly loadRule?: (reader: ByteReader) => void;
}

/** The members that most forms have in common. A form names only those in which it differs. */
export const plainForm = {
  isEager: false,
  remembersEach: false,
  isMomentary: false,
  completesAt: 'events',
  quietReason: 'quiet',
  expiresFromFiring: false,
  weight: () => 1,
  mayHold: () => true,
  retireMs: () => Infinity,
  spend: () => undefined,
  warmingUp: () => 0,
  keptEvents: () => 0,
  cut: () => 0,
} as const;

const noEvidence: Evidence = Object.freeze({ first: undefined, latest: [] });

/** The form does not hold. Most judgements are this one, so it is shared and costs no allocation. */
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
/** Judgements of larger sizes are not shared: they are rare, and a table for them would take memory. */
const SHARED_SIZE_MAX = 1024;

/** The form does not hold; `size` is the count that an episode would show. Shared up to `SHARED_SIZE_MAX`. */
export function notHeldWith(size: number): Judgement {
  if (size > SHARED_SIZE_MAX) return { ...notHeld, size };
  for (let next = NOT_HELD_BY_SIZE.length; next <= size; next++)
    NOT_HELD_BY_SIZE.push(Object.freeze({ ...notHeld, size: next }));
  return NOT_HELD_BY_SIZE[size]!;
}
