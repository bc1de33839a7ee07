/**
 * What log lines hold of people and of access to things, each kind found in a time that grows with the text and nothing else. What one
 * kind leaves behind (`[card]`, `[token]` …) none finds again.
 */
import type { Slices } from '../slices.ts';
import { maskTokens } from './tokens.ts';

export const maskKinds = ['cards', 'tokens', 'emails', 'phones'] as const;
export type MaskKind = (typeof maskKinds)[number];

/** Interruptible where one text can take long. */
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

/** Digits in groups, a blank or a hyphen between two: only whole groups make a number. */
const digitRun = /\d+(?:[ -]\d+)*/gu;
const longestCard = 19;
const shortestCard = 13;

function* maskCards(text: string): Slices<string> {
  yield;
  let shown = '';
  let end = 0;
  for (const { 0: run, index } of text.matchAll(digitRun)) {
    if (run.length < shortestCard) continue;
    shown += text.slice(end, index) + (yield* withoutCards(run));
    end = index + run.length;
  }
  return shown + text.slice(end);
}

const groupsAtOnce = 500;

function* withoutCards(run: string): Slices<string> {
  let shown = '';
  let end = 0;
  for (let group = 0, at = 0; at < run.length; group += 1) {
    const cardEnd = endOfCard(run, at);
    if (cardEnd !== undefined) {
      shown += `${run.slice(end, at)}[card]`;
      end = cardEnd;
    }
    at = (cardEnd ?? endOfGroup(run, at)) + 1;
    if (group % groupsAtOnce === 0) yield;
  }
  return shown + run.slice(end);
}

function endOfGroup(run: string, begin: number): number {
  let at = begin;
  while (at < run.length && isDigit(run, at)) at += 1;
  return at;
}

/** Where the longest card number ends that begins with the group there. */
function endOfCard(run: string, begin: number): number | undefined {
  let digits = '';
  let end: number | undefined;
  for (let at = begin; at <= run.length; at += 1) {
    if (at < run.length && isDigit(run, at)) {
      if (digits.length === longestCard) return end;
      digits += run[at]!;
    } else if (digits.length >= shortestCard && isCard(digits)) end = at;
  }
  return end;
}

function isDigit(run: string, at: number): boolean {
  const char = run[at]!;
  return char >= '0' && char <= '9';
}

/** First digits and lengths of Visa, Mastercard, American Express, UnionPay, Discover, JCB, Diners Club and Maestro. */
const issuers: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/u, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/u, [16]],
  [/^3[47]/u, [15]],
  [/^62/u, [16, 17, 18, 19]],
  [/^(?:6011|64[4-9]|65)/u, [16, 17, 18, 19]],
  [/^35(?:2[89]|[3-8])/u, [16, 17, 18, 19]],
  [/^(?:30[0-5]|3095|36|38|39)/u, [14, 15, 16, 17, 18, 19]],
  [/^(?:5018|5020|5038|5893|6304|6759|676[1-3])/u, [13, 14, 15, 16, 17, 18, 19]],
];

function isCard(digits: string): boolean {
  return (
    issuers.some(([begins, lengths]) => lengths.includes(digits.length) && begins.test(digits)) &&
    luhn(digits)
  );
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit : 2 * digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const ofName = /[\p{L}\p{M}\p{N}._%+'-]/u;
const ofHost = /^[\p{L}\p{M}\p{N}-]+(?:\.[\p{L}\p{M}\p{N}-]+)+/u;
/** Characters of a host name. */
const longestHost = 255;

/** As it stands in an address of the web, too. */
const atSign = /@|%40/gu;

/** From each `@` back over the name, and on over the host: each character is looked at a bounded number of times. */
function maskEmails(text: string): string {
  let shown = '';
  let end = 0;
  let begin = 0;
  for (const { 0: sign, index: at } of text.matchAll(atSign)) {
    const earliest = Math.max(end, begin);
    begin = at + sign.length;
    if (at < earliest) continue;
    let from = at;
    while (from > earliest && ofName.test(text[from - 1]!)) from -= 1;
    const host = ofHost.exec(text.slice(begin, begin + longestHost))?.[0];
    if (from === at || host === undefined) continue;
    shown += `${text.slice(end, from)}[email]`;
    end = begin + host.length;
  }
  return shown + text.slice(end);
}

/** Mobile numbers of China, with or without +86, and numbers with a country code. */
const phones =
  /(?<![A-Za-z\p{N}_+])(?:(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\+[1-9](?:[ -]?\(?\d\)?){6,14})(?![A-Za-z\p{N}_])/gu;

function maskPhones(text: string): string {
  return text.replace(phones, '[phone]');
}
