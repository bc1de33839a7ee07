/** The values that a file lists for `expected FIELD in "file"`, one on each line. */
import type { Field, Value } from '../../event/event.ts';
import { literalValue } from '../../event/field-value.ts';
import type { FileText } from '../../event/text-file.ts';

/** Values already read. Thousands of rules may name one list, and a list may be as long as a file may be. */
const known = new WeakMap<FileText, Map<Field, readonly Value[]>>();

/** Returns each value once, without values that the field cannot hold. */
export function listedValues(list: FileText, field: Field): readonly Value[] {
  const ofList = known.get(list) ?? new Map<Field, readonly Value[]>();
  known.set(list, ofList);
  let values = ofList.get(field);
  if (values === undefined) ofList.set(field, (values = valuesIn(list, field)));
  return values;
}

function valuesIn({ text }: FileText, field: Field): readonly Value[] {
  const values = new Set<Value>();
  for (let from = 0; from < text.length;) {
    const lineEnd = text.indexOf('\n', from);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const line = text.slice(from, end).trim();
    const value = line === '' || line.startsWith('#') ? undefined : literalValue(field, line);
    if (value !== undefined) values.add(value);
    from = end + 1;
  }
  return [...values];
}
