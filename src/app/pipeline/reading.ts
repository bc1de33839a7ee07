/** Reads one source for one purpose, batch after batch, until the source ends or the loop is stopped. */
import type { Batch } from '../../event/batch.ts';
import type { LogReader, LogSource } from '../../ingest/source.ts';
import type { ReadLoop } from '../types.ts';

/** How long one call waits for a batch. A stop waits at most this long for a quiet source. */
const WAIT_MS = 250;

/** Hands every batch to `take`, one after the other. Nothing is read while `take` works: this is the back-pressure. */
export function readInto(
  source: LogSource,
  reader: LogReader,
  take: (batch: Batch) => Promise<void>,
): ReadLoop {
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped) {
      const batch = await reader.next(WAIT_MS);
      if (batch !== undefined) await take(batch);
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
