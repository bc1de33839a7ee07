/** The facts in the sentences of a message, the same in every language. */
import type { Form } from '../form.ts';

export interface Facts {
  readonly count: string;
  readonly window?: string;
  /** Undefined for a message of an earlier version, which says only that the rule fired. */
  readonly form?: Form;
  /** `service = payment, channel = app`; undefined for a rule without groups. */
  readonly group?: string;
  readonly firstAt: string;
  readonly firedAt: string;
  readonly resolvedAt: string;
  /** Time from the firing to the resolution. */
  readonly lasted: string;
  /** Time from the first event to the resolution. */
  readonly took: string;
  readonly suppressed: number;
}

/** All sentences about a form of alert in one language. */
export interface FormTexts<Of extends Form> {
  /** The event, in one sentence. */
  fired(form: Of, facts: Facts): string;
  /** The figures that made it fire, without the group. */
  figures(form: Of, facts: Facts): string;
  /** The end because nothing more came. */
  quiet(form: Of, facts: Facts): string;
  /** The end by an event. */
  healed(form: Of, facts: Facts): string;
}

export type TextsByForm = {
  readonly [Kind in Form['kind']]: FormTexts<Extract<Form, { readonly kind: Kind }>>;
};

/** Returns a sentence for the alert's form, or `otherwise` if the message does not know its form. */
export function byForm(
  texts: TextsByForm,
  which: keyof FormTexts<Form>,
  facts: Facts,
  otherwise: (facts: Facts) => string,
): string {
  const { form } = facts;
  if (form === undefined) return otherwise(facts);
  const ofForm: FormTexts<Form> = texts[form.kind];
  return ofForm[which](form, facts);
}
