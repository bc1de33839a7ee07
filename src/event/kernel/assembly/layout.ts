/**
 * Memory of the kernel. Fixed areas come first; tables that grow with the rules are taken from the end of the memory, which grows. The
 * kernel runs in one thread, one call at a time, so every area is used anew for each call. Places of text within the input are offsets
 * from `INPUT`.
 */

/** Longest line that the kernel reads, in bytes. Longer ones are left to the plain way. */
export const LINE_MAX: u32 = 65_536;

/** Greatest number of bytes and of lines of one call. */
const INPUT_MAX: i32 = 2_097_152;
const LINES_MAX: i32 = 8_192;

/** Bytes behind the input that may be read, although nothing stands there: a block of 64 bytes, and 16 for a hash. */
const BEYOND: i32 = 256;

/** The lines of a call, as the source gave them. */
export const INPUT: usize = memory.data(INPUT_MAX + BEYOND, 64);
/** Start and end of each line in the input, u32 each. */
export const LINE_STARTS: usize = memory.data(LINES_MAX * 4, 8);
export const LINE_ENDS: usize = memory.data(LINES_MAX * 4, 8);

/** The state of each line, u8: `QUIET`, `WANTED` or `ODD`. */
export const STATES: usize = memory.data(LINES_MAX, 8);
/** The time of each line, f64, ms since epoch. NaN: the kernel could not read it. */
export const TIMES: usize = memory.data(LINES_MAX * 8, 8);
/** Index of the first hit, the first value and the first rule to try of each line, u32. One more stands behind the last line. */
export const HITS_FROM: usize = memory.data((LINES_MAX + 1) * 4, 8);
export const VALUES_FROM: usize = memory.data((LINES_MAX + 1) * 4, 8);
export const TRIED_FROM: usize = memory.data((LINES_MAX + 1) * 4, 8);

/** The line is sound, and no rule wants it. */
export const QUIET: u8 = 0;
/** The line is sound, and satisfies a rule, or may do so. */
export const WANTED: u8 = 1;
/** The kernel does not vouch for the line: the plain way decides what it is. */
export const ODD: u8 = 2;

/** Bytes of the area where texts are put to be read by the kernel, or are written anew without escapes. */
const SCRATCH_MAX: i32 = 262_144;
export const SCRATCH: usize = memory.data(SCRATCH_MAX + BEYOND, 64);
/** The second such area: a token in lower case. */
export const LOWERED: usize = memory.data(2_048, 64);

/** Takes `size` bytes, all zero, that are never given back. */
export function take(size: usize): usize {
  if (heap === 0) heap = __heap_base;
  const start = (heap + 63) & ~63;
  heap = start + size;
  const pages = <i32>((heap + 65_535) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  return start;
}

let heap: usize = 0;
