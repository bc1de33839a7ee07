/** How far back a rule looks, and whom it expects before it has heard of anybody. */
import { groupKey } from './group-key.ts';
import type { DetectRule } from './input.ts';

/** Milliseconds: what began longer ago changes nothing. */
export function longestLookMs({ alert }: DetectRule): number {
  if (alert.kind === 'stays' || alert.kind === 'nothing') return alert.during.ms;
  if (alert.kind === 'not_followed_by') return alert.within.ms + (alert.skew?.ms ?? 0);
  if (alert.kind !== 'aggregate') return alert.within.ms;
  const sides = alert.comparisons.flatMap(({ left, right }) => [left, right]);
  return alert.within.ms + Math.max(0, ...sides.map((side) => (side.kind === 'baseline' ? side.over.ms : 0)));
}

/** The groups that are armed with the rule, before anything is heard of them. */
export function armedWith({ alert }: DetectRule): readonly string[] {
  // The one group of a rule without `by`.
  if (alert.by.length === 0) return [groupKey([])];
  if (alert.kind !== 'nothing') return [];
  return (alert.expected?.values ?? []).map((value) => groupKey([value]));
}
