/**
 * Tells from the bytes of a line of JSON how JSON.stringify would write its document: as the line is written, or otherwise. Nothing is
 * parsed. A line of which this cannot be told is `OTHER`.
 */
import { DEPTH_LIMIT, KEY_BYTES_MAX } from './flattened.ts';

/** JSON.stringify gives the line itself. */
export const SAME = 0;
/** JSON.stringify gives another text: without blanks, without escapes that need not be, or with other forms of numbers. */
export const RESPELT = 1;
/** The document has to be made: a key may occur twice or move, a text may be written otherwise, or `flattened` may alter the document. */
export const OTHER = 2;
export type Spelling = typeof SAME | typeof RESPELT | typeof OTHER;

/** A number that JSON.stringify writes as `text`. It stands in [from, to). */
export interface OddNumber {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Keys of one line. With more of them the document is made. */
const KEYS_MAX = 512;
/** An open table of the keys of a line: hash, and number of the object that has the key. Half of it at most is used. */
const SLOTS = 2 * KEYS_MAX;
const hashes = new Int32Array(SLOTS);
const objects = new Float64Array(SLOTS);
/** Objects of all lines are numbered from 1 on, so that the table need not be emptied. */
let lastObject = 0;
let firstOfLine = 1;
let keys = 0;
/** The number of each open object, 0 for an open list. */
const open = new Float64Array(DEPTH_LIMIT + 1);
/** Escapes of the line that JSON.stringify would not write. */
let needlessEscapes = 0;

/**
 * `bytes`: UTF-8. [from, to): a sound JSON object without control characters. Adds numbers that JSON.stringify writes otherwise to
 * `oddNumbers`, in order.
 */
export function spellingOf(bytes: Buffer, from: number, to: number, oddNumbers: OddNumber[]): Spelling {
  firstOfLine = lastObject + 1;
  keys = 0;
  needlessEscapes = 0;
  let hasBlanks = false;
  let depth = 0;
  let wantsKey = false;
  let at = from;
  while (at < to) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = wantsKey ? keyEnd(bytes, at + 1, open[depth]!) : textEnd(bytes, at + 1);
      wantsKey = false;
    } else if (byte === 0x2c) {
      wantsKey = open[depth] !== 0;
      at += 1;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (depth === DEPTH_LIMIT) return OTHER;
      depth += 1;
      wantsKey = byte === 0x7b;
      open[depth] = wantsKey ? (lastObject += 1) : 0;
      at += 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      at += 1;
    } else if (byte === MINUS || isDigit(byte)) at = numberEnd(bytes, at, oddNumbers);
    else {
      if (byte === 0x20) hasBlanks = true;
      at += 1;
    }
    if (at < 0) return OTHER;
  }
  return hasBlanks || needlessEscapes + oddNumbers.length > 0 ? RESPELT : SAME;
}

/** Returns the place behind the quote that ends a text; -1 if JSON.stringify may write the text as it is or otherwise. */
function textEnd(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    at += 1;
    if (byte !== BACKSLASH) continue;
    const escaped = bytes[at]!;
    at += 1;
    // `/`, and code units that need no escape. Control characters and halves of pairs have only this form.
    if (escaped === 0x2f) needlessEscapes += 1;
    else if (escaped === 0x75) {
      if (mayNeedEscape(bytes, at)) return -1;
      needlessEscapes += 1;
    }
  }
}

/** Returns true for the four digits of a control character or of half a pair. */
function mayNeedEscape(bytes: Buffer, at: number): boolean {
  const first = bytes[at]!;
  if (first === ZERO) return bytes[at + 1] === ZERO && bytes[at + 2]! < 0x32;
  return (first | 0x20) === 0x64 && bytes[at + 1]! > 0x37;
}

/**
 * Returns the place behind the quote that ends a key of an object; -1 if the object may have the key already, or would be written in
 * another order: keys that look like an index come first. The key may be too long to be kept, or have another form.
 */
function keyEnd(bytes: Buffer, from: number, object: number): number {
  if (isDigit(bytes[from]!)) return -1;
  let hash = 0x811c9dc5 | 0;
  let at = from;
  for (let byte = bytes[at]!; byte !== QUOTE; byte = bytes[at]!) {
    if (byte === BACKSLASH) return -1;
    hash = Math.imul(hash ^ byte, 0x01000193);
    at += 1;
  }
  return at - from <= KEY_BYTES_MAX && isNew(hash, object) ? at + 1 : -1;
}

/** Adds a key to its object. Returns false if one of the same hash is there, or if there is no room. */
function isNew(hash: number, object: number): boolean {
  if (keys === KEYS_MAX) return false;
  keys += 1;
  let slot = (hash ^ (hash >>> 15) ^ Math.imul(object, 0x9e3779b1)) & (SLOTS - 1);
  while (objects[slot]! >= firstOfLine) {
    if (objects[slot] === object && hashes[slot] === hash) return false;
    slot = (slot + 1) & (SLOTS - 1);
  }
  objects[slot] = object;
  hashes[slot] = hash;
  return true;
}

/** A decimal of so many digits is the shortest one of its double. */
const DIGITS_SURE = 15;
/** Below 1e-6, JSON.stringify writes an exponent. */
const SMALL_DIGITS_MAX = 6;

/** Returns the place behind a number. Adds the number to `odd` if JSON.stringify writes it otherwise. */
function numberEnd(bytes: Buffer, from: number, odd: OddNumber[]): number {
  const whole = bytes[from] === MINUS ? from + 1 : from;
  const point = digitsEnd(bytes, whole);
  const hasFraction = bytes[point] === 0x2e;
  const end = hasFraction ? digitsEnd(bytes, point + 1) : point;
  if ((bytes[end]! | 0x20) === 0x65 || end - whole > DIGITS_SURE) return oddNumberEnd(bytes, from, end, odd);
  const isZero = bytes[whole] === ZERO;
  const isShortest = hasFraction
    ? bytes[end - 1] !== ZERO && !(isZero && end - point > SMALL_DIGITS_MAX + 1)
    : !isZero || whole === from;
  return isShortest ? end : oddNumberEnd(bytes, from, end, odd);
}

function digitsEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (isDigit(bytes[at]!)) at += 1;
  return at;
}

/** The same for a number that may be odd. `behind`: a place in it, or its end. */
function oddNumberEnd(bytes: Buffer, from: number, behind: number, odd: OddNumber[]): number {
  let to = behind;
  for (let byte = bytes[to]!; isDigit(byte) || '+-eE'.includes(String.fromCharCode(byte)); byte = bytes[to]!)
    to += 1;
  const written = bytes.toString('latin1', from, to);
  const text = JSON.stringify(Number(written));
  if (text !== written) odd.push({ from, to, text });
  return to;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}
