/**
 * Renamed lets. The names of lets do not belong to the meaning of a rule, so they may change while its windows stay. The state keeps the
 * names that it began with; the names that today's matches carry are translated.
 */
import { letsUsed } from '../../rule/alert-parts.ts';
import type { DetectRule } from './input.ts';

/** Returns the rule that goes on with the state of `begun`. Both have the same meaning, so their lets come in the same order. */
export function underNamesOf(begun: DetectRule, rule: DetectRule): DetectRule {
  const before = letsUsed(begun.alert).map(({ name }) => name);
  const after = letsUsed(rule.alert).map(({ name }) => name);
  if (before.every((name, i) => name === after[i])) return rule;
  const letNames: Record<string, string[]> = {};
  after.forEach((name, i) => {
    // One let may have replaced two lets that said the same.
    const names = (letNames[name] ??= []);
    if (!names.includes(before[i]!)) names.push(before[i]!);
  });
  return { ...rule, alert: begun.alert, letNames };
}

/** Returns the conditions of a match under the names that the rule's state knows. */
export function underStateNames({ letNames }: DetectRule, conditions: readonly string[]): readonly string[] {
  return letNames === undefined ? conditions : conditions.flatMap((name) => letNames[name] ?? name);
}
