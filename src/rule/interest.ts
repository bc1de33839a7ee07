/** The condition that an event must satisfy to be of interest to a rule, and the fields that are of interest. */
import type { Condition, Rule } from './ast.ts';
import { fieldsRead } from './alert-parts.ts';
import { leavesOf } from './leaves.ts';

/** Returns `when`. Without it, returns any of the conditions that `alert` names (a checked rule names each of its lets there). */
export function interestOf({ when, lets, span }: Pick<Rule, 'when' | 'lets' | 'span'>): Condition {
  if (when !== undefined) return when;
  const operands = [...lets.values()];
  return operands.length === 1 ? operands[0]! : { kind: 'or', operands, span };
}

/** Returns the fields that the rule's conditions name or its alert form reads. */
export function fieldsOfInterest({
  when,
  lets,
  alert,
}: Pick<Rule, 'when' | 'lets' | 'alert'>): readonly string[] {
  const conditions = [...(when === undefined ? [] : [when]), ...lets.values()];
  const named = conditions
    .flatMap(leavesOf)
    .flatMap((leaf) => (leaf.kind === 'value' ? [] : [leaf.field.name]));
  return [...new Set([...named, ...fieldsRead(alert)])];
}
