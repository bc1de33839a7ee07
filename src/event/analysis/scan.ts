/**
 * The token scanner: Lucene's StandardTokenizer as an automaton over classes of code points. It runs on strings and on UTF-8 bytes with the
 * same tables. It gives ranges only, so that a caller that compares bytes makes no strings.
 */
import { ACCEPTING, CLASSES, CLASS_RUNS, NEXT_STATES } from './tables.ts';

/** Longest token in UTF-16 units. A longer token is cut there, and the rest is the next token. */
const TOKEN_UNITS = 255;
const START = 1;
const DEAD = 0;

const classOf = expandRuns(Buffer.from(CLASS_RUNS, 'base64'));
const next = Uint8Array.from(Buffer.from(NEXT_STATES, 'base64'));
const accepting = Uint8Array.from(ACCEPTING, Number);

/** The automaton: class of each code point, next state by state and class, 1 for each state in which a token may end. */
export const wordTables = { classOf, classes: CLASSES, next, accepting } as const;

function expandRuns(runs: Uint8Array): Uint8Array {
  const classes = new Uint8Array(0x110000);
  let codePoint = 0;
  for (let i = 0; i < runs.length;) {
    const cls = runs[i]!;
    i += 1;
    let length = 0;
    for (let weight = 1, more = true; more; weight *= 128, i += 1) {
      length += (runs[i]! % 128) * weight;
      more = runs[i]! >= 128;
    }
    classes.fill(cls, codePoint, codePoint + length);
    codePoint += length;
  }
  return classes;
}

/** Calls `token` with the range [start, end) of each token of a string, in UTF-16 units. Lone surrogates belong to no token. */
export function scanText(text: string, token: (start: number, end: number) => void): void {
  const length = text.length;
  let start = 0;
  while (start < length) {
    const limit = Math.min(length, start + TOKEN_UNITS);
    let state = START;
    let end = start;
    let at = start;
    while (at < limit) {
      const unit = text.charCodeAt(at);
      const surrogate = unit >= 0xd800 && unit < 0xe000;
      const codePoint = surrogate ? text.codePointAt(at)! : unit;
      const after = at + (codePoint > 0xffff ? 2 : 1);
      if (after > limit) break;
      state = next[state * CLASSES + classOf[codePoint]!]!;
      if (state === DEAD) break;
      at = after;
      if (accepting[state] === 1) end = at;
    }
    if (end > start) {
      token(start, end);
      start = end;
    } else start = at === start ? start + 1 : afterFailure(text, start, length);
  }
}

/**
 * Returns where to go on if no token begins at `start`. Going on at the next unit is right, since the rest of a character belongs to no
 * token. In a run of one repeated unit, the next starts lead to no token either, as long as everything that a token may span lies in the
 * run. They are skipped, so a line of underscores costs one pass and not one pass for each of them.
 */
function afterFailure(units: string | Uint8Array, start: number, to: number): number {
  const unit = units[start];
  let end = start + 1;
  while (end < to && units[end] === unit) end += 1;
  return Math.max(start + 1, end - TOKEN_UNITS);
}

/**
 * Calls `token` with the range [start, end) of each token of UTF-8 bytes. Bytes that are not UTF-8 belong to no token, like the U+FFFD that
 * stands for them in text.
 */
export function scanBytes(
  bytes: Uint8Array,
  from: number,
  to: number,
  token: (start: number, end: number) => void,
): void {
  let start = from;
  while (start < to) {
    let state = START;
    let end = start;
    let at = start;
    let units = 0;
    while (at < to) {
      const byte = bytes[at]!;
      let codePoint = byte;
      let size = 1;
      if (byte >= 0x80) {
        const decoded = decodeAt(bytes, at, to);
        codePoint = decoded >> 3;
        size = decoded & 7;
      }
      units += codePoint > 0xffff ? 2 : 1;
      if (units > TOKEN_UNITS) break;
      state = next[state * CLASSES + classOf[codePoint]!]!;
      if (state === DEAD) break;
      at += size;
      if (accepting[state] === 1) end = at;
    }
    if (end > start) {
      token(start, end);
      start = end;
    } else start = at === start ? start + 1 : afterFailure(bytes, start, to);
  }
}

const INVALID = (0xfffd << 3) | 1;

/** Returns the code point that begins at a byte from 0x80 on, times 8, plus its length in bytes. Gives U+FFFD of one byte if there is none. */
function decodeAt(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at]!;
  if (lead < 0xc2 || lead > 0xf4) return INVALID;
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + size > to) return INVALID;
  let codePoint = lead & (0x7f >> size);
  for (let i = 1; i < size; i += 1) {
    const byte = bytes[at + i]!;
    if ((byte & 0xc0) !== 0x80) return INVALID;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  const overlong = (size === 3 && codePoint < 0x800) || (size === 4 && codePoint < 0x10000);
  const surrogate = codePoint >= 0xd800 && codePoint < 0xe000;
  return overlong || surrogate || codePoint > 0x10ffff ? INVALID : (codePoint << 3) | size;
}
