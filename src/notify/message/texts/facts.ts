/** What the sentences of a message speak of, the same in every language. */
import type { Form } from '../form.ts';

/** What the sentences speak of. */
export interface Facts {
  readonly count: string;
  readonly window?: string;
  /** Undefined for a message of an earlier version, which tells no more than that the rule fired. */
  readonly form?: Form;
  /** `service = payment, channel = app`; undefined for a rule without groups. */
  readonly group?: string;
  readonly firstAt: string;
  readonly firedAt: string;
  readonly resolvedAt: string;
  /** From the firing to the resolution. */
  readonly lasted: string;
  /** From the first event to the resolution. */
  readonly took: string;
  readonly suppressed: number;
}

/** A sentence for each form of alert. */
export type ByForm = {
  readonly [Kind in Form['kind']]: (form: Extract<Form, { readonly kind: Kind }>, facts: Facts) => string;
};

/** The sentence of the alert's form; `otherwise` where the table has none, or the message does not know its form. */
export function byForm(table: Partial<ByForm>, facts: Facts, otherwise: (facts: Facts) => string): string {
  const { form } = facts;
  const sentence = form && (table[form.kind] as ((form: Form, facts: Facts) => string) | undefined);
  return sentence === undefined ? otherwise(facts) : sentence(form!, facts);
}
