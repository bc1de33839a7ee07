/** A compiled rule as needs: which lines it wants, and which of its lets hold. */
import type { Schema } from '../../event/event.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { needOf, type Need } from './need.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface RuleNeeds {
  readonly rule: CompiledRule;
  readonly when?: Need;
  readonly lets: readonly { readonly name: string; readonly need: Need }[];
  /** A line that does not meet it does not exist for the rule. */
  readonly necessary: Need;
}

export function ruleNeeds(rule: CompiledRule, schema: Schema, vocabulary: Vocabulary): RuleNeeds {
  const when = rule.when && needOf(rule.when, schema, vocabulary);
  const lets = rule.lets.map(({ name, condition }) => ({
    name,
    need: needOf(condition, schema, vocabulary),
  }));
  return {
    rule,
    ...(when !== undefined && { when }),
    lets,
    necessary: when ?? { kind: 'any', of: lets.map(({ need }) => need) },
  };
}
