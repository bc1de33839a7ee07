/** Recognises compressed bytes by their first bytes, whatever the file is called. Compressed bytes must never be read as lines. */
import { FixableError } from '../event/fixable-error.ts';

export interface Compression {
  readonly name: string;
  /** The command that writes the plain bytes of a file to standard output. */
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

/** After `BZh` and the block size a bzip2 file has the mark of a block or of its end. The text `BZh9 is our order` has neither. */
const BZIP2_BLOCKS = ['314159265359', '177245385090'];

/** How many bytes from the beginning are needed to recognise a compression. */
export const MAGIC_BYTES = 10;

/** Returns the compression of bytes that begin with `head`; undefined when they are not compressed. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, MAGIC_BYTES));
  const found = KINDS.find(({ magic }) => bytes.subarray(0, magic.length).equals(magic));
  if (found?.name === 'bzip2' && !BZIP2_BLOCKS.includes(bytes.subarray(4).toString('hex'))) return undefined;
  return found;
}

/** The error for bytes that are compressed and so are no lines. `where` says in words for people where the bytes are. */
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
