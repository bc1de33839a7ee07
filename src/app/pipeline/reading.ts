/** Reads one source for one purpose, batch after batch, until it ends or is told to stop. */
import type { Batch } from '../../event/batch.ts';
import type { LogReader, LogSource } from '../../ingest/source.ts';
import type { ReadLoop } from '../types.ts';

/** How long one call waits for a batch: the longest that a stop has to wait for a quiet source. */
const WAIT_MS = 250;

/** Hands every batch to `take`, one after the other: not reading on while it works is the back-pressure. */
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
  // It may come to grief before anybody waits for it: while another source is still being opened.
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
