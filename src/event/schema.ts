/** Puts declared fields together into the schema that every step looks names up in. */
import type { Field, Schema } from './event.ts';

const searchable = (field: Field): boolean => field.type === 'keyword' || field.type === 'text';

/**
 * Makes the schema of the fields, in order. `searchFields` names the text and keyword fields in which a value without a field is searched;
 * by default, all of them. Throws RangeError for a field declared twice, and for a search field that cannot be one. The configuration
 * reports these with their line before it calls this.
 */
export function makeSchema(fields: readonly Field[], searchFields?: readonly string[]): Schema {
  const byName = new Map<string, Field>();
  for (const field of fields) {
    if (byName.has(field.name)) throw new RangeError(`field ${field.name} is declared twice`);
    byName.set(field.name, field);
  }
  if (searchFields === undefined) return { fields, byName, searchFields: fields.filter(searchable) };
  const searched = [...new Set(searchFields)].map((name) => {
    const field = byName.get(name);
    if (field === undefined) throw new RangeError(`search field ${name} is not a declared field`);
    if (!searchable(field))
      throw new RangeError(`search field ${name} is ${field.type}, not text or keyword`);
    return field;
  });
  return { fields, byName, searchFields: searched };
}
