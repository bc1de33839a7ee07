/**
 * The terms of values in the index. Two values may have one term, since the matcher decides on each event, but no value has two. A prefix of
 * a value gives a prefix of its term.
 */
import type { Field, Schema } from '../../event/event.ts';

/** Version of the index in its fingerprint. The versions before are those of `OLDER_FORMS`. */
const VERSION = 3;

/** Bytes of a keyword that its term keeps. The matcher separates longer keywords with the same beginning. */
export const KEYWORD_BYTES = 64;

/** The owner of words of text fields. */
export const WORDS = 0;

/** Returns the owner of the terms of the whole values of a field. */
export function ownerOf(field: Field, schema: Schema): number {
  return 1 + schema.fields.indexOf(field);
}

/** Returns true if each value of the field has a term of its own. */
export function isExact(field: Field): boolean {
  return field.type === 'keyword' || field.type === 'long';
}

/** Returns where the part of a keyword ends that its term keeps. No character is cut. */
export function keywordEnd(bytes: Uint8Array, from: number, to: number): number {
  if (to - from <= KEYWORD_BYTES) return to;
  let end = from + KEYWORD_BYTES;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return end;
}

/**
 * Returns a text that identifies the meaning of the index. Events that were indexed under a text that a search does not know are read
 * without the index.
 */
export function indexFingerprint(schema: Schema, version = VERSION): string {
  return JSON.stringify([version, schema.fields.map((f) => [f.name, f.type, f.paths, f.normalise ?? null])]);
}
