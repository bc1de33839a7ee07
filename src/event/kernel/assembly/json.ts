/**
 * Reads a line as JSON and keeps the values at configured paths. Every line that it accepts is JSON as JSON.parse reads it. It accepts no
 * line in which the meaning of a path depends on more than one place: a key that occurs twice, a path through a list of objects, an
 * escaped key. Those lines are few, and the plain way reads them.
 */
import { INPUT } from './layout';
import { BACKSLASHES, DIGITS, HAS_BACKSLASHES, QUOTES, anyIn } from './masks';
import { firstGuess, guessNext, guessed, lengthOf, nextGuess, nodeBehind } from './guesses';
import { ROOT, follow, isInner, pathAt, visit } from './paths';
import { BOOLEAN, NUMBER, keepValue, kindOfText } from './values';

const DEPTH_MAX: u32 = 32;

let line: usize = 0;
let end: usize = 0;
let number: u32 = 0;
let findings: u32 = 0;
/** A list in a list stands at a path of the line. */
export let hasNestedLists: bool = false;

/** Reads the line [start, stop). `serial` is another for each line of a call. Returns false for a line that it does not accept. */
export function readJson(start: usize, stop: usize, serial: u32, found: u32): bool {
  line = start;
  end = stop;
  number = serial;
  findings = found;
  hasNestedLists = false;
  let at = skipSpace(start);
  if (at >= end || load<u8>(at) !== 0x7b) return false;
  at = object(at + 1, ROOT, 0);
  return at !== 0 && skipSpace(at) === end;
}

/** Returns the place of the next quote from `at` on, or the end of the line. */
function nextQuote(at: usize): usize {
  // The mask is read from the byte that has the bit, so that a short text takes no loop.
  let offset = <u32>(at - line);
  let bits = load<u64>(QUOTES + (offset >> 3)) >> (offset & 7);
  if (bits !== 0) return at + <usize>ctz(bits);
  offset = (offset & ~7) + 64;
  bits = load<u64>(QUOTES + (offset >> 3));
  while (bits === 0) {
    offset += 64;
    bits = load<u64>(QUOTES + (offset >> 3));
  }
  return line + offset + <u32>ctz(bits);
}

/** Control characters have been refused, so only blanks are left of white space. Behind the line stands what does not count. */
function skipSpace(at: usize): usize {
  while (load<u8>(at) === 0x20 && at < end) at++;
  return at;
}

/** Reads an object from behind its brace on. Returns the place behind it, or 0. `node` is 0 if no path goes through the object. */
function object(from: usize, node: u32, depth: u32): usize {
  if (depth === DEPTH_MAX) return 0;
  let at = skipSpace(from);
  if (at < end && load<u8>(at) === 0x7d) return at + 1;
  let place = firstGuess(node);
  while (true) {
    if (at >= end || load<u8>(at) !== 0x22) return 0;
    const key = at + 1;
    let child: u32 = 0;
    // A guess may be right by what stands behind the line. Then no value is left to read.
    const guess: usize = node === 0 ? 0 : guessed(place, node, key);
    if (guess !== 0) {
      child = nodeBehind(guess);
      place = nextGuess(guess);
      at = key + lengthOf(guess);
    } else {
      const stop = nextQuote(key);
      if (stop >= end) return 0;
      if (node !== 0) {
        if (isEscaped(key, stop)) return 0;
        child = follow(node, key, <u32>(stop - key));
        place = guessNext(place, node, key, <u32>(stop - key), child);
      }
      at = skipSpace(stop + 1);
      if (load<u8>(at) !== 0x3a || at >= end) return 0;
      at += 1;
    }
    at = value(skipSpace(at), child, depth);
    if (at === 0) return 0;
    at = skipSpace(at);
    if (at >= end) return 0;
    const byte = load<u8>(at);
    if (byte === 0x7d) return at + 1;
    if (byte !== 0x2c) return 0;
    at = skipSpace(at + 1);
  }
}

function isEscaped(from: usize, to: usize): bool {
  return (findings & HAS_BACKSLASHES) !== 0 && anyIn(BACKSLASHES, <u32>(from - line), <u32>(to - line));
}

