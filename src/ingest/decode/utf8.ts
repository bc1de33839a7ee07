/** Counts the lines whose bytes are no UTF-8: their text has U+FFFD where a rule may look for a word. */
import { isUtf8 } from 'node:buffer';
import type { Batch } from '../../event/batch.ts';
import { lineCount } from '../../event/batch.ts';

/** Lines of the batch that are no UTF-8. */
export function notUtf8Lines(batch: Batch): number {
  const { bytes, starts, ends } = batch;
  const count = lineCount(batch);
  // Nearly always everything is UTF-8, and one look at all of it is enough.
  if (count === 0 || isUtf8(bytes.subarray(starts[0], ends[count - 1]))) return 0;
  let wrong = 0;
  for (let i = 0; i < count; i += 1) if (!isUtf8(bytes.subarray(starts[i], ends[i]))) wrong += 1;
  return wrong;
}
