/** The values of a line that stand at configured paths, in the order of the line. The values of one path stand together. */
import { HAS_BACKSLASHES, BACKSLASHES, anyIn } from './masks';

const PATHS_MAX: i32 = 1_024;
/** Greatest number of values of one call. */
const VALUES_MAX: u32 = 262_144;
/** A value: start and end of its text in the input, kind and path. */
const VALUE: u32 = 12;
export const VALUES: usize = memory.data(262_144 * 12, 64);

/** The kinds of a value. `ESCAPED` is a text with escapes. */
export const TEXT: u32 = 0;
export const ESCAPED: u32 = 1;
export const NUMBER: u32 = 2;
export const BOOLEAN: u32 = 3;
const KIND: u32 = 3;
/** Beside the kind: a step has made the text, which stands in its own place (steps.ts). */
export const MADE: u32 = 4;
/** Beside the kind: a step has still to change the value. */
export const RAW: u32 = 8;

/** For each path the last line that had a value there, its first value and the number of its values. */
const LINES: usize = memory.data(PATHS_MAX * 4, 8);
const FIRSTS: usize = memory.data(PATHS_MAX * 4, 8);
const COUNTS: usize = memory.data(PATHS_MAX * 4, 8);

/** Number of values so far, of all lines of the call. */
export let valueCount: u32 = 0;

/** A value found no room. */
export let isOutOfRoom: bool = false;

export function goBackToValue(count: u32): void {
  valueCount = count;
}

export function forgetLines(): void {
  valueCount = 0;
  isOutOfRoom = false;
  memory.fill(LINES, 0, PATHS_MAX * 4);
}

/** Keeps a value; returns false if there is no room for it. */
export function keepValue(line: u32, path: u32, kind: u32, start: u32, end: u32): bool {
  if (valueCount === VALUES_MAX) {
    isOutOfRoom = true;
    return false;
  }
  const place = VALUES + valueCount * VALUE;
  store<u32>(place, start);
  store<u32>(place, end, 4);
  store<u32>(place, path | (kind << 16), 8);
  const slot = path << 2;
  if (load<u32>(LINES + slot) === line) store<u32>(COUNTS + slot, load<u32>(COUNTS + slot) + 1);
  else {
    store<u32>(LINES + slot, line);
    store<u32>(FIRSTS + slot, valueCount);
    store<u32>(COUNTS + slot, 1);
  }
  valueCount += 1;
  return true;
}

/** Returns how many values a path has in a line. */
export function countAt(line: u32, path: u32): u32 {
  return load<u32>(LINES + (path << 2)) === line ? load<u32>(COUNTS + (path << 2)) : 0;
}

/** Returns the place of the first value of a path that has values in this line. Further values follow. */
export function firstAt(path: u32): usize {
  return VALUES + load<u32>(FIRSTS + (path << 2)) * VALUE;
}

export function nextValue(value: usize): usize {
  return value + VALUE;
}

export function startOf(value: usize): u32 {
  return load<u32>(value);
}

export function endOf(value: usize): u32 {
  return load<u32>(value, 4);
}

export function kindOf(value: usize): u32 {
  return (load<u32>(value, 8) >> 16) & KIND;
}

export function isMade(value: usize): bool {
  return (load<u32>(value, 8) & (MADE << 16)) !== 0;
}

export function isRaw(value: usize): bool {
  return (load<u32>(value, 8) & (RAW << 16)) !== 0;
}

/** Puts a value in place of another at the same path. `kind`: with `MADE` and `RAW`. */
export function replaceValue(value: usize, start: u32, end: u32, kind: u32): void {
  store<u32>(value, start);
  store<u32>(value, end, 4);
  store<u32>(value, (load<u32>(value, 8) & 0xffff) | (kind << 16), 8);
}

/** Returns the kind of a text in a line with these findings. Its range is counted from the start of the line. */
export function kindOfText(findings: u32, from: u32, to: u32): u32 {
  return (findings & HAS_BACKSLASHES) !== 0 && anyIn(BACKSLASHES, from, to) ? ESCAPED : TEXT;
}
