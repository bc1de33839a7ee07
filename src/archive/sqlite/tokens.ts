/**
 * The tokens of an event in the full-text index: the tokens of its text fields, and one token for each keyword or whole number. Tokens are
 * hex-encoded so that SQLite's tokenizer has nothing to decide. The index only narrows a search down; the matcher decides.
 */
import { tokenTexts } from '../../event/analysis/analyze.ts';
import type { Field, LogEvent, Schema } from '../../event/event.ts';

/**
 * Version of the index content. Raise it when other tokens are indexed: events that were indexed before are then read without the index.
 */
const VERSION = 1;

/** Bytes of a keyword that its token keeps. The matcher separates longer keywords with the same beginning. */
export const KEYWORD_BYTES = 64;

/** Returns true if each value of the field has a token of its own. */
export function isExact(field: Field): boolean {
  return field.type === 'keyword' || field.type === 'long';
}

/** Returns all tokens of an event, separated by spaces, each once. */
export function indexText(event: Pick<LogEvent, 'values'>, schema: Schema): string {
  const tokens = new Set<string>();
  for (const field of schema.fields) {
    if (!isIndexed(field)) continue;
    for (const value of event.values(field)) {
      if (field.type !== 'text') tokens.add(exactToken(field, String(value)));
      else for (const word of tokenTexts(String(value))) tokens.add(wordToken(word));
    }
  }
  return [...tokens].join(' ');
}

/** Returns true if values of the field have tokens. */
export function isIndexed(field: Field): boolean {
  return field.type === 'text' || isExact(field);
}

/** Returns the token of a word of a text field. A prefix of the word gives a prefix of the token. */
export function wordToken(word: string): string {
  return Buffer.from(word, 'utf8').toString('hex');
}

/**
 * Returns the token of a whole value of a field. A prefix of the value gives a prefix of the token. `k` and `z` are not hex digits, so the
 * token is never the token of a word.
 */
export function exactToken(field: Field, value: string): string {
  const bytes = Buffer.from(value, 'utf8').subarray(0, KEYWORD_BYTES);
  return exactBeginning(field) + bytes.toString('hex');
}

/** Returns the beginning that the tokens of all values of a field have in common. */
export function exactBeginning(field: Field): string {
  return `k${wordToken(field.name)}z`;
}

/** Returns a text that identifies the meaning of the index. Events that were indexed under another text are not looked up in the index. */
export function indexFingerprint(schema: Schema): string {
  return JSON.stringify([VERSION, schema.fields.map((f) => [f.name, f.type, f.paths, f.normalise ?? null])]);
}
