/** Decodes batches by the clock of the process. The times in the lines show whether that clock can be believed. */
import type { Batch } from '../../event/batch.ts';
import type { Clock } from '../../event/clock.ts';
import type { DecodedBatch } from '../../ingest/decode/decoder.ts';

export interface StampedBatch {
  /** The time of the clock that the batch was decoded by, ms since epoch. It is recorded with the input. */
  readonly readAtMs: number;
  readonly decoded: DecodedBatch;
}

/**
 * Decodes a batch by the time of the clock. Where the lines show that the clock was rightly set ahead, the batch is decoded once more by
 * the new time.
 */
export function judgeByClock(
  batch: Batch,
  clock: Clock,
  decode: (stamped: Batch) => DecodedBatch,
): StampedBatch {
  const judge = (): StampedBatch => {
    const readAtMs = clock.nowMs();
    return { readAtMs, decoded: decode({ ...batch, readAtMs }) };
  };
  const judged = judge();
  return clock.vouch(timesOf(batch, judged.decoded)) ? judge() : judged;
}

/** Yields all times in a batch that were written by other clocks than that of this process. */
function* timesOf(
  { writtenByMs, recordTimesMs = new Float64Array() }: Batch,
  { timesMs, inferred }: DecodedBatch,
): Iterable<number> {
  for (let i = 0; i < timesMs.length; i += 1) if (inferred[i] === 0) yield timesMs[i]!;
  yield* recordTimesMs;
  if (writtenByMs !== undefined) yield writtenByMs;
}
