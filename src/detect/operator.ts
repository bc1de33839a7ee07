/**
 * What a form of alert has to say, one file a form: does it hold for a group at an instant, and why. The life cycle around it
 * (machine.ts) is the same for all. An operator knows slots, events and event time; no clock, no group names, no episodes.
 */
import type { EventPosition, Value } from '../event/event.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';

/** An event as state keeps it. */
export interface EventRef {
  readonly timeMs: number;
  readonly position: EventPosition;
  /** Where its text is kept for a while (samples.ts). */
  readonly sample: number;
}

/** A match as an operator takes it. */
export interface Taken extends EventRef {
  readonly conditions: readonly string[];
  /** Values of a field that the form reads, uncut. */
  values(field: string): readonly Value[];
}

export interface Evidence {
  /** The event that the identity of the alert hangs on; undefined where there is none yet. */
  readonly first: EventRef | undefined;
  /** The latest events, at most two, oldest first. */
  readonly latest: readonly EventRef[];
}

export interface Operator {
  /** Only ever adds up to a firing: it may be told before it is settled. */
  readonly isEager: boolean;
  /** The next events of the group, in the order of events. */
  apply(slot: number, event: Taken): void;
  /** Whether the form holds at this instant, everything up to it applied. Instants never go backwards. */
  holds(slot: number, atMs: number): boolean;
  /** False where it is certain that this many further events cannot make it hold. Slot −1: a group without state. */
  mayHold(slot: number, further: number): boolean;
  /** What `count` counts, as it stands after `holds`. */
  size(slot: number): number;
  /** Least time after the last judged instant at which something changes without an event; Infinity: never. */
  nextMs(slot: number): number;
  /** As it stands after `holds`. */
  evidence(slot: number): Evidence;
  /** A firing of an event alert used what the form looks at. */
  spend(slot: number): void;
  /** Nothing is remembered of the group. */
  isEmpty(slot: number): boolean;
  clear(slot: number): void;
  save(slot: number, writer: ByteWriter): void;
  /** Into an empty slot. */
  load(slot: number, reader: ByteReader): void;
}
