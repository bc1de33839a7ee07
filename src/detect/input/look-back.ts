/** How far back a rule looks, and whom it expects before it has heard of anybody. */
import { expectedGroups, lookBackMs } from '../../rule/alert-parts.ts';
import { groupKey } from './group-key.ts';
import type { DetectRule } from './input.ts';

/** Milliseconds: what began longer ago changes nothing. */
export function longestLookMs({ alert }: DetectRule): number {
  return lookBackMs(alert);
}

/** The groups that are armed with the rule, before anything is heard of them. */
export function armedWith({ alert }: DetectRule): readonly string[] {
  // The one group of a rule without `by`.
  if (alert.by.length === 0) return [groupKey([])];
  return expectedGroups(alert).map((value) => groupKey([value]));
}
