/** What was fetched of one partition and not yet handed out. Bounded: over its high water it is full, and not fetched for, until half empty. */
import type { Chunk } from './chunks.ts';

export interface LineQueue {
  readonly chunks: Chunk[];
  bytes: number;
  full: boolean;
}

/** Bounds of all queues of a reader together, and of one. */
const TOTAL_BYTES = 64 << 20;
const HIGH_WATER_MIN = 1 << 20;
const HIGH_WATER_MAX = 8 << 20;

/** High water of each of `queues` queues, bytes. A fetch may go over it by what it brings. */
export function highWaterBytes(queues: number): number {
  return Math.min(HIGH_WATER_MAX, Math.max(HIGH_WATER_MIN, TOTAL_BYTES / Math.max(1, queues)));
}

export function newQueue(): LineQueue {
  return { chunks: [], bytes: 0, full: false };
}

/** True when this made the queue full. */
export function pushChunks(queue: LineQueue, chunks: readonly Chunk[], highWater: number): boolean {
  for (const chunk of chunks) {
    queue.chunks.push(chunk);
    queue.bytes += sizeOf(chunk);
  }
  const filled = !queue.full && queue.bytes > highWater;
  if (filled) queue.full = true;
  return filled;
}

/** The oldest chunk, and whether the queue now wants more again. */
export function shiftChunk(
  queue: LineQueue,
  highWater: number,
): { chunk: Chunk; refill: boolean } | undefined {
  const chunk = queue.chunks.shift();
  if (chunk === undefined) return undefined;
  queue.bytes -= sizeOf(chunk);
  const refill = queue.full && queue.bytes < highWater / 2;
  if (refill) queue.full = false;
  return { chunk, refill };
}

/** Its lines, and offsets, times and bounds of each. */
function sizeOf(chunk: Chunk): number {
  return chunk.bytes.length + chunk.offsets.length * 24;
}
