/**
 * Decodes a whole input that is read after the fact. It differs from decoding batch by batch as they come in that each line is judged with
 * the lines behind it known, since there is no arrival to go by (bearing-out.ts).
 */
import type { Batch } from '../../event/batch.ts';
import { LINES_BEHIND_MAX } from './bearing-out.ts';
import type { DecodedBatch, Decoder, ReadBatch } from './decoder.ts';

/** Lines that are read ahead at most: those without a time say nothing. */
const LINES_AHEAD_MAX = 10_000;

/** The batches of one partition from its beginning, decoded, in order; holds back only as many as it must have read ahead. */
export async function* decodeAfterTheFact(
  batches: AsyncIterable<Batch>,
  decoder: Decoder,
): AsyncGenerator<DecodedBatch> {
  let timing: string | undefined;
  let waiting: ReadBatch[] = [];
  const next = (): DecodedBatch => {
    const [first, ...behind] = waiting;
    waiting = behind;
    const decoded = decoder.time(first!, timing, timesOf(behind));
    timing = decoded.timing;
    return decoded;
  };
  for await (const batch of batches) {
    waiting.push(decoder.read(batch));
    while (isEnough(waiting.slice(1))) yield next();
  }
  while (waiting.length > 0) yield next();
}

function isEnough(behind: readonly ReadBatch[]): boolean {
  const lines = behind.reduce((sum, { latestTimes }) => sum + latestTimes.length, 0);
  return lines >= LINES_AHEAD_MAX || timesOf(behind).length >= LINES_BEHIND_MAX;
}

function timesOf(batches: readonly ReadBatch[]): readonly number[] {
  const times: number[] = [];
  for (const { latestTimes } of batches) {
    for (const timeMs of latestTimes) {
      if (times.length === LINES_BEHIND_MAX) return times;
      if (!Number.isNaN(timeMs)) times.push(timeMs);
    }
  }
  return times;
}
