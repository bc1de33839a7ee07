/**
 * The forms in which words and values stand in the full-text index. SQLite's tokenizer takes letters, digits and all bytes beyond ASCII
 * for parts of a token, and folds the case of ASCII letters; a form leaves it nothing to decide. Two texts may have one token, since the
 * matcher decides on each event, but no text has two. A prefix of a text gives a prefix of its token.
 */
import type { Field } from '../../event/event.ts';

/** Bytes of a keyword that its token keeps. The matcher separates longer keywords with the same beginning. */
export const KEYWORD_BYTES = 64;

export interface TokenForm {
  /** Names the form in the fingerprint of an index. */
  readonly version: number;
  /** Returns the token of a word of a text field. */
  readonly word: (word: string) => string;
  /** Returns the token of a whole value of a keyword or long. */
  readonly exact: (field: Field, value: string) => string;
}

/** The form of new events: text as it is, but for capitals and signs. */
export const plainForm: TokenForm = {
  version: 2,
  word: plain,
  exact(field, value) {
    const bytes = Buffer.from(value);
    return exactBeginning(field) + plain(bytes.toString('utf8', 0, keywordEnd(bytes, 0, bytes.length)));
  },
};

/** The form of events that older versions of Tocsin indexed: hex digits. */
export const hexForm: TokenForm = {
  version: 1,
  word: hex,
  exact: (field, value) =>
    `k${hex(field.name)}z${Buffer.from(value).subarray(0, KEYWORD_BYTES).toString('hex')}`,
};

/** Returns the beginning that the tokens of all values of a field have in common. Hardly a word begins so. */
export function exactBeginning(field: Field): string {
  return `ƀ${plain(field.name)}ƀ`;
}

/** Returns where the part of a keyword ends that its token keeps. No character is cut. */
export function keywordEnd(bytes: Uint8Array, from: number, to: number): number {
  if (to - from <= KEYWORD_BYTES) return to;
  let end = from + KEYWORD_BYTES;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return end;
}

/** Added to the code of a capital or a sign, so that the tokenizer keeps it. */
const KEPT_FROM = 0x100;

function plain(text: string): string {
  return text.replace(CAPITALS_AND_SIGNS, (char) => String.fromCharCode(KEPT_FROM + char.charCodeAt(0)));
}

const CAPITALS_AND_SIGNS = /[^0-9a-z\u0080-\u{10ffff}]/gu;

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
