/** Knows compressed bytes by how they begin, whatever a file is called: they must never be taken for lines. */
import { FixableError } from '../event/fixable-error.ts';

export interface Compression {
  readonly name: string;
  /** What writes the plain bytes of a file to standard output. */
  readonly decompress: string;
}

interface Kind extends Compression {
  readonly magic: Buffer;
}

const KINDS: readonly Kind[] = [
  kind('gzip', '1f8b08', 'gzip -dc'),
  kind('bzip2', '425a68', 'bzip2 -dc'),
  kind('xz', 'fd377a585a00', 'xz -dc'),
  kind('zstd', '28b52ffd', 'zstd -dc'),
  kind('lz4', '04224d18', 'lz4 -dc'),
  kind('lzma', '5d0000', 'xz -dc'),
  kind('compress', '1f9d', 'gzip -dc'),
  kind('zip', '504b0304', 'unzip -p'),
  kind('7z', '377abcaf271c', '7z x -so'),
];

/** After `BZh` and the block size stands the beginning of a block or of the end: the text `BZh9 is our order` is none. */
const BZIP2_BLOCKS = ['314159265359', '177245385090'];

/** How many first bytes are needed to tell. */
export const MAGIC_BYTES = 10;

/** With what the bytes that begin like this are compressed; undefined when they are not. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, MAGIC_BYTES));
  const found = KINDS.find(({ magic }) => bytes.subarray(0, magic.length).equals(magic));
  if (found?.name === 'bzip2' && !BZIP2_BLOCKS.includes(bytes.subarray(4).toString('hex'))) return undefined;
  return found;
}

/** For bytes that are no lines; `where` they are, for people. */
export function compressedError(
  where: string,
  { name, decompress }: Compression,
  fix?: string,
): FixableError {
  return new FixableError(
    'source',
    `${where} is compressed with ${name}, and would be read as lines`,
    fix ?? `decompress it first: ${decompress} ${where} > LOG`,
  );
}

function kind(name: string, magic: string, decompress: string): Kind {
  return { name, magic: Buffer.from(magic, 'hex'), decompress };
}
