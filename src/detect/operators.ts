/** Which operator runs which form of alert. */
import { createAggregate } from './aggregate.ts';
import type { DetectRule } from './input.ts';
import type { Operator } from './operator.ts';

export function createOperator(rule: DetectRule): Operator {
  switch (rule.alert.kind) {
    case 'aggregate':
      return createAggregate(rule.alert);
    case 'not_followed_by':
    case 'then':
    case 'all_of':
    case 'stays':
    case 'changes':
    case 'new':
    case 'nothing':
      throw new Error(`Rule ${rule.name}: the form "${rule.alert.kind}" must be refused before it runs`);
  }
}
