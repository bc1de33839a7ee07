/** Card numbers: digits in groups that have the first digits, the length and the checksum of an issuer. */
import type { Slices } from '../slices.ts';

/** Groups of digits, with one or two blanks, a hyphen or a dot between two groups. Only whole groups make a number. */
const DIGIT_RUN = /[\d０-９]+(?:(?:[ \u00a0\u2000-\u200a\u202f\u3000]{1,2}|[-.\u2010-\u2015])[\d０-９]+)*/gu;
const FULL_WIDTH = /[０-９]/gu;
const CARD_DIGITS_MAX = 19;
const CARD_DIGITS_MIN = 13;

/** Replaces each card number by `[card]`. Interruptible. */
export function* maskCards(text: string): Slices<string> {
  yield;
  let shown = '';
  let end = 0;
  for (const { 0: run, index } of text.matchAll(DIGIT_RUN)) {
    if (run.length < CARD_DIGITS_MIN) continue;
    const plain = run.replace(FULL_WIDTH, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0));
    shown += text.slice(end, index) + (yield* withoutCards(run, plain));
    end = index + run.length;
  }
  return shown + text.slice(end);
}

const GROUPS_AT_ONCE = 500;

/** `plain`: `run` with all digits in ASCII. */
function* withoutCards(run: string, plain: string): Slices<string> {
  let shown = '';
  let end = 0;
  for (let group = 0, at = 0; at < run.length; group += 1) {
    const cardEnd = endOfCard(plain, at);
    if (cardEnd !== undefined) {
      shown += `${run.slice(end, at)}[card]`;
      end = cardEnd;
    }
    at = beginOfGroup(plain, cardEnd ?? endOfGroup(plain, at));
    if (group % GROUPS_AT_ONCE === 0) yield;
  }
  return shown + run.slice(end);
}

function endOfGroup(run: string, begin: number): number {
  let at = begin;
  while (at < run.length && isDigit(run, at)) at += 1;
  return at;
}

function beginOfGroup(run: string, end: number): number {
  let at = end;
  while (at < run.length && !isDigit(run, at)) at += 1;
  return at;
}

/** Returns the end of the longest card number that begins with the group at `begin`; undefined if there is none. */
function endOfCard(run: string, begin: number): number | undefined {
  let digits = '';
  let dots = 0;
  let end: number | undefined;
  for (let at = begin; at <= run.length; at += 1) {
    if (at < run.length && isDigit(run, at)) {
      if (digits.length === CARD_DIGITS_MAX) return end;
      digits += run[at]!;
      continue;
    }
    // Digits with a single dot are a fraction.
    if (isDigit(run, at - 1) && digits.length >= CARD_DIGITS_MIN && dots !== 1 && isCard(digits)) end = at;
    if (run[at] === '.') dots += 1;
  }
  return end;
}

function isDigit(run: string, at: number): boolean {
  const char = run[at]!;
  return char >= '0' && char <= '9';
}

/** First digits and lengths of Visa, Mastercard, American Express, UnionPay, Discover, JCB, Diners Club and Maestro. */
const ISSUERS: readonly (readonly [RegExp, readonly number[]])[] = [
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
    ISSUERS.some(([begins, lengths]) => lengths.includes(digits.length) && begins.test(digits)) &&
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
