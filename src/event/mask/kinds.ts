/**
 * The kinds of personal data and of credentials in log lines. Finding a kind takes a time that grows only with the length of the text. The
 * marks that one kind leaves behind (`[card]`, `[token]` …) are found by no other kind.
 */
import type { Slices } from '../slices.ts';
import { backslashesBefore } from './backslashes.ts';
import { maskCards } from './cards.ts';
import { maskTokens } from './tokens.ts';

export const MASK_KINDS = ['cards', 'tokens', 'emails', 'phones'] as const;
export type MaskKind = (typeof MASK_KINDS)[number];

/** Masks one kind in a text. Interruptible if one text can take long. */
export const changes: Readonly<Record<MaskKind, (text: string) => Slices<string>>> = {
  cards: maskCards,
  tokens: inOneGo(maskTokens),
  emails: inOneGo(maskEmails),
  phones: inOneGo(maskPhones),
};

function inOneGo(change: (text: string) => string): (text: string) => Slices<string> {
  return function* (text) {
    yield;
    return change(text);
  };
}

const OF_NAME = /[\p{L}\p{M}\p{N}._%+'-]/u;
const OF_HOST = /^[\p{L}\p{M}\p{N}-]+(?:\.[\p{L}\p{M}\p{N}-]+)+/u;
/** Greatest number of characters of a host name. */
const HOST_LENGTH_MAX = 255;

/** The sign as a mail address has it, or as the address of a web page has it. */
const AT_SIGN = /@|%40/gu;

/** Goes from each `@` back over the name and on over the host. Each character is looked at a bounded number of times. */
function maskEmails(text: string): string {
  let shown = '';
  let end = 0;
  let begin = 0;
  for (const { 0: sign, index: at } of text.matchAll(AT_SIGN)) {
    const earliest = Math.max(end, begin);
    begin = at + sign.length;
    if (at < earliest) continue;
    const from = beginOfName(text, at, earliest);
    const host = OF_HOST.exec(text.slice(begin, begin + HOST_LENGTH_MAX))?.[0];
    if (from === at || host === undefined) continue;
    shown += `${text.slice(end, from)}[email]`;
    end = begin + host.length;
  }
  return shown + text.slice(end);
}

/** Greatest number of characters of a quoted name. */
const QUOTED_LENGTH_MAX = 64;
/** Backslashes before a quote: as many as texts within texts within texts have. */
const ESCAPES_MAX = 16;

/** Returns where the name of a mail address begins that ends at `end`. `"john doe"` is a name too, also if its quotes are escaped. */
function beginOfName(text: string, end: number, earliest: number): number {
  let from = end;
  if (text[end - 1] === '"') {
    const escapes = backslashesBefore(text, end - 1, earliest, ESCAPES_MAX);
    const last = end - 2 - escapes;
    const open = text.slice(Math.max(earliest, last - QUOTED_LENGTH_MAX), last + 1).lastIndexOf('"');
    if (open < 0) return end;
    const quote = Math.max(earliest, last - QUOTED_LENGTH_MAX) + open;
    return quote === last ? end : quote - backslashesBefore(text, quote, earliest, ESCAPES_MAX);
  }
  while (from > earliest && OF_NAME.test(text[from - 1]!)) from -= 1;
  return from;
}

/** Mobile numbers of China, with or without +86 or 0086, also after a word for a telephone; and numbers with a country code. */
const PHONES =
  /(?:(?<![A-Za-z\p{N}_+])|(?<=(?<![A-Za-z])(?:tel|phone|mobile|cell|fax|sms)_?))(?:(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\+[1-9](?:[ -]?\(?\d\)?){6,14})(?![A-Za-z\p{N}_])/giu;

function maskPhones(text: string): string {
  return text.replace(PHONES, '[phone]');
}
