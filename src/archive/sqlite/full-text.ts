/**
 * The full-text index (FTS5) in which older versions of Tocsin indexed events. Nothing is added to it; it serves searches until retention has
 * removed the events. SQLite's tokenizer takes letters, digits and all bytes beyond ASCII for parts of a token, and folds the case of
 * ASCII letters; the form of a token leaves it nothing to decide.
 */
import type { Field } from '../../event/event.ts';
import type { IndexQuery } from './candidates.ts';
import { KEYWORD_BYTES, keywordEnd } from './terms.ts';

/** A form in which words and values stand in the index. */
export interface TokenForm {
  /** Names the form in the fingerprint of an index. */
  readonly version: number;
  /** Returns the token of a word of a text field. */
  readonly word: (word: string) => string;
  /** Returns the token of a whole value of a keyword or long. */
  readonly exact: (field: Field, value: string) => string;
}

/** Text as it is, but for capitals and signs. Then hex digits, which came before. */
export const OLDER_FORMS: readonly TokenForm[] = [
  {
    version: 2,
    word: plain,
    exact(field, value) {
      const bytes = Buffer.from(value);
      const kept = bytes.toString('utf8', 0, keywordEnd(bytes, 0, bytes.length));
      return `ƀ${plain(field.name)}ƀ${plain(kept)}`;
    },
  },
  {
    version: 1,
    word: hex,
    exact: (field, value) =>
      `k${hex(field.name)}z${Buffer.from(value).subarray(0, KEYWORD_BYTES).toString('hex')}`,
  },
];

/** Added to the code of a capital or a sign, so that the tokenizer keeps it. */
const KEPT_FROM = 0x100;
const CAPITALS_AND_SIGNS = /[^0-9a-z\u0080-\u{10ffff}]/gu;

function plain(text: string): string {
  return text.replace(CAPITALS_AND_SIGNS, (char) => String.fromCharCode(KEPT_FROM + char.charCodeAt(0)));
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}

/** Returns an FTS5 MATCH expression for tokens of a form, or undefined if the index does not narrow the search. */
export function fullTextMatch(query: IndexQuery | undefined, form: TokenForm): string | undefined {
  switch (query?.kind) {
    case undefined:
    case 'range':
      return undefined;
    case 'all': {
      const parts = query.parts.map((part) => fullTextMatch(part, form)).filter((part) => part !== undefined);
      return parts.length === 0 ? undefined : `(${parts.join(' AND ')})`;
    }
    case 'any': {
      const parts = query.parts.map((part) => fullTextMatch(part, form));
      return parts.includes(undefined) ? undefined : `(${parts.join(' OR ')})`;
    }
    case 'word':
      return quoted(form.word(query.text), query.isPrefix);
    case 'exact':
      return quoted(form.exact(query.field, query.text), query.isPrefix);
  }
}

function quoted(token: string, isPrefix: boolean): string {
  return isPrefix ? `"${token}" *` : `"${token}"`;
}
