/**
 * How much state a rule may have: what keeps one hot group, or one rule, from taking the memory of all. Beyond a bound the oldest
 * goes first, and the rule says that it is no longer complete.
 */

/** Events that the window of a group keeps; above that the oldest leaves before its time. */
export const WINDOW_EVENTS_MAX = 1_000_000;

/** Events that all windows of a rule keep; above that the group that was seen longest ago is dropped. */
export const RULE_EVENTS_MAX = 20_000_000;

/** Different values that a window tells apart, and that `new` remembers of a group (semantics: Aggregates). */
export const DISTINCT_MAX = 65_536;
