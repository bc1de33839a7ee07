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
const KEYWORD_BYTES = 64;

/** The texts and the exact values of an event, as they go to the worker. The worker makes the tokens of the texts. */
export interface Indexable {
  readonly texts: readonly string[];
  /** Tokens of keywords and whole numbers, made by `exactToken`. */
  readonly exact: readonly string[];
}

/** Returns true if each value of the field has a token of its own. */
export function isExact(field: Field): boolean {
  return field.type === 'keyword' || field.type === 'long';
}

export function indexable(event: LogEvent, schema: Schema): Indexable {
  const texts: string[] = [];
  const exact: string[] = [];
  for (const field of schema.fields) {
    if (field.type === 'text') for (const value of event.values(field)) texts.push(String(value));
    if (isExact(field)) for (const value of event.values(field)) exact.push(exactToken(field, String(value)));
  }
  return { texts, exact };
}

/** Returns all tokens of an event, separated by spaces, each once. */
export function indexText(event: Indexable): string {
  const tokens = new Set(event.exact);
  for (const text of event.texts) for (const token of tokenTexts(text)) tokens.add(wordToken(token));
  return [...tokens].join(' ');
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
  return `k${wordToken(field.name)}z${bytes.toString('hex')}`;
}

/** Returns a text that identifies the meaning of the index. Events that were indexed under another text are not looked up in the index. */
export function indexFingerprint(schema: Schema): string {
  return JSON.stringify([VERSION, schema.fields.map((f) => [f.name, f.type, f.paths, f.normalise ?? null])]);
}
