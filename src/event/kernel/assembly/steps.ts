/**
 * The steps that a source has behind `json`: they change the values of a line before anybody looks them up. What a value becomes is looked
 * up in tables, which are filled from outside with what lines have had. A line with a value that no table knows is odd.
 */
import { INPUT, SCRATCH } from './layout';
import { HAS_CODES } from './masks';
import { hasNestedLists } from './json';
import { isVisited } from './paths';
import { find } from './texts';
import {
  ESCAPED,
  MADE,
  NUMBER,
  RAW,
  TEXT,
  countAt,
  endOf,
  firstAt,
  isMade,
  keepValue,
  kindOf,
  nextValue,
  replaceValue,
  startOf,
} from './values';

/** A step: what it does, its path, the node of the path, and one thing more. u32 each. */
const STEP: u32 = 16;
const STEPS_MAX: i32 = 4_096;
export const STEPS: usize = memory.data(STEPS_MAX * 16, 8);

/** Puts the text of a number in place of the value at the path, or adds it. */
const SET: u32 = 0;
/** As `SET`, with the first text or number at another path, if there is one. */
const COPY: u32 = 1;
/** Changes all values at the path by the table of a number. */
const CHANGE: u32 = 2;
/** Notes that values at the path will be changed when they are asked for. */
const LATER: u32 = 3;
/** Texts at the path have no white space at their ends. */
const TRIMMED: u32 = 4;
/** The line has no `\u`. */
const NO_CODES: u32 = 5;

/** Texts that are put in place of others, one behind the other; for each its start and end, counted from `INPUT`, and its kind. */
const MADE_BYTES: u32 = 262_144;
const MADE_TEXTS: usize = memory.data(262_144 + 256, 64);
const MADE_MAX: u32 = 8_192;
const MADE_PLACES: usize = memory.data(8_192 * 12, 8);
/** In a table in place of the number of a text: there is none, so lines with the value are odd. */
const NO_MADE: u32 = MADE_MAX;
let madeCount: u32 = 0;
let madeBytes: u32 = 0;

/** Values that no table knows: table, start, end, kind. u32 each. */
const UNKNOWN: u32 = 16;
const UNKNOWN_MAX: u32 = 64;
export const UNKNOWNS: usize = memory.data(64 * 16, 8);
export let unknownCount: u32 = 0;

/** Longest value that a table has, in bytes. */
const KNOWN_MAX: u32 = 256;

/** Adds the text of `length` bytes at the start of `SCRATCH`. Returns its number; 0 if there is no room. */
export function addMade(kind: u32, length: u32): u32 {
  if (madeCount + 1 === MADE_MAX || length > MADE_BYTES - madeBytes) return 0;
  madeCount += 1;
  const at = MADE_TEXTS + madeBytes;
  memory.copy(at, SCRATCH, length);
  madeBytes += length;
  const place = MADE_PLACES + madeCount * 12;
  store<u32>(place, <u32>(at - INPUT));
  store<u32>(place, <u32>(at + length - INPUT), 4);
  store<u32>(place, kind | MADE, 8);
  return madeCount;
}

/** Returns the kind of text that values of a kind are in a table (texts.ts). */
export function textOfTable(table: u32, kind: u32): u64 {
  return (<u64>((table << 2) | kind) + 1) * 0xd6e8feb86659fd93;
}

export function forgetUnknown(): void {
  unknownCount = 0;
}

/** Does the steps [from, to) on the values of a line. Returns false for an odd line. */
export function applySteps(from: u32, to: u32, serial: u32, findings: u32): bool {
  for (let step = STEPS + from * STEP; step < STEPS + to * STEP; step += STEP) {
    const what = load<u32>(step);
    let fine: bool = true;
    if (what === SET) fine = putMade(step, serial);
    else if (what === COPY) fine = copy(step, serial);
    else if (what === NO_CODES) fine = (findings & HAS_CODES) === 0;
    else fine = changeAll(step, what, serial);
    if (!fine) return false;
  }
  return true;
}

function putMade(step: usize, serial: u32): bool {
  const place = MADE_PLACES + load<u32>(step, 12) * 12;
  return put(step, serial, load<u32>(place), load<u32>(place, 4), load<u32>(place, 8));
}

function copy(step: usize, serial: u32): bool {
  const path = load<u32>(step, 12);
  let count = countAt(serial, path);
  if (count === 0) return true;
  for (let value = firstAt(path); count > 0; count--, value = nextValue(value)) {
    const kind = kindOf(value);
    if (kind > NUMBER) continue;
    const made: u32 = isMade(value) ? MADE : 0;
    return put(step, serial, startOf(value), endOf(value), (kind === ESCAPED ? ESCAPED : TEXT) | made);
  }
  return true;
}

