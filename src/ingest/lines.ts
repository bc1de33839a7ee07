/**
 * Bytes into lines: where each line of a block begins and ends, for every source that reads plain bytes. It never decodes a byte, so
 * invalid UTF-8 passes untouched, and never holds more of a line than the limit.
 */
import type { Batch, Position } from '../event/batch.ts';

/** A longer line is cut to this many bytes; the rest of it is skipped. */
export const MAX_LINE_BYTES = 1 << 20;
/** What a batch holds at most. */
const MAX_BATCH_LINES = 2_000;
/** A block of this size shows a line of the greatest length together with its line end. */
export const BLOCK_BYTES = MAX_LINE_BYTES + 2;

const LF = 10;
const CR = 13;

/** Lines of one stretch of bytes; line `i` is `bytes[starts[i], ends[i])`, and `next` is the offset after the last of them. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
  readonly next: number;
  readonly cutLines: number;
}

/**
 * The complete lines of `block[from…]`, at most MAX_BATCH_LINES, without LF or CR LF; undefined when no line is complete.
 * `offsetOfBlock` is the offset of `block[0]`. With `last` what follows the last LF is a line too.
 */
export function splitLines(
  block: Buffer,
  from: number,
  offsetOfBlock: number,
  last = false,
): Lines | undefined {
  const starts = new Uint32Array(MAX_BATCH_LINES);
  const ends = new Uint32Array(MAX_BATCH_LINES);
  let count = 0;
  let cutLines = 0;
  let start = from;
  while (count < MAX_BATCH_LINES && start < block.length) {
    const lf = block.indexOf(LF, start);
    if (lf < 0 && !last) break;
    const stop = lf < 0 ? block.length : lf;
    const end = stop > start && block[stop - 1] === CR ? stop - 1 : stop;
    starts[count] = start;
    ends[count] = Math.min(end, start + MAX_LINE_BYTES);
    if (end - start > MAX_LINE_BYTES) cutLines++;
    count++;
    start = Math.min(stop + 1, block.length);
  }
  if (count === 0) return undefined;
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) offsets[i] = offsetOfBlock + starts[i]!;
  return {
    bytes: block,
    starts: starts.slice(0, count),
    ends: ends.slice(0, count),
    offsets,
    next: offsetOfBlock + start,
    cutLines,
  };
}

/** One line that was too long: its first MAX_LINE_BYTES, and the offset after its line end. */
export function cutLine(head: Buffer, offset: number, next: number): Lines {
  return {
    bytes: head,
    starts: Uint32Array.of(0),
    ends: Uint32Array.of(Math.min(head.length, MAX_LINE_BYTES)),
    offsets: Float64Array.of(offset),
    next,
    cutLines: 1,
  };
}

/** What a batch needs beside its lines. */
export interface BatchOrigin {
  readonly source: string;
  readonly partition: number;
  readonly readAtMs: number;
  readonly next: Position;
  readonly atEnd: boolean;
  readonly notAfterMs?: number;
}

export function toBatch(lines: Lines, origin: BatchOrigin): Batch {
  const { bytes, starts, ends, offsets, cutLines } = lines;
  return { ...origin, bytes, starts, ends, offsets, cutLines };
}
