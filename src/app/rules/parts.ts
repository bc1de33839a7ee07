/**
 * Splits the changes of a new set of rules into parts, each so small that the stream hardly waits for it. Rules are independent of each
 * other, so between two parts some rules may run as before and others as they will be.
 */
import { detectRule, type RulesPart } from '../../detect/input/input.ts';
import type { Slices } from '../../event/slices.ts';
import type { Rule, Ruleset } from '../../rule/ast.ts';

/** Maximum number of rules in a part: stepping the detector and writing the row take about 2 ms. */
const RULES_MAX = 25;

/** Returns the parts that lead from the rules `before` to the new set; none where the detector would see no difference. */
export function* changesTo(
  { rules, schema }: Ruleset,
  before: ReadonlyMap<string, Rule>,
): Slices<readonly RulesPart[]> {
  const remaining = new Set(rules.map(({ name }) => name));
  const removed = [...before.keys()].filter((name) => !remaining.has(name));
  const parts: RulesPart[] = inParts(removed).map((names) => ({ rules: [], removed: names }));
  const changed = [];
  for (const rule of rules) {
    const old = before.get(rule.name);
    const next = detectRule(rule, schema);
    if (old === undefined || JSON.stringify(detectRule(old, schema)) !== JSON.stringify(next))
      changed.push(next);
    yield;
  }
  return [...parts, ...inParts(changed).map((some) => ({ rules: some, removed: [] }))];
}

function inParts<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / RULES_MAX) }, (_, i) =>
    all.slice(i * RULES_MAX, (i + 1) * RULES_MAX),
  );
}
