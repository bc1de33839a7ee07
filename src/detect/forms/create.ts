/** Which operator runs which form of alert. */
import type { Field, Value } from '../../event/event.ts';
import { literalValue } from '../../event/field-value.ts';
import type { Literal } from '../../rule/ast.ts';
import { emptyWindowSatisfies } from '../../rule/check/comparisons.ts';
import { createAbsence } from './not-followed-by.ts';
import { createAggregate } from './aggregate.ts';
import { createAllOf } from './all-of.ts';
import { createArmedAggregate } from './armed-aggregate.ts';
import { createChanges } from './changes.ts';
import type { DetectRule } from '../input/input.ts';
import { createNewValue } from './new.ts';
import type { Operator } from '../operator.ts';
import { createSequence } from './then.ts';
import { createSilence } from './nothing.ts';
import { createStays } from './stays.ts';

/** `seen within` where a rule does not say. */
const seenWithinMs = 24 * 3_600_000;

export function createOperator(rule: DetectRule): Operator {
  const { alert } = rule;
  switch (alert.kind) {
    case 'aggregate': {
      const aggregate = createAggregate(alert);
      if (!emptyWindowSatisfies(alert)) return aggregate;
      return createArmedAggregate(aggregate, alert.within.ms, forgetAfterMs(alert));
    }
    case 'not_followed_by':
      return createAbsence(alert);
    case 'then':
      return createSequence(alert, rule.resolveNever);
    case 'all_of':
      return createAllOf(alert, rule.resolveNever);
    case 'stays':
      return createStays(alert.field.name, valueOf(rule, alert.field.name, alert.value), alert.during.ms);
    case 'changes': {
      const { name } = alert.field;
      const from = alert.from === undefined ? undefined : valueOf(rule, name, alert.from);
      const to = alert.to === undefined ? undefined : valueOf(rule, name, alert.to);
      return createChanges(name, { from, to }, alert.within.ms);
    }
    case 'new':
      return createNewValue(alert.field.name, alert.within.ms);
    case 'nothing':
      return createSilence(alert.during.ms, forgetAfterMs(alert));
  }
}

function forgetAfterMs(alert: {
  readonly by: readonly unknown[];
  readonly seenWithin?: { readonly ms: number };
}): number {
  return alert.by.length === 0 ? Infinity : (alert.seenWithin?.ms ?? seenWithinMs);
}

/** What a literal says in the type of its field. */
function valueOf(rule: DetectRule, name: string, literal: Literal): Value {
  const known = rule.fields.find((field) => field.name === name);
  const field: Field = { type: 'keyword', ...known, name, paths: [name] };
  return literalValue(field, literal.text) ?? literal.text;
}
