/** Questions about the alert of a rule, whatever its form is. The descriptor of the form answers them (forms/). */
import type { Value } from '../event/event.ts';
import type { AlertSpec, Comparison, Duration, LetRef } from './ast.ts';
import type { AlertField } from './forms/form.ts';
import { formOf } from './forms/forms.ts';

/** Prints an alert clause without the word `alert`. */
export function printSpec(spec: AlertSpec): string {
  const by = spec.by.length === 0 ? '' : ` by ${spec.by.map(({ name }) => name).join(', ')}`;
  return formOf(spec).print(spec, by);
}

/** Returns every use of a `let`, `until` included, in the order of the text. */
export function letsUsed(spec: AlertSpec): readonly LetRef[] {
  return formOf(spec).lets(spec);
}

/** Returns every field that the alert clause names, with the part that it plays there. */
export function alertFields(spec: AlertSpec): readonly AlertField[] {
  return [...formOf(spec).fields(spec), ...spec.by.map((field) => ({ field, role: 'by' as const }))];
}

/** Returns the names of the fields whose values the form reads, without those it groups by. The match step passes these values on whole. */
export function fieldsRead(spec: AlertSpec): readonly string[] {
  const read = formOf(spec)
    .fields(spec)
    .filter(({ role }) => role !== 'by');
  return [...new Set(read.map(({ field }) => field.name))];
}

/** Returns the comparisons of the alert; none for most forms. */
export function comparisonsOf(spec: AlertSpec): readonly Comparison[] {
  return formOf(spec).comparisons(spec);
}

/** Returns the span that the rule looks at, without the time before it (a baseline). */
export function windowOf(spec: AlertSpec): Duration {
  return formOf(spec).window(spec);
}

/** Returns all spans that the rule looks back over, its window first. */
export function spansBack(spec: AlertSpec): readonly Duration[] {
  const form = formOf(spec);
  return [form.window(spec), ...form.furtherBack(spec)];
}

/** Returns how far back the rule looks, ms. Events that are older change nothing. */
export function lookBackMs(spec: AlertSpec): number {
  const form = formOf(spec);
  return form.window(spec).ms + Math.max(0, ...form.furtherBack(spec).map(({ ms }) => ms));
}

/** Returns the groups that a list names. They are followed before any event of theirs comes. */
export function expectedGroups(spec: AlertSpec): readonly Value[] {
  return formOf(spec).expected(spec);
}

/** True if further lines can only add alerts, and never show that one is false. */
export function growsWithLines(spec: AlertSpec): boolean {
  return formOf(spec).growsWithLines(spec);
}
