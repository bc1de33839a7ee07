/**
 * Regular expressions that people write, on an engine whose time grows with the length of the text and with nothing else: RE2. On the
 * language's own engine one line can hold the process for ever. What RE2 does not have (looking around, back references) is refused.
 */
import { RE2JS, RE2JSException } from 're2js';

const MOST_CHARACTERS = 1_000;
/** Instructions that the pattern compiles to: what a character of a text costs. A date and a time need some 60. */
const MOST_INSTRUCTIONS = 250;
/** Instructions times characters that one text may cost: some 100 ms at the very worst. */
const MOST_WORK = 500_000;

/** Throws RangeError, in words for whoever wrote it, for a pattern that cannot be used. */
export class Pattern {
  readonly source: string;
  readonly #compiled: RE2JS;
  readonly #mostLookedAt: number;

  constructor(source: string) {
    this.source = source;
    this.#compiled = compiled(source);
    this.#mostLookedAt = Math.floor(MOST_WORK / this.#compiled.programSize());
  }

  /** Whether the text holds a match; of one of many thousand characters the beginning is looked at. Keeps nothing between calls. */
  test(text: string): boolean {
    return this.#compiled.test(text.length > this.#mostLookedAt ? text.slice(0, this.#mostLookedAt) : text);
  }
}

function compiled(source: string): RE2JS {
  if (source.length > MOST_CHARACTERS)
    throw new RangeError(`it is longer than ${MOST_CHARACTERS} characters`);
  // RE2 would take it for the letter k.
  if (/(?<!\\)(?:\\\\)*\\k/u.test(source)) throw new RangeError('RE2 has no back references (`\\k`)');
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(RE2JS.translateRegExp(source));
  } catch (error) {
    if (error instanceof RE2JSException) throw new RangeError(inWords(error.message), { cause: error });
    throw error;
  }
  if (pattern.programSize() > MOST_INSTRUCTIONS)
    throw new RangeError('it repeats so much that each line would take long: repeat less, or less often');
  return pattern;
}

function inWords(message: string): string {
  const what = /`(?:\(\?<?[=!]|\\[1-9])/u.test(message)
    ? 'RE2 looks neither ahead nor behind, and has no back references'
    : 'RE2 does not understand it';
  return `${what} (${message.replace(/^error parsing regexp: /u, '').slice(0, 120)})`;
}
