/**
 * Words of any script: the automaton of event/analysis/scan.ts over the same tables, with its limit of 255 units a token and its way on
 * after a place where no token begins. The tables are put into memory once a line has needed them (line-kernel.ts).
 */
import { LOWERED, take } from './layout';
import { FOLD, TOKEN, WIDE_TOKEN, find } from './texts';
import { hit, nextPosition } from './hits';

const TOKEN_UNITS: u32 = 255;
const CODE_POINTS: u32 = 0x110000;
const REPLACEMENT: u32 = 0xfffd;
/** Code points from here on have no case. */
const CASELESS_FROM: u32 = 0x1e944;

let classes: usize = 0;
let lowers: usize = 0;
let states: usize = 0;
let ends: usize = 0;
let width: u32 = 0;

/** Takes room for the tables and returns its place: class of each code point (u8), then the next states, then if a state may end. */
export function takeTables(classCount: u32, stateCount: u32): usize {
  width = classCount;
  classes = take(CODE_POINTS);
  states = take(classCount * stateCount);
  ends = take(stateCount);
  lowers = take(CASELESS_FROM * 4);
  return classes;
}
export function statesAt(): usize {
  return states;
}
export function endsAt(): usize {
  return ends;
}
export function lowersAt(): usize {
  return lowers;
}

let isNeeded: bool = false;

/** Returns true if there are tables; notes that they are needed if there are none. */
export function hasTables(): bool {
  if (classes === 0) isNeeded = true;
  return classes !== 0;
}

/** Returns true if a line was left to the plain way only because there are no tables. */
export function needsTables(): bool {
  return isNeeded && classes === 0;
}

let size: u32 = 0;

/**
 * Returns the code point at `at`; its length is then in `size`. Bytes that are not UTF-8 give some code point: their line is odd, which is
 * known only later.
 */
function decode(at: usize): u32 {
  const lead = <u32>load<u8>(at);
  if (lead < 0x80) {
    size = 1;
    return lead;
  }
  const second = (<u32>load<u8>(at, 1)) & 0x3f;
  if (lead < 0xe0) {
    size = 2;
    return ((lead & 0x1f) << 6) | second;
  }
  const third = (<u32>load<u8>(at, 2)) & 0x3f;
  if (lead < 0xf0) {
    size = 3;
    return ((lead & 0x0f) << 12) | (second << 6) | third;
  }
  size = 4;
  const codePoint = ((lead & 0x07) << 18) | (second << 12) | (third << 6) | ((<u32>load<u8>(at, 3)) & 0x3f);
  return codePoint < CODE_POINTS ? codePoint : REPLACEMENT;
}

/** Looks up the tokens of the UTF-8 [from, to) for the field in `lane`. */
export function lookUpWide(from: usize, to: usize, lane: u32): void {
  let start = from;
  while (start < to) {
    const stop = tokenEnd(start, to);
    if (stop > start) {
      lookUpToken(start, stop, lane);
      start = stop;
    } else start = afterFailure(start, to);
  }
}

let reached: usize = 0;

/** Returns the end of the longest token that begins at `start`, or `start`. `reached` is then where the automaton stopped. */
function tokenEnd(start: usize, to: usize): usize {
  let state: u32 = 1;
  let stop = start;
  let at = start;
  let units: u32 = 0;
  while (at < to) {
    const codePoint = decode(at);
    units += codePoint > 0xffff ? 2 : 1;
    if (units > TOKEN_UNITS) break;
    state = load<u8>(states + state * width + load<u8>(classes + codePoint));
    if (state === 0) break;
    at += size;
    if (load<u8>(ends + state) !== 0) stop = at;
  }
  reached = at;
  return stop;
}

/** As `afterFailure` of scan.ts: in a run of one ASCII character no token begins before the last 255. */
function afterFailure(start: usize, to: usize): usize {
  decode(start);
  const next = start + size;
  if (reached === start || size > 1) return next;
  const byte = load<u8>(start);
  let stop = next;
  while (stop < to && load<u8>(stop) === byte) stop++;
  return stop > next + TOKEN_UNITS ? stop - TOKEN_UNITS : next;
}

function lookUpToken(start: usize, stop: usize, lane: u32): void {
  let wide: bool = false;
  let to = LOWERED;
  for (let at = start; at < stop; at += size) {
    let codePoint = decode(at);
    if (codePoint < CASELESS_FROM) codePoint = load<u32>(lowers + (codePoint << 2));
    if (codePoint >= 0x80) wide = true;
    to = encode(codePoint, to);
  }
  const length = <u32>(to - LOWERED);
  const atom = wide ? find(LOWERED, length, 0, WIDE_TOKEN) : find(LOWERED, length, FOLD, TOKEN);
  const position = nextPosition();
  if (atom !== 0) hit(atom - 1, lane, position);
}

/** Writes a code point as UTF-8; returns the place behind it. */
export function encode(codePoint: u32, to: usize): usize {
  if (codePoint < 0x80) {
    store<u8>(to, <u8>codePoint);
    return to + 1;
  }
  if (codePoint < 0x800) {
    store<u8>(to, <u8>(0xc0 | (codePoint >> 6)));
    store<u8>(to, <u8>(0x80 | (codePoint & 0x3f)), 1);
    return to + 2;
  }
  if (codePoint < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (codePoint >> 12)));
    store<u8>(to, <u8>(0x80 | ((codePoint >> 6) & 0x3f)), 1);
    store<u8>(to, <u8>(0x80 | (codePoint & 0x3f)), 2);
    return to + 3;
  }
  store<u8>(to, <u8>(0xf0 | (codePoint >> 18)));
  store<u8>(to, <u8>(0x80 | ((codePoint >> 12) & 0x3f)), 1);
  store<u8>(to, <u8>(0x80 | ((codePoint >> 6) & 0x3f)), 2);
  store<u8>(to, <u8>(0x80 | (codePoint & 0x3f)), 3);
  return to + 4;
}
