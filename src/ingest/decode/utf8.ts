/** Finds the lines whose bytes are not valid UTF-8. Their text has U+FFFD in places where a rule may look for a word. */
import { isUtf8 } from 'node:buffer';
import type { Batch, GarbledLines } from '../../event/batch.ts';
import { lineCount } from '../../event/batch.ts';
import { GarbledCount } from '../encoding/transcode.ts';

/** Returns the lines of the batch that are not valid UTF-8. */
export function notUtf8Lines(batch: Batch): readonly number[] {
  const { bytes, starts, ends } = batch;
  const count = lineCount(batch);
  // Nearly always every byte is valid, and one check of the whole block is enough.
  if (count === 0 || isUtf8(bytes.subarray(starts[0], ends[count - 1]))) return [];
  const wrong: number[] = [];
  for (let i = 0; i < count; i += 1) if (!isUtf8(bytes.subarray(starts[i], ends[i]))) wrong.push(i);
  return wrong;
}

/** Describes these lines of the batch, which are not valid UTF-8; undefined if there is none. */
export function garbledIn(
  { bytes, starts, ends }: Batch,
  lines: readonly number[],
): GarbledLines | undefined {
  const garbled = new GarbledCount();
  for (const i of lines) garbled.add(bytes.subarray(starts[i], ends[i]));
  return garbled.take();
}
