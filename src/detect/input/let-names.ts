/**
 * Names of lets do not count for what a rule means, so they may change while its windows stay. State goes on under the names that it
 * began with; what matches say in today's names is translated.
 */
import type { Match } from '../../event/match.ts';
import { letsUsed } from '../../rule/alert-parts.ts';
import type { DetectRule } from './input.ts';

/** The rule that goes on with the state of `begun`; both have the same meaning, so their lets stand in the same order. */
export function underNamesOf(begun: DetectRule, rule: DetectRule): DetectRule {
  const before = letsUsed(begun.alert).map(({ name }) => name);
  const after = letsUsed(rule.alert).map(({ name }) => name);
  if (before.every((name, i) => name === after[i])) return rule;
  const letNames: Record<string, string[]> = {};
  after.forEach((name, i) => {
    // One let may have taken the place of two that said the same.
    const names = (letNames[name] ??= []);
    if (!names.includes(before[i]!)) names.push(before[i]!);
  });
  return { ...rule, alert: begun.alert, letNames };
}

/** A match with its conditions under the names that the rule's state knows. */
export function underStateNames({ letNames }: DetectRule, match: Match): Match {
  if (letNames === undefined) return match;
  return { ...match, conditions: match.conditions.flatMap((name) => letNames[name] ?? name) };
}