/** Puts a value in place of the one at the path, or adds it. An object, null or a list at the path makes the line odd. */
function put(step: usize, serial: u32, start: u32, end: u32, kind: u32): bool {
  const path = load<u32>(step, 4);
  const count = countAt(serial, path);
  if (count === 0) {
    if (isVisited(load<u32>(step, 8), serial)) return false;
    return keepValue(serial, path, kind, start, end);
  }
  if (count > 1) return false;
  replaceValue(firstAt(path), start, end, kind);
  return true;
}

/** A list within a list is changed by no step, and here it does not show any more. */
function changeAll(step: usize, what: u32, serial: u32): bool {
  const path = load<u32>(step, 4);
  let count = countAt(serial, path);
  if (count === 0) return true;
  if (hasNestedLists) return false;
  for (let value = firstAt(path); count > 0; count--, value = nextValue(value)) {
    if (what === LATER)
      replaceValue(value, startOf(value), endOf(value), kindOf(value) | madeBit(value) | RAW);
    else if (what === TRIMMED) {
      if (kindOf(value) <= ESCAPED && mayHaveSpace(value)) return false;
    } else if (!change(value, load<u32>(step, 12))) return false;
  }
  return true;
}

function madeBit(value: usize): u32 {
  return isMade(value) ? MADE : 0;
}

function change(value: usize, table: u32): bool {
  const start = startOf(value);
  const length = endOf(value) - start;
  const kind = kindOf(value);
  if (length > KNOWN_MAX) return false;
  const found = find(INPUT + start, length, 0, textOfTable(table, kind));
  if (found === 0) {
    noteUnknown(table, value);
    return false;
  }
  // The number 0 stands for the value as it is.
  if (found === 1) return true;
  if (found - 1 === NO_MADE) return false;
  const place = MADE_PLACES + (found - 1) * 12;
  replaceValue(value, load<u32>(place), load<u32>(place, 4), load<u32>(place, 8));
  return true;
}

function noteUnknown(table: u32, value: usize): void {
  const start = startOf(value);
  const length = endOf(value) - start;
  const kind = kindOf(value) | madeBit(value);
  for (let i: u32 = 0; i < unknownCount; i++) {
    const known = UNKNOWNS + i * UNKNOWN;
    if (load<u32>(known) !== table || load<u32>(known, 12) !== kind) continue;
    const other = load<u32>(known, 4);
    if (load<u32>(known, 8) - other !== length) continue;
    if (memory.compare(INPUT + other, INPUT + start, length) === 0) return;
  }
  if (unknownCount === UNKNOWN_MAX) return;
  const place = UNKNOWNS + unknownCount * UNKNOWN;
  store<u32>(place, table);
  store<u32>(place, start, 4);
  store<u32>(place, start + length, 8);
  store<u32>(place, kind, 12);
  unknownCount += 1;
}

/** Returns false only for a text that surely has no white space at an end: its first and last byte are neither blanks nor part of an escape. */
function mayHaveSpace(value: usize): bool {
  const from = INPUT + startOf(value);
  const to = INPUT + endOf(value);
  if (from === to) return false;
  if (isSpace(load<u8>(from)) || isSpace(load<u8>(to - 1))) return true;
  if (to - from >= 2 && mayBeSpace(load<u8>(from), load<u8>(from, 1))) return true;
  if (kindOf(value) === ESCAPED) return load<u8>(from) === 0x5c || endsEscaped(from, to);
  if (to - from >= 2 && mayBeSpace(load<u8>(to - 2), 0x80)) return true;
  return to - from >= 3 && mayBeSpace(load<u8>(to - 3), load<u8>(to - 2));
}

function isSpace(byte: u8): bool {
  return byte <= 0x20;
}

/** White space beyond ASCII begins with C2, E1, E2, E3 or EF: the texts of most scripts do not. */
function mayBeSpace(lead: u8, second: u8): bool {
  if (lead === 0xe3) return second === 0x80;
  return lead === 0xc2 || lead === 0xe1 || lead === 0xe2 || lead === 0xef;
}

/** Looks for a backslash among the last bytes, which an escape at the end has. */
function endsEscaped(from: usize, to: usize): bool {
  for (let at = to > from + 6 ? to - 6 : from; at < to; at++)
    if (load<u8>(at) === 0x5c || load<u8>(at) >= 0x80) return true;
  return false;
}
