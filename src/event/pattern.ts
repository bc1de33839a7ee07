/**
 * Regular expressions that people write. They are those of RE2, whose time grows only with the length of the text. On JavaScript's own
 * engine, one line could hold the process for ever; it runs only those that are proven to be linear there (linear-pattern.ts). Features
 * that RE2 lacks (looking around, back references) are refused.
 */
import { RE2JS, RE2JSException } from 're2js';
import { linearPattern, type LinearPattern } from './linear-pattern.ts';
import type { Slices } from './slices.ts';

/** How great a pattern may be, and what it may use. */
export interface PatternLimits {
  readonly charactersMax: number;
  /** Greatest number of instructions of a compiled pattern; a character of a text costs that much at worst. */
  readonly instructionsMax: number;
  /** Looking behind is no part of RE2; `re2js` does it in linear time as well, and slowly. */
  readonly flags: number;
}

/** A pattern as people write it. A date and a time need about 60 instructions. */
const WRITTEN: PatternLimits = { charactersMax: 1_000, instructionsMax: 250, flags: 0 };
/** A pattern that was put together from parts that have a name. */
export const PUT_TOGETHER: PatternLimits = {
  charactersMax: 20_000,
  instructionsMax: 5_000,
  flags: RE2JS.LOOKBEHINDS,
};

/** Characters beyond a part in which the end of a match is looked for. */
const LOOK_BEYOND_MAX = 1_000;
/** Greatest cost of one text, instructions times characters: about 100 ms at worst. */
const WORK_MAX = 500_000;
/** The same for `groups`, of whose texts nothing may be left out. */
const GROUPS_WORK_MAX = 2_000_000;
/** Longest text for JavaScript's engine, in UTF-16 units: it keeps the ways not yet tried on a stack of 64 MiB. */
const LINEAR_UNITS_MAX = 250_000;
/** Longest text in which it tries a pattern at each place though that is linear from one place alone: no longer than RE2 takes at worst. */
const EACH_PLACE_UNITS_MAX = 1_000;

/** A compiled pattern. Throws RangeError, in words for its author, for a pattern that cannot be used. */
export class Pattern {
  readonly source: string;
  readonly #compiled: RE2JS;
  readonly #lookedAtMax: number;
  readonly #groupNumbers: readonly (readonly [name: string, number: number])[];
  #linear: LinearPattern | undefined | 'unknown' = 'unknown';

  constructor(source: string, limits = WRITTEN) {
    this.source = source;
    this.#compiled = compiled(source, limits);
    this.#groupNumbers = Object.entries(this.#compiled.namedGroups());
    this.#lookedAtMax = Math.floor(WORK_MAX / this.#compiled.programSize());
  }

  /** The names of its groups, in the order in which they begin. */
  get groupNames(): readonly string[] {
    return this.#groupNumbers.map(([name]) => name);
  }

  /** The number of characters up to which `groups` surely takes a text. */
  get groupsUnitsMax(): number {
    const linear = this.#linearPattern();
    if (linear?.from === 'anywhere') return LINEAR_UNITS_MAX;
    return linear === undefined ? this.#re2UnitsMax : Math.max(this.#re2UnitsMax, EACH_PLACE_UNITS_MAX);
  }

  get #re2UnitsMax(): number {
    return Math.floor(GROUPS_WORK_MAX / this.#compiled.programSize());
  }

