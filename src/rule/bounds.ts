/**
 * Bounds of the state of a rule. They keep one hot group, or one rule, from taking all the memory. Beyond a bound the oldest events, values
 * or groups go first, and the rule reports that it is no longer complete.
 */

/** Greatest number of events in the window of a group. Above it, the oldest event leaves before its time. */
export const WINDOW_EVENTS_MAX = 1_000_000;

/** Greatest number of events in all windows of a rule. Above it, the group that was seen longest ago is dropped. */
export const RULE_EVENTS_MAX = 20_000_000;

/** Greatest number of different values that a window tells apart, and that `new` remembers of a group (semantics: Aggregates). */
export const DISTINCT_MAX = 65_536;
