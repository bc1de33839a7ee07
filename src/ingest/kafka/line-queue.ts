/**
 * The lines of one partition that were fetched and not yet handed out. The queue is bounded: above its high water it is full, and nothing
 * is fetched for it until it is half empty.
 */
import { originUnits } from '../../event/batch.ts';
import type { Chunk } from './chunks.ts';

export interface LineQueue {
  readonly chunks: Chunk[];
  bytes: number;
  full: boolean;
}

/** Bounds of all queues of a reader together, and of one queue. */
const TOTAL_BYTES = 64 << 20;
const HIGH_WATER_MIN = 1 << 20;
const HIGH_WATER_MAX = 8 << 20;

/** Returns the high water of each of `queues` queues, in bytes. A single fetch may go above it. */
export function highWaterBytes(queues: number): number {
  return Math.min(HIGH_WATER_MAX, Math.max(HIGH_WATER_MIN, TOTAL_BYTES / Math.max(1, queues)));
}

export function newQueue(): LineQueue {
  return { chunks: [], bytes: 0, full: false };
}

/** Returns true when these chunks made the queue full. */
export function pushChunks(queue: LineQueue, chunks: readonly Chunk[], highWater: number): boolean {
  for (const chunk of chunks) {
    queue.chunks.push(chunk);
    queue.bytes += sizeOf(chunk);
  }
  const filled = !queue.full && queue.bytes > highWater;
  if (filled) queue.full = true;
  return filled;
}

/** Returns the oldest chunk. `refill` is true when the queue now needs new lines. */
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

/** Returns the size of the lines, of the offset, time and bounds of each line, and of where they came from. */
function sizeOf(chunk: Chunk): number {
  return chunk.bytes.length + chunk.offsets.length * 24 + 2 * originUnits(chunk.origins);
}
