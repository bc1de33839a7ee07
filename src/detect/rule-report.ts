/** How a rule stands, and what its matches that came too late to count would have changed: for metrics and for people. */
import type { Value } from '../event/event.ts';

/** What is known of the matches that came too late. Since the start or the last restart. */
export interface LateReport {
  /** Alerts that were not told and would have been, had all matches been in time. */
  readonly missed: number;
  /** Alerts that were told and would not have been. */
  readonly untrue: number;
  /** The lateness that would have kept the latest of those matches, ms. */
  readonly latenessMs: number;
  /** Group and time of one of them. */
  readonly example?: { readonly group: readonly Value[]; readonly timeMs: number };
  /** Too late matches of which it is not known what they would have changed: too many, or what stood beside them is gone. */
  readonly unjudged: number;
}

export interface RuleReport {
  readonly rule: string;
  /** Hash of what it means: as long as that is the same, it keeps its windows. */
  readonly meaning: string;
  readonly groups: number;
  /** Matches that wait to be settled. */
  readonly waiting: number;
  /** Settled up to this time; absent before the first. */
  readonly finalMs?: number;
  /** Since the start or the last restart: groups dropped for want of room, matches older than what was settled. */
  readonly droppedGroups: number;
  readonly tooLate: number;
  /** Since the start or the last restart: events that left their window early, for want of room (rule/bounds.ts). */
  readonly cut: number;
  /** Memory that its groups take, about; what waits not counted. */
  readonly stateBytes: number;
  /** Groups that lack the past which a baseline asks for: all of them as long as the rule as a whole lacks it. */
  readonly warmingUp: number;
  /** No group can fire before: the rule's sources have not been heard long enough for its baseline. Absent where they have. */
  readonly warmingUntilMs?: number;
  /** The rule started anew in the midst of events, or is learning: until it has seen whole windows, it may miss what began before. */
  readonly incompleteUntilMs?: number;
  /** What matches that came too late would have changed; absent where that is nothing. */
  readonly late?: LateReport;
}