  /** Returns the texts of the named groups of the first match, without the groups that took no part in it; undefined if there is no match. */
  groups(text: string): Record<string, string> | 'too long' | undefined {
    const linear = this.#linearPattern();
    const match = linear === undefined ? 'unknown' : matchOf(linear, text);
    if (match === 'none') return undefined;
    if (match !== 'unknown') return this.#named((number) => match[number]);
    if (text.length > this.#re2UnitsMax) return 'too long';
    const matcher = this.#compiled.matcher(text);
    return matcher.find() ? this.#named((number) => matcher.group(number)) : undefined;
  }

  /** Returns the end of the first match; undefined if there is none, or if the text is too long. */
  endOfMatch(text: string): number | undefined {
    const linear = this.#linearPattern();
    const match = linear === undefined ? 'unknown' : matchOf(linear, text);
    if (match === 'none') return undefined;
    if (match !== 'unknown') return match.index + match[0].length;
    if (text.length > this.#re2UnitsMax) return undefined;
    const matcher = this.#compiled.matcher(text);
    return matcher.find() ? matcher.end() : undefined;
  }

  #named(groupOf: (number: number) => string | null | undefined): Record<string, string> {
    const groups: Record<string, string> = {};
    for (const [name, number] of this.#groupNumbers) {
      const found = groupOf(number);
      if (typeof found === 'string') groups[name] = found;
    }
    return groups;
  }

  /** The analysis takes some milliseconds, so it waits for the first text. */
  #linearPattern(): LinearPattern | undefined {
    if (this.#linear === 'unknown') this.#linear = linearPattern(this.source);
    return this.#linear;
  }

  /** Returns true if the text holds a match. Looks only at the beginning of a text of many thousand characters. Keeps no state between calls. */
  test(text: string): boolean {
    return this.#compiled.test(text.length > this.#lookedAtMax ? text.slice(0, this.#lookedAtMax) : text);
  }

  /**
   * Returns the text with `by` in place of each match of at least one character. A long text is handled in parts, so a match of more than
   * some thousand characters may be found only in part. Throws RangeError where the result grows far beyond `unitsMax`.
   */
  *replacing(text: string, by: string, unitsMax = Infinity): Slices<string> {
    let result = '';
    let at = 0;
    while (at < text.length) {
      if (result.length > unitsMax) throw new RangeError(`the text grows beyond ${unitsMax} characters`);
      const part = text.slice(at, at + this.#lookedAtMax + LOOK_BEYOND_MAX);
      const isLast = at + part.length >= text.length;
      const { shown, end } = this.#replaced(part, by, isLast ? part.length : this.#lookedAtMax);
      result += shown;
      at += end;
      if (!isLast) yield;
    }
    return result;
  }

  /** Replaces matches that begin before `max`. `end`: how far the part has been read. */
  #replaced(part: string, by: string, max: number): { readonly shown: string; readonly end: number } {
    const matcher = this.#compiled.matcher(part);
    let shown = '';
    let end = 0;
    while (matcher.find() && matcher.start() < max) {
      if (matcher.end() === matcher.start()) continue;
      shown += part.slice(end, matcher.start()) + by;
      end = matcher.end();
    }
    const until = Math.max(end, max);
    return { shown: shown + part.slice(end, until), end: until };
  }
}

type Match = RegExpExecArray | 'none' | 'unknown';

/** Returns `unknown` where RE2 has to say it. */
function matchOf(linear: LinearPattern, text: string): Match {
  if (text.length > LINEAR_UNITS_MAX) return 'unknown';
  if (linear.from === 'anywhere' || text.length <= EACH_PLACE_UNITS_MAX) return execOf(linear.regExp, text);
  // A match at the beginning is the leftmost one.
  const match = execOf(linear.atBegin, text);
  return match === 'none' && !(linear.beginsLine && !text.includes('\n')) ? 'unknown' : match;
}

/** Returns `unknown` where the ways not yet tried are too many for the stack of the engine. */
function execOf(regExp: RegExp, text: string): Match {
  try {
    return regExp.exec(text) ?? 'none';
  } catch (error) {
    if (error instanceof RangeError) return 'unknown';
    throw error;
  }
}

/** Escapes a `]` that stands first in a class. RE2 takes it for a member, JavaScript, whose notation is translated, for the end. */
function withEscapedEnds(source: string): string {
  return source.replaceAll(/\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]?/gu, (piece) =>
    piece.replace(/^(\[\^?)\]/u, '$1\\]'),
  );
}

function compiled(source: string, { charactersMax, instructionsMax, flags }: PatternLimits): RE2JS {
  if (source.length > charactersMax) throw new RangeError(`it is longer than ${charactersMax} characters`);
  // RE2 would read it as the letter k.
  if (/(?<!\\)(?:\\\\)*\\k/u.test(source)) throw new RangeError('RE2 has no back references (`\\k`)');
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(RE2JS.translateRegExp(withEscapedEnds(source)), flags);
  } catch (error) {
    if (error instanceof RE2JSException) throw new RangeError(inWords(error.message), { cause: error });
    throw error;
  }
  if (pattern.programSize() > instructionsMax)
    throw new RangeError('it repeats so much that each line would take long: repeat less, or less often');
  return pattern;
}

function inWords(message: string): string {
  const what = /`(?:\(\?<?[=!]|\\[1-9])/u.test(message)
    ? 'RE2 looks neither ahead nor behind, and has no back references'
    : 'RE2 does not understand it';
  return `${what} (${message.replace(/^error parsing regexp: /u, '').slice(0, 120)})`;
}
