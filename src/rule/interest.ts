/** What an event must satisfy to be of any interest to a rule. */
import type { Condition, Rule } from './ast.ts';

/** `when`, else any of the conditions that `alert` names (each of a checked rule's lets is named there). */
export function interestOf({ when, lets, span }: Pick<Rule, 'when' | 'lets' | 'span'>): Condition {
  if (when !== undefined) return when;
  const operands = [...lets.values()];
  return operands.length === 1 ? operands[0]! : { kind: 'or', operands, span };
}
