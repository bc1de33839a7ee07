/** The groups that a rule expects before any event has come. */
import { expectedGroups } from '../../rule/alert-parts.ts';
import { groupKey } from './group-key.ts';
import type { DetectRule } from './input.ts';

/** Returns the keys of the groups that are armed together with the rule, before any event of theirs. */
export function armedWith({ alert }: DetectRule): readonly string[] {
  // A rule without `by` has one group only.
  if (alert.by.length === 0) return [groupKey([])];
  return expectedGroups(alert).map((value) => groupKey([value]));
}
