/** Puts together what is known of the lines of decoded batches. */
import { isUtf8 } from 'node:buffer';
import { lineCount, type Batch } from '../../../event/batch.ts';
import type { Schema } from '../../../event/event.ts';
import type { DecodedBatch, Decoding } from '../decoder.ts';
import { recordTime } from '../line-times.ts';
import type { SeenLine, SeenLines } from './fault.ts';

export function seenLines(source: Decoding, schema: Schema, decoded: readonly DecodedBatch[]): SeenLines {
  return { source, schema, decoded, lines: decoded.flatMap(linesOf) };
}

function linesOf(decoded: DecodedBatch): readonly SeenLine[] {
  const { batch, timesMs, inferred } = decoded;
  return Array.from(batch.offsets, (_, i): SeenLine => {
    const arrivedMs = arrivalOf(batch, i);
    const isKnown = arrivedMs !== undefined && inferred[i] !== 1;
    const bytes = batch.bytes.subarray(batch.starts[i], batch.ends[i]);
    return {
      event: decoded.event(i),
      bytes,
      isGarbled: isGarbled(bytes, batch),
      aheadMs: isKnown ? timesMs[i]! - arrivedMs : undefined,
    };
  });
}

/** In lines that were written anew, U+FFFD stands in place of wrong bytes. */
export function isGarbled(line: Uint8Array, { garbled }: Batch): boolean {
  return !isUtf8(line) || (garbled !== undefined && Buffer.from(line).includes('\ufffd'));
}

/** Returns when a line arrived. In a file that is read after the fact, only that of the last line is known. */
export function arrivalOf(batch: Batch, i: number): number | undefined {
  const record = recordTime(batch, i);
  if (record !== undefined || batch.writtenByMs === undefined) return record ?? batch.readAtMs;
  return batch.atEnd && i === lineCount(batch) - 1 ? batch.writtenByMs : undefined;
}
