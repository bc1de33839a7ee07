/** Batches of given bytes, for tests of what comes after the sources. */
import type { Batch } from '../../src/event/batch.ts';

const NEWLINE = Buffer.from('\n');

/** A batch of lines as a source gives it, one offset a line from `firstOffset` on. */
export function makeBatch(
  lines: readonly (string | Uint8Array)[],
  more: Partial<Batch> & Pick<Batch, 'readAtMs'>,
  firstOffset = 0,
): Batch {
  const parts = lines.map((line) => Buffer.from(line));
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const part of parts) {
    starts.push(at);
    ends.push(at + part.length);
    at += part.length + 1;
  }
  return {
    source: 'orders',
    partition: 0,
    bytes: new Uint8Array(Buffer.concat(parts.flatMap((part) => [part, NEWLINE]))),
    starts: Uint32Array.from(starts),
    ends: Uint32Array.from(ends),
    offsets: Float64Array.from(parts, (_, i) => firstOffset + i),
    next: { offset: firstOffset + parts.length, proof: '' },
    cutLines: 0,
    atEnd: false,
    ...more,
  };
}
