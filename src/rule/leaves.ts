/** The leaves of a condition: its questions about single fields, without the AND, OR and NOT that join them. */
import type { Condition } from './ast.ts';

export type Leaf = Exclude<Condition, { readonly kind: 'and' | 'or' | 'not' }>;

/** Returns the leaves of a condition in the order of the text. */
export function leavesOf(condition: Condition): readonly Leaf[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.flatMap(leavesOf);
    case 'not':
      return leavesOf(condition.operand);
    case 'value':
    case 'field':
    case 'exists':
    case 'compare':
      return [condition];
  }
}
