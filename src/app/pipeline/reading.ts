/** Reads one source for one purpose, batch after batch, until the source ends or the loop is stopped. */
import type { Batch } from '../../event/batch.ts';
import type { LogReader, LogSource } from '../../ingest/source.ts';
import type { ReadLoop } from '../types.ts';

/** How long one call waits for a batch. A stop waits at most this long for a quiet source. */
const WAIT_MS = 250;

/** Returns the next batch if it is there at once; undefined also where the loop was stopped. */
export type ReadOn = () => Promise<Batch | undefined>;

/**
 * Hands every batch to `take`, one after the other. Nothing is read while `take` works: this is the back-pressure. `take` may go on with
 * batches that it gets from `readOn`.
 */
export function readInto(
  source: LogSource,
  reader: LogReader,
  take: (batch: Batch, readOn: ReadOn) => Promise<void>,
): ReadLoop {
  let stopped = false;
  const readOn: ReadOn = async () => (stopped ? undefined : await reader.next(0));
  const run = async (): Promise<void> => {
    while (!stopped) {
      const batch = await reader.next(WAIT_MS);
      if (batch !== undefined) await take(batch, readOn);
      else if (source.finite && reader.partitions().every(({ ended }) => ended === true)) return;
    }
  };
  const ended = run();
  // The loop may fail before anybody waits for it, while another source is still being opened.
  ended.catch(() => undefined);
  return {
    source,
    reader,
    ended,
    stop: () => {
      stopped = true;
    },
  };
}
