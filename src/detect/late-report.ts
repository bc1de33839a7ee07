/** What is known of the matches of a rule that came too late to count. */
import type { Value } from '../event/event.ts';

/** Since the start or the last restart. */
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
