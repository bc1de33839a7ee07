/** The leaves of a condition: what it asks of single fields, whatever AND, OR and NOT make of the answers. */
import type { Condition } from './ast.ts';

export type Leaf = Exclude<Condition, { readonly kind: 'and' | 'or' | 'not' }>;

/** The leaves of a condition in the order of the text. */
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
