/** Questions about the alert of a rule, whatever its form is. The descriptor of the form answers them (forms/). */
import type { Value } from '../event/event.ts';
import type { AlertSpec, Comparison, Duration, LetRef } from './ast.ts';
import type { AlertField } from './forms/form.ts';
import { formOf } from './forms/forms.ts';

/** An alert clause without the word `alert`. */
export function printSpec(spec: AlertSpec): string {
  const by = spec.by.length === 0 ? '' : ` by ${spec.by.map(({ name }) => name).join(', ')}`;
  return formOf(spec).print(spec, by);
}

/** Every use of a `let`, `until` included, in the order of the text. */
export function letsUsed(spec: AlertSpec): readonly LetRef[] {
  return formOf(spec).lets(spec);
}

/** Every field that the alert clause names, with the part that it plays there. */
export function alertFields(spec: AlertSpec): readonly AlertField[] {
  return [...formOf(spec).fields(spec), ...spec.by.map((field) => ({ field, role: 'by' as const }))];
}

/** Names of the fields whose values the form reads (not those it groups by): the match step hands these over uncut. */
export function fieldsRead(spec: AlertSpec): readonly string[] {
  const read = formOf(spec)
    .fields(spec)
    .filter(({ role }) => role !== 'by');
  return [...new Set(read.map(({ field }) => field.name))];
}

/** The comparisons that it makes; none for most forms. */
export function comparisonsOf(spec: AlertSpec): readonly Comparison[] {
  return formOf(spec).comparisons(spec);
}

/** The span that the rule looks at, without what lies before it (a baseline). */
export function windowOf(spec: AlertSpec): Duration {
  return formOf(spec).window(spec);
}

/** All spans that the rule looks back over, its window first. */
export function spansBack(spec: AlertSpec): readonly Duration[] {
  const form = formOf(spec);
  return [form.window(spec), ...form.furtherBack(spec)];
}

/** How far back the rule looks, ms: what began longer ago changes nothing. */
export function lookBackMs(spec: AlertSpec): number {
  const form = formOf(spec);
  return form.window(spec).ms + Math.max(0, ...form.furtherBack(spec).map(({ ms }) => ms));
}

/** The groups that a list names, which are followed before anything is heard of them. */
export function expectedGroups(spec: AlertSpec): readonly Value[] {
  return formOf(spec).expected(spec);
}

/** True where further lines can only add alerts, and never show that one is false. */
export function growsWithLines(spec: AlertSpec): boolean {
  return formOf(spec).growsWithLines(spec);
}
