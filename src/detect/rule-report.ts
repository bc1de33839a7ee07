/** The report of a rule, for metrics and for people: its rule health, its state, and the known effect of late matches. */
import type { Value } from '../event/event.ts';

/** The known effect of matches that came too late. Counted since the start or the last restart. */
export interface LateReport {
  /** Alerts that did not fire, but would have fired if all matches had been in time. */
  readonly missed: number;
  /** Alerts that fired, but would not have fired if all matches had been in time. */
  readonly untrue: number;
  /** The greatest lateness that one of these matches would have needed to be in time, ms. */
  readonly latenessMs: number;
  /** Group and time of one of these matches. */
  readonly example?: { readonly group: readonly Value[]; readonly timeMs: number };
  /** Late matches whose effect is not known: there were too many, or the matches to judge them with are gone. */
  readonly unjudged: number;
}

export interface RuleReport {
  readonly rule: string;
  /** Hash of the rule's meaning. The rule keeps its windows while this stays the same. */
  readonly meaning: string;
  readonly groups: number;
  /** Matches in the event-time buffer. */
  readonly waiting: number;
  /** The rule is final up to this time; absent before its first watermark. */
  readonly finalMs?: number;
  /** Since the start or the last restart: groups dropped for want of room, and matches that came after their time was final. */
  readonly droppedGroups: number;
  readonly tooLate: number;
  /** Since the start or the last restart: events that left their window early, for want of room (rule/bounds.ts). */
  readonly cut: number;
  /** Approximate memory of its groups, bytes. The event-time buffer is not counted. */
  readonly stateBytes: number;
  /** Groups that lack the past which a baseline needs. All groups, while the rule as a whole lacks it. */
  readonly warmingUp: number;
  /** No group can fire before this time: the rule's sources have not been heard long enough for its baseline. Absent once they have. */
  readonly warmingUntilMs?: number;
  /** The rule began in the midst of events, or is learning. Before this time it may miss what began before it. Absent afterwards. */
  readonly incompleteUntilMs?: number;
  /** The known effect of matches that came too late; absent if none is known. */
  readonly late?: LateReport;
}
