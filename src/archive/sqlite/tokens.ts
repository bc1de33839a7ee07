/**
 * The tokens of an event in the full-text index: the tokens of its text fields, and one token for each keyword or whole number. The index
 * only narrows a search down; the matcher decides.
 */
import { tokenTexts } from '../../event/analysis/analyze.ts';
import type { Field, LogEvent, Schema } from '../../event/event.ts';
import { plainForm, type TokenForm } from './token-form.ts';

/** Returns true if each value of the field has a token of its own. */
export function isExact(field: Field): boolean {
  return field.type === 'keyword' || field.type === 'long';
}

/** Returns true if values of the field have tokens. */
export function isIndexed(field: Field): boolean {
  return field.type === 'text' || isExact(field);
}

/** Returns all tokens of an event, separated by spaces, each once. */
export function indexText(
  event: Pick<LogEvent, 'values'>,
  schema: Schema,
  form: TokenForm = plainForm,
): string {
  const tokens = new Set<string>();
  for (const field of schema.fields) {
    if (!isIndexed(field)) continue;
    for (const value of event.values(field)) {
      if (field.type !== 'text') tokens.add(form.exact(field, String(value)));
      else for (const word of tokenTexts(String(value))) tokens.add(form.word(word));
    }
  }
  return [...tokens].join(' ');
}

/**
 * Returns a text that identifies the meaning of the index. Events that were indexed under a text that a search does not know are read
 * without the index.
 */
export function indexFingerprint(schema: Schema, { version }: TokenForm = plainForm): string {
  return JSON.stringify([version, schema.fields.map((f) => [f.name, f.type, f.paths, f.normalise ?? null])]);
}
