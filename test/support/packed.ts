/** Compressed bytes as the programs make them that rotation calls: gzip, zstd, bzip2, xz. */
import { execFileSync } from 'node:child_process';
import { gzipSync, zstdCompressSync } from 'node:zlib';

export const PACKED_ENDINGS = ['.gz', '.zst', '.bz2', '.xz'] as const;
export type PackedEnding = (typeof PACKED_ENDINGS)[number];

/** Returns the text compressed as a file with this ending is. bzip2 and xz must be installed. */
export function packed(ending: PackedEnding, text: string | Buffer): Buffer {
  const byProgram = (name: string): Buffer => execFileSync(name, ['-c'], { input: text, maxBuffer: 1 << 30 });
  switch (ending) {
    case '.gz':
      return gzipSync(text);
    case '.zst':
      return zstdCompressSync(text);
    case '.bz2':
      return byProgram('bzip2');
    case '.xz':
      return byProgram('xz');
  }
}
