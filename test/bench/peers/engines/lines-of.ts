/** Lines as chunks, each as the bytes of its lines and their ranges. */
import type { Batch } from '../../../../src/event/batch.ts';
import { CHUNK_LINES } from '../serve.ts';

const NEWLINE = 10;
/** Later than every line. */
const READ_AT_MS = Date.UTC(2026, 0, 1);

export interface Chunk {
  /** The lines with their newlines. */
  readonly bytes: Uint8Array;
  /** Range [start, end) of each line in `bytes`, without its newline. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** `bytes`: lines, each with its newline. */
export function chunksOf(bytes: Uint8Array): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let [starts, ends, begin, from]: [number[], number[], number, number] = [[], [], 0, 0];
  while (from < bytes.length) {
    const end = bytes.indexOf(NEWLINE, from);
    starts.push(from - begin);
    ends.push(end - begin);
    from = end + 1;
    if (starts.length < CHUNK_LINES && from < bytes.length) continue;
    chunks.push({
      bytes: new Uint8Array(bytes.subarray(begin, from)),
      starts: Uint32Array.from(starts),
      ends: Uint32Array.from(ends),
    });
    [starts, ends, begin] = [[], [], from];
  }
  return chunks;
}

export const countOf = (chunks: readonly Pick<Chunk, 'starts'>[]): number =>
  chunks.reduce((sum, { starts }) => sum + starts.length, 0);

/** The chunks as a source of Tocsin gives them. */
export function batchesOf(lines: Uint8Array): readonly Batch[] {
  let offset = 0;
  return chunksOf(lines).map(({ bytes, starts, ends }) => {
    const offsets = Float64Array.from(starts, () => offset++);
    return {
      source: 'orders',
      partition: 0,
      bytes,
      starts,
      ends,
      offsets,
      next: { offset, proof: '' },
      readAtMs: READ_AT_MS,
      cutLines: 0,
      atEnd: false,
    };
  });
}
