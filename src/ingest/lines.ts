/**
 * Splits bytes into lines: finds where each line of a block begins and ends, for every source that reads plain bytes. No byte is decoded,
 * so bytes that are not of the encoding pass unchanged. No more of a line than LINE_MAX_BYTES is ever held. Blank lines are passed over. NULs before a line
 * are passed over too: when a log is copied and truncated, they fill the hole before a writer that goes on at its old offset.
 */
import type { Batch, GarbledLines, Origins, Position } from '../event/batch.ts';
import { BYTES, type CodeUnits } from './encoding/code-units.ts';

/** A longer line is cut to this many bytes. The rest of the line is skipped. */
export const LINE_MAX_BYTES = 1 << 20;
/** A batch holds at most this many lines. */
const BATCH_LINES_MAX = 2_000;
/** A block of this size holds a line of the greatest length together with its line end (CR LF in UTF-16), and half a unit before it. */
export const BLOCK_BYTES = LINE_MAX_BYTES + 5;

/**
 * The lines of one stretch of bytes. Line `i` is `bytes[starts[i], ends[i])`. `next` is the offset after the last line and the blank lines
 * around it. There may be no line at all: then all lines were blank.
 */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
  readonly next: number;
  readonly cutLines: number;
  readonly garbled?: GarbledLines | undefined;
}

export interface Splitting {
  /** The bytes after the last LF are a line too, unless all of them are NULs. */
  readonly last?: boolean;
  /** Blank lines are kept as lines, because they may be a part of an event of several lines. */
  readonly keepBlank?: boolean;
  /** The code units of the text; bytes by default. */
  readonly units?: CodeUnits;
}

/**
 * Returns the complete lines of `block[from…]`, at most BATCH_LINES_MAX, without LF or CR LF; undefined when no line is complete.
 * `offsetOfBlock` is the offset of `block[0]`.
 */
export function splitLines(
  block: Buffer,
  from: number,
  offsetOfBlock: number,
  { last = false, keepBlank = false, units = BYTES }: Splitting = {},
): Lines | undefined {
  const starts = new Uint32Array(BATCH_LINES_MAX);
  const ends = new Uint32Array(BATCH_LINES_MAX);
  let count = 0;
  let cutLines = 0;
  let next = from;
  while (count < BATCH_LINES_MAX && next < block.length) {
    const start = units.afterNuls(block, next, offsetOfBlock);
    const lf = units.lineEnd(block, start, offsetOfBlock);
    if (lf < 0 && (!last || start === block.length)) break;
    const stop = lf < 0 ? block.length : lf;
    const end = units.isReturn(block, start, stop) ? stop - units.width : stop;
    next = Math.min(stop + units.width, block.length);
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

/** Returns a line that was too long, as the only line. `head` holds its first LINE_MAX_BYTES; `next` is the offset after its line end. */
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

/** Returns `end`, or up to 3 less where `end` would cut a character of UTF-8 in two. */
export function wholeCharacters(bytes: Buffer, start: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= start; back++) {
    const byte = bytes[end - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? end - back : end;
  }
  return end;
}

/** The fields that a batch has beside its lines. */
export interface BatchOrigin {
  readonly source: string;
  readonly partition: number;
  readonly readAtMs: number;
  readonly next: Position;
  readonly atEnd: boolean;
  readonly writtenByMs?: number;
  readonly origins?: Origins;
}

export function toBatch(lines: Lines, origin: BatchOrigin): Batch {
  const { bytes, starts, ends, offsets, cutLines, garbled } = lines;
  return { ...origin, bytes, starts, ends, offsets, cutLines, ...(garbled !== undefined && { garbled }) };
}
