/** A file of lines as chunks, each as the bytes of its lines and their ranges. */
import { readFileSync } from 'node:fs';
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

export function chunksOf(file: string): readonly Chunk[] {
  const bytes = new Uint8Array(readFileSync(file));
  const chunks: Chunk[] = [];
  let [starts, ends, begin, from]: [number[], number[], number, number] = [[], [], 0, 0];
  while (from < bytes.length) {
    const end = bytes.indexOf(NEWLINE, from);
    starts.push(from - begin);
    ends.push(end - begin);
    from = end + 1;
    if (starts.length < CHUNK_LINES && from < bytes.length) continue;
    chunks.push({
      bytes: bytes.slice(begin, from),
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
export function batchesOf(linesFile: string): readonly Batch[] {
  let offset = 0;
  return chunksOf(linesFile).map(({ bytes, starts, ends }) => {
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
