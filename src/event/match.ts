/** A match: an event that satisfied a condition of a rule. The small, serialisable record between `match` and `detect`. */
import type { EventPosition, Value } from './event.ts';

export interface Match {
  readonly rule: string;
  /** The conditions of the rule that the event satisfied: `when`, or names of lets used in `alert`. */
  readonly conditions: readonly string[];
  /** Values of the `by` fields in the order of the rule; empty without `by`. */
  readonly group: readonly Value[];
  readonly timeMs: number;
  readonly position: EventPosition;
  /** The line, at most 500 characters. */
  readonly excerpt: string;
  /** Declared fields that the event has: first 8 values each, strings at most 256 characters. For messages and runbooks. */
  readonly fields: Readonly<Record<string, readonly Value[]>>;
  /** All values, uncut, of the fields that the rule's alert form reads (rule/alert-parts.ts); absent where it reads none. */
  readonly values?: Readonly<Record<string, readonly Value[]>>;
}
