/** Every alert form. Code outside of this folder does not test which form an alert has: it asks the form. */
import type { AlertSpec, FormKind, SpecOf } from '../ast.ts';
import { aggregateForm } from './aggregate.ts';
import { allOfForm } from './all-of.ts';
import { changesForm } from './changes.ts';
import type { AlertForm } from './form.ts';
import { newForm } from './new.ts';
import { notFollowedByForm } from './not-followed-by.ts';
import { nothingForm } from './nothing.ts';
import { staysForm } from './stays.ts';
import { thenForm } from './then.ts';

const FORMS: { readonly [Kind in FormKind]: AlertForm<SpecOf<Kind>> } = {
  aggregate: aggregateForm,
  not_followed_by: notFollowedByForm,
  then: thenForm,
  all_of: allOfForm,
  stays: staysForm,
  changes: changesForm,
  new: newForm,
  nothing: nothingForm,
};

/** Returns the form of an alert clause. Ask it only about a clause of its kind. */
export function formOf({ kind }: { readonly kind: FormKind }): AlertForm<AlertSpec> {
  return FORMS[kind];
}