/** Reads a value of a key. */
function value(at: usize, node: u32, depth: u32): usize {
  if (node !== 0 && !visit(node, number)) return 0;
  const path = node === 0 ? 0 : pathAt(node);
  if (at >= end) return 0;
  const byte = load<u8>(at);
  if (byte === 0x7b) return object(at + 1, node !== 0 && isInner(node) ? node : 0, depth + 1);
  if (byte === 0x5b) return list(at + 1, node !== 0 && isInner(node), path, depth + 1);
  return scalar(at, byte, path);
}

/** Reads a list from behind its bracket on. `noObjects`: a path would go on in its objects, which this reader leaves to the plain way. */
function list(from: usize, noObjects: bool, path: u32, depth: u32): usize {
  if (depth === DEPTH_MAX) return 0;
  let at = skipSpace(from);
  if (at < end && load<u8>(at) === 0x5d) return at + 1;
  while (true) {
    if (at >= end) return 0;
    const byte = load<u8>(at);
    if (byte === 0x7b) at = noObjects ? 0 : object(at + 1, 0, depth + 1);
    else if (byte === 0x5b) {
      if (path !== 0) hasNestedLists = true;
      at = list(at + 1, noObjects, path, depth + 1);
    } else at = scalar(at, byte, path);
    if (at === 0) return 0;
    at = skipSpace(at);
    if (at >= end) return 0;
    const next = load<u8>(at);
    if (next === 0x5d) return at + 1;
    if (next !== 0x2c) return 0;
    at = skipSpace(at + 1);
  }
}

/** Reads a text, a number, true, false or null. `path` is that of the value plus 1, 0 if it has none. */
function scalar(at: usize, byte: u8, path: u32): usize {
  if (byte === 0x22) {
    const stop = nextQuote(at + 1);
    if (stop >= end) return 0;
    if (path === 0) return stop + 1;
    const kind = kindOfText(findings, <u32>(at + 1 - line), <u32>(stop - line));
    return keep(path, kind, at + 1, stop) ? stop + 1 : 0;
  }
  if (byte === 0x2d || <u8>(byte - 0x30) < 10) {
    const stop = numberEnd(at);
    if (stop === 0 || path === 0) return stop;
    return keep(path, NUMBER, at, stop) ? stop : 0;
  }
  return word(at, byte, path);
}

function keep(path: u32, kind: u32, from: usize, to: usize): bool {
  return keepValue(number, path - 1, kind, <u32>(from - INPUT), <u32>(to - INPUT));
}

/** Returns the place behind a number, or 0 if it is none of JSON's. */
function numberEnd(from: usize): usize {
  let at = from;
  if (load<u8>(at) === 0x2d) at++;
  const first = load<u8>(at);
  if (!isDigit(first)) return 0;
  at = first === 0x30 ? at + 1 : digitsEnd(at);
  if (load<u8>(at) === 0x2e) {
    at++;
    if (!isDigit(load<u8>(at))) return 0;
    at = digitsEnd(at);
  }
  if ((load<u8>(at) | 0x20) === 0x65) {
    at++;
    const sign = load<u8>(at);
    if (sign === 0x2b || sign === 0x2d) at++;
    if (!isDigit(load<u8>(at))) return 0;
    at = digitsEnd(at);
  }
  return at < end ? at : 0;
}

/** Returns the place behind the digits that begin at `from`, or one behind the line. */
function digitsEnd(from: usize): usize {
  if (from >= end) return end;
  const offset = <u32>(from - line);
  const others = ~(load<u64>(DIGITS + (offset >> 3)) >> (offset & 7));
  const count = <u32>ctz(others);
  let at = from + count;
  if (count < 57) return at;
  while (isDigit(load<u8>(at))) at++;
  return at;
}

function isDigit(byte: u8): bool {
  return <u8>(byte - 0x30) < 10;
}

const TRUE: u32 = 0x65757274;
const ALSE: u32 = 0x65736c61;
const NULL: u32 = 0x6c6c756e;

function word(at: usize, byte: u8, path: u32): usize {
  const four = load<u32>(at);
  let stop: usize = 0;
  if (four === NULL) stop = at + 4;
  else if (four === TRUE) stop = at + 4;
  else if (byte === 0x66 && load<u32>(at, 1) === ALSE) stop = at + 5;
  if (stop === 0 || stop >= end) return 0;
  if (path === 0 || four === NULL) return stop;
  return keep(path, BOOLEAN, at, stop) ? stop : 0;
}
