/** Decoding by the clock of the process, which learns from the lines themselves whether it may be believed. */
import type { Batch } from '../../event/batch.ts';
import type { Clock } from '../../event/clock.ts';
import type { DecodedBatch } from '../../ingest/decode/decoder.ts';

export interface StampedBatch {
  /** The recorded tick of the batch, ms since epoch. */
  readonly readAtMs: number;
  readonly decoded: DecodedBatch;
}

/** Where the lines show that the clock was rightly set ahead they are judged again, by the new time. */
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

/** Everything in a batch that somebody else's clock has written. */
function* timesOf(
  { writtenByMs, recordTimesMs = new Float64Array() }: Batch,
  { events }: DecodedBatch,
): Iterable<number> {
  for (const { timeMs, timeInferred } of events) if (!timeInferred) yield timeMs;
  yield* recordTimesMs;
  if (writtenByMs !== undefined) yield writtenByMs;
}
