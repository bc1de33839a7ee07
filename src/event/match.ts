/** A match: an event that satisfied a condition of a rule. This is the small, serialisable record between `match` and `detect`. */
import type { EventPosition, Value } from './event.ts';
import type { ShownLine } from './shown-line.ts';

/**
 * The part of an event that people are shown. All matches of the event share one object, whatever the number of rules. Its texts may be
 * made when they are first looked at, so do not enumerate or copy the object before somebody needs them.
 */
export interface ShownEvent {
  /** The line, at most 500 characters. */
  readonly excerpt: string;
  /** Declared fields that the event has: the first 8 values of each, strings of at most 256 characters. For messages and runbooks. */
  readonly fields: Readonly<Record<string, readonly Value[]>>;
  /** Returns the line that both can be made of again. Undefined where it is too long to be kept, or unfit. */
  line?(): ShownLine | undefined;
}

export interface Match {
  readonly rule: string;
  /** The names of the conditions that the event satisfied: `when`, or names of lets used in `alert`. */
  readonly conditions: readonly string[];
  /** Values of the `by` fields in the order of the rule; empty without `by`. */
  readonly group: readonly Value[];
  readonly timeMs: number;
  readonly position: EventPosition;
  readonly shown: ShownEvent;
  /** All values, not shortened, of the fields that the rule's alert form reads (rule/alert-parts.ts); absent if it reads none. */
  readonly values?: Readonly<Record<string, readonly Value[]>>;
}
