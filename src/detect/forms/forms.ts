/** The operator of each alert form. */
import type { AlertSpec, FormKind, SpecOf } from '../../rule/ast.ts';
import type { DetectRule } from '../input/input.ts';
import type { Operator } from '../operator.ts';
import { aggregateForm } from './aggregate-form.ts';
import { allOfForm } from './all-of.ts';
import { changesForm } from './changes.ts';
import type { DetectForm } from './form.ts';
import { newForm } from './new.ts';
import { notFollowedByForm } from './not-followed-by.ts';
import { nothingForm } from './nothing.ts';
import { staysForm } from './stays.ts';
import { thenForm } from './then.ts';

const FORMS: { readonly [Kind in FormKind]: DetectForm<SpecOf<Kind>> } = {
  aggregate: aggregateForm,
  not_followed_by: notFollowedByForm,
  then: thenForm,
  all_of: allOfForm,
  stays: staysForm,
  changes: changesForm,
  new: newForm,
  nothing: nothingForm,
};

export function createOperator(rule: DetectRule): Operator {
  return formOf(rule).create(rule.alert, rule);
}

/** True if the rule begins in a live run before any event has come. */
export function beginsWithRule(rule: DetectRule): boolean {
  return formOf(rule).beginsWithRule;
}

function formOf({ alert }: DetectRule): DetectForm<AlertSpec> {
  return FORMS[alert.kind];
}
