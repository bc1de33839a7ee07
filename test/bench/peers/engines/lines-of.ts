/** A file of lines as chunks, each as the bytes of its lines and their ranges. */
import { readFileSync } from 'node:fs';
import { CHUNK_LINES } from '../serve.ts';

const NEWLINE = 10;

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

export const countOf = (chunks: readonly Chunk[]): number =>
  chunks.reduce((sum, { starts }) => sum + starts.length, 0);
