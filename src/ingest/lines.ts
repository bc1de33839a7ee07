/**
 * Bytes into lines: where each line of a block begins and ends, for every source that reads plain bytes. It never decodes a byte, so
 * invalid UTF-8 passes untouched, and never holds more of a line than the limit. Blank lines are passed over, and so are NULs before a
 * line: the hole that copying and truncating a log leaves under a writer that goes on at its old place.
 */
import type { Batch, Position } from '../event/batch.ts';

/** A longer line is cut to this many bytes; the rest of it is skipped. */
export const LINE_MAX_BYTES = 1 << 20;
/** What a batch holds at most. */
const BATCH_LINES_MAX = 2_000;
/** A block of this size shows a line of the greatest length together with its line end. */
export const BLOCK_BYTES = LINE_MAX_BYTES + 2;

const NUL = 0;
const LF = 10;
const CR = 13;

/**
 * Lines of one stretch of bytes; line `i` is `bytes[starts[i], ends[i])`, and `next` is the offset after the last of them and the blank
 * ones around them. There may be none: then all were blank.
 */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
  readonly next: number;
  readonly cutLines: number;
}

export interface Splitting {
  /** What follows the last LF is a line too, unless there is nothing but NULs. */
  readonly last?: boolean;
  /** Blank lines are lines: of an event of several lines they are a part. */
  readonly keepBlank?: boolean;
}

/**
 * The complete lines of `block[from…]`, at most MAX_BATCH_LINES, without LF or CR LF; undefined when no line is complete.
 * `offsetOfBlock` is the offset of `block[0]`.
 */
export function splitLines(
  block: Buffer,
  from: number,
  offsetOfBlock: number,
  { last = false, keepBlank = false }: Splitting = {},
): Lines | undefined {
  const starts = new Uint32Array(BATCH_LINES_MAX);
  const ends = new Uint32Array(BATCH_LINES_MAX);
  let count = 0;
  let cutLines = 0;
  let next = from;
  while (count < BATCH_LINES_MAX && next < block.length) {
    const start = afterNuls(block, next);
    const lf = block.indexOf(LF, start);
    if (lf < 0 && (!last || start === block.length)) break;
    const stop = lf < 0 ? block.length : lf;
    const end = stop > start && block[stop - 1] === CR ? stop - 1 : stop;
    next = Math.min(stop + 1, block.length);
    if (end === start && !keepBlank) continue;
    const isLong = end - start > LINE_MAX_BYTES;
    starts[count] = start;
    ends[count] = isLong ? wholeCharacters(block, start, start + LINE_MAX_BYTES) : end;
    if (isLong) cutLines++;
    count++;
  }
  if (next === from) return undefined;
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) offsets[i] = offsetOfBlock + starts[i]!;
  return {
    bytes: block,
    starts: starts.slice(0, count),
    ends: ends.slice(0, count),
    offsets,
    next: offsetOfBlock + next,
    cutLines,
  };
}

/** One line that was too long: its first MAX_LINE_BYTES, and the offset after its line end. */
export function cutLine(head: Buffer, offset: number, next: number): Lines {
  return {
    bytes: head,
    starts: Uint32Array.of(0),
    ends: Uint32Array.of(wholeCharacters(head, 0, Math.min(head.length, LINE_MAX_BYTES))),
    offsets: Float64Array.of(offset),
    next,
    cutLines: 1,
  };
}

/** Index of the first byte from `from` on that is no NUL. */
export function afterNuls(block: Buffer, from: number): number {
  let at = from;
  while (at < block.length && block[at] === NUL) at++;
  return at;
}

/** `end`, or a little less where it would cut a character of UTF-8. */
function wholeCharacters(bytes: Buffer, start: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= start; back++) {
    const byte = bytes[end - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? end - back : end;
  }
  return end;
}

/** What a batch needs beside its lines. */
export interface BatchOrigin {
  readonly source: string;
  readonly partition: number;
  readonly readAtMs: number;
  readonly next: Position;
  readonly atEnd: boolean;
  readonly writtenByMs?: number;
}

export function toBatch(lines: Lines, origin: BatchOrigin): Batch {
  const { bytes, starts, ends, offsets, cutLines } = lines;
  return { ...origin, bytes, starts, ends, offsets, cutLines };
}
