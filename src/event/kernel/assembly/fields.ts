/**
 * The fields in which rules look for texts. For each, the values at the first of its paths that has any are looked up: the tokens of a text
 * field, the whole values of the others. A value whose meaning takes more than a look at its bytes makes the line odd.
 */
import { INPUT, SCRATCH } from './layout';
import { HAS_CODES, HAS_WIDE, WIDE, anyIn } from './masks';
import {
  BOOLEAN,
  ESCAPED,
  NUMBER,
  TEXT,
  countAt,
  endOf,
  firstAt,
  isMade,
  kindOf,
  nextValue,
  startOf,
} from './values';
import { WHOLE, find } from './texts';
import { hit, leaveGap } from './hits';
import { lookUpTokens, lookUpTokensOfText } from './tokens';
import { hasTables, lookUpWide } from './unicode';
import { unescape } from './escapes';

/** Greatest number of fields, and of paths of one field. */
const FIELDS_MAX: i32 = 31;
const PATHS_A_FIELD_MAX: i32 = 32;

/** The ways to look at a field. */
const AS_TEXT: u8 = 0;
const AS_NORMALISED_TEXT: u8 = 1;
const AS_KEYWORD: u8 = 2;
const AS_UPPER: u8 = 3;
const AS_LOWER: u8 = 4;
const AS_LONG: u8 = 5;
const AS_DOUBLE: u8 = 6;
const AS_BOOLEAN: u8 = 7;

/** Longest keyword in bytes that surely has at most 8,191 units. */
const KEYWORD_MAX: u32 = 8_191;
/** A whole number, or a fraction, of so many digits is written one way only. */
const DIGITS_MAX: u32 = 15;

const WAYS: usize = memory.data(FIELDS_MAX, 8);
const PATH_COUNTS: usize = memory.data(FIELDS_MAX * 4, 8);
const FIELD_PATHS: usize = memory.data(FIELDS_MAX * PATHS_A_FIELD_MAX * 4, 8);

let fields: u32 = 0;
let line: usize = 0;
let findings: u32 = 0;

/** Adds a field and returns its lane. */
export function addField(way: u8): u32 {
  store<u8>(WAYS + fields, way);
  fields += 1;
  return fields - 1;
}

export function addFieldPath(lane: u32, path: u32): void {
  const count = load<u32>(PATH_COUNTS + (lane << 2));
  store<u32>(FIELD_PATHS + ((lane * PATHS_A_FIELD_MAX + count) << 2), path);
  store<u32>(PATH_COUNTS + (lane << 2), count + 1);
}

/** Looks up the values of all fields. Returns false for an odd line. */
export function lookUpFields(start: usize, serial: u32, found: u32): bool {
  line = start;
  findings = found;
  for (let lane: u32 = 0; lane < fields; lane++) {
    const way = load<u8>(WAYS + lane);
    const paths = load<u32>(PATH_COUNTS + (lane << 2));
    for (let i: u32 = 0; i < paths; i++) {
      const path = load<u32>(FIELD_PATHS + ((lane * PATHS_A_FIELD_MAX + i) << 2));
      let count = countAt(serial, path);
      if (count === 0) continue;
      for (let value = firstAt(path); count > 0; count--, value = nextValue(value)) {
        const fine = way <= AS_NORMALISED_TEXT ? lookUpText(value, way, lane) : lookUpWhole(value, way, lane);
        if (!fine) return false;
      }
      break;
    }
  }
  return true;
}

function lookUpText(value: usize, way: u8, lane: u32): bool {
  leaveGap();
  const from = startOf(value);
  const to = endOf(value);
  if (isMade(value)) {
    // The masks are those of the line.
    if (way === AS_NORMALISED_TEXT || !hasTables()) return false;
    lookUpWide(INPUT + from, INPUT + to, lane);
    return true;
  }
  const start = <u32>(INPUT + from - line);
  const stop = <u32>(INPUT + to - line);
  const wide = (findings & HAS_WIDE) !== 0 && anyIn(WIDE, start, stop);
  const coded = (findings & HAS_CODES) !== 0 && kindOf(value) === ESCAPED;
  if (!wide && !coded) {
    const isText = kindOf(value) <= ESCAPED;
    return isText ? lookUpTokensOfText(line, start, stop, lane) : lookUpTokens(line, start, stop, lane);
  }
  if (way === AS_NORMALISED_TEXT || !hasTables()) return false;
  if (kindOf(value) === ESCAPED) lookUpWide(SCRATCH, unescape(INPUT + from, INPUT + to), lane);
  else lookUpWide(INPUT + from, INPUT + to, lane);
  return true;
}

function lookUpWhole(value: usize, way: u8, lane: u32): bool {
  let from = INPUT + startOf(value);
  let to = INPUT + endOf(value);
  const kind = kindOf(value);
  if (way >= AS_LONG) {
    if (!isPlain(from, to, kind, way)) return false;
  } else {
    if (kind === ESCAPED) {
      to = unescape(from, to);
      from = SCRATCH;
    }
    if (<u32>(to - from) > KEYWORD_MAX) return false;
    if (way !== AS_KEYWORD) {
      if (!changeCase(from, to, way)) return false;
      to = SCRATCH + (to - from);
      from = SCRATCH;
    }
  }
  const atom = find(from, <u32>(to - from), 0, WHOLE);
  if (atom !== 0) hit(atom - 1, lane, 0);
  return true;
}

/** Writes ASCII in one case to `SCRATCH`; returns false for other texts. */
function changeCase(from: usize, to: usize, way: u8): bool {
  const first: u8 = way === AS_UPPER ? 0x61 : 0x41;
  for (let at = from, out = SCRATCH; at < to; at++, out++) {
    const byte = load<u8>(at);
    if (byte >= 0x80) return false;
    store<u8>(out, <u8>(byte - first) < 26 ? byte ^ 0x20 : byte);
  }
  return true;
}

/** Returns true for a value of a number or boolean field whose text is that of its value. */
function isPlain(from: usize, to: usize, kind: u32, way: u8): bool {
  if (way === AS_BOOLEAN) {
    if (kind === BOOLEAN) return true;
    return kind === TEXT && isTrueOrFalse(from, <u32>(to - from));
  }
  if (kind !== NUMBER && kind !== TEXT) return false;
  let at = from;
  if (at < to && load<u8>(at) === 0x2d) at++;
  const whole = digitsFrom(at, to);
  if (whole === 0 || whole > DIGITS_MAX) return false;
  const isZero = load<u8>(at) === 0x30;
  if (isZero && (whole > 1 || at > from)) return false;
  at += whole;
  if (at === to) return true;
  if (way === AS_LONG || isZero || load<u8>(at) !== 0x2e) return false;
  const fraction = digitsFrom(at + 1, to);
  return (
    fraction > 0 && whole + fraction <= DIGITS_MAX && at + 1 + fraction === to && load<u8>(to - 1) !== 0x30
  );
}

function digitsFrom(from: usize, to: usize): u32 {
  let at = from;
  while (at < to && <u8>(load<u8>(at) - 0x30) < 10) at++;
  return <u32>(at - from);
}

function isTrueOrFalse(text: usize, length: u32): bool {
  if (length === 4) return load<u32>(text) === 0x65757274;
  return length === 5 && load<u8>(text) === 0x66 && load<u32>(text, 1) === 0x65736c61;
}
