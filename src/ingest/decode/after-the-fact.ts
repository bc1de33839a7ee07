/**
 * Decodes a whole input that is read after the fact. Such an input has no time of arrival to go by. So each line is judged with the lines
 * behind it known (bearing-out.ts), unlike in decoding batch by batch as the batches come in.
 */
import { lineCount, type Batch } from '../../event/batch.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import { LINES_BEHIND_MAX } from './bearing-out.ts';
import type { DecodedBatch, Decoder, ReadBatch } from './decoder.ts';

/** At most this many lines are read ahead. Lines without a time give no answer, so LINES_BEHIND_MAX alone would be no bound. */
const LINES_AHEAD_MAX = 10_000;

/** Decodes the batches of one partition from its beginning, in order. Holds back only as many batches as it must read ahead. */
export async function* decodeAfterTheFact(
  batches: AsyncIterable<Batch>,
  decoder: Decoder,
  kernel?: LineKernel,
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
    waiting.push(decoder.read(batch, kernel));
    while (isEnough(waiting.slice(1))) yield next();
  }
  while (waiting.length > 0) yield next();
}

function isEnough(behind: readonly ReadBatch[]): boolean {
  const lines = behind.reduce((sum, { batch }) => sum + lineCount(batch), 0);
  return lines >= LINES_AHEAD_MAX || timesOf(behind).length >= LINES_BEHIND_MAX;
}

function timesOf(batches: readonly ReadBatch[]): readonly number[] {
  const times: number[] = [];
  for (const { times: own } of batches) {
    for (const timeMs of own.latest()) {
      if (times.length === LINES_BEHIND_MAX) return times;
      if (!Number.isNaN(timeMs)) times.push(timeMs);
    }
  }
  return times;
}
