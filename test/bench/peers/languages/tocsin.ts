/** The rules of the benches as conditions of Tocsin, over the fields of order-schema.ts. */
import type { Condition } from '../../../../src/rule/ast.ts';
import { and, field, not, or, prefix, value } from '../../../support/conditions.ts';
import type { Wanted } from '../../lines/order-rules.ts';

export function conditionOf(rule: Wanted): Condition {
  switch (rule.kind) {
    case 'words':
      return value(rule.words.join(' '));
    case 'prefix':
      return value(prefix(rule.prefix));
    case 'field':
      return field(rule.field === 'status' ? 'status' : `${rule.field}_exact`, rule.value);
    case 'and':
      return and(...rule.of.map(conditionOf));
    case 'or':
      return or(...rule.of.map(conditionOf));
    case 'not':
      return not(conditionOf(rule.of));
  }
}
