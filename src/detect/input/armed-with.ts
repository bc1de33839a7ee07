/** The groups that a rule expects before it has heard of anybody. */
import { expectedGroups } from '../../rule/alert-parts.ts';
import { groupKey } from './group-key.ts';
import type { DetectRule } from './input.ts';

/** The groups that are armed with the rule, before anything is heard of them. */
export function armedWith({ alert }: DetectRule): readonly string[] {
  // The one group of a rule without `by`.
  if (alert.by.length === 0) return [groupKey([])];
  return expectedGroups(alert).map((value) => groupKey([value]));
}
