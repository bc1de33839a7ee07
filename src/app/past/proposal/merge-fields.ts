/** Puts the fields of several logs together: one name has one type everywhere. */
import type { FieldType } from '../../../event/event.ts';
import type { ProposedField } from './fields-guess.ts';

/** A configuration of more fields is one that nobody reads. */
const FIELDS_MAX = 60;

export function mergeFields(logs: readonly (readonly ProposedField[])[]): readonly ProposedField[] {
  const merged = new Map<string, ProposedField>();
  for (const field of logs.flat()) {
    const known = merged.get(field.name);
    if (known !== undefined) {
      const path = [...new Set([...known.path, ...field.path])];
      merged.set(field.name, { ...known, path, type: typeOfBoth(known.type, field.type) });
    } else if (merged.size < FIELDS_MAX) merged.set(field.name, field);
  }
  const usual = ['service', 'level', 'message'];
  const place = ({ name }: ProposedField): number =>
    (usual.indexOf(name) + usual.length + 1) % (usual.length + 1);
  return [...merged.values()].toSorted((a, b) => place(a) - place(b));
}

/** Every value fits a keyword; a number fits a double. */
function typeOfBoth(a: FieldType, b: FieldType): FieldType {
  if (a === b) return a;
  if (a === 'text' || b === 'text') return 'text';
  const isNumber = (type: FieldType): boolean => type === 'long' || type === 'double';
  return isNumber(a) && isNumber(b) ? 'double' : 'keyword';
}
