/** Recognises compressed bytes by their first bytes, whatever the file is called. Compressed bytes must never be read as lines. */
import { FixableError } from '../event/fixable-error.ts';

export interface Compression {
  readonly name: string;
  /** The command that writes the plain bytes of a file to standard output. */
  readonly decompress: string;
}

/** A compression in which files are read. */
export interface Packing extends Compression {
  readonly name: 'gzip' | 'zstd' | 'bzip2' | 'xz';
  /** How the names of such files end. */
  readonly ending: string;
}

interface Kind {
  readonly compression: Compression;
  readonly magic: Buffer;
}

const PACKINGS: readonly Packing[] = [
  { name: 'gzip', decompress: 'gzip -dc', ending: '.gz' },
  { name: 'zstd', decompress: 'zstd -dc', ending: '.zst' },
  { name: 'bzip2', decompress: 'bzip2 -dc', ending: '.bz2' },
  { name: 'xz', decompress: 'xz -dc', ending: '.xz' },
];

const KINDS: readonly Kind[] = [
  kind('gzip', '1f8b08'),
  kind('bzip2', '425a68'),
  kind('xz', 'fd377a585a00'),
  kind('zstd', '28b52ffd'),
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
  const found = KINDS.find(({ magic }) => bytes.subarray(0, magic.length).equals(magic))?.compression;
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

/** Returns the compression of `found` as one in which files are read; undefined when files in it are refused. */
export function packingOf(found: Compression | undefined): Packing | undefined {
  return PACKINGS.find((packing) => packing === found);
}

/** Returns the compression that a name ends with, of those in which files are read. */
export function packingNamed(name: string): Packing | undefined {
  return PACKINGS.find(({ ending }) => name.endsWith(ending));
}

/** Returns the name without the ending of a compression in which files are read. */
export function unpackedName(name: string): string {
  const packing = packingNamed(name);
  return packing === undefined ? name : name.slice(0, -packing.ending.length);
}

/** The error for a compressed file that cannot be unpacked. */
export class DamagedFile extends FixableError {
  readonly path: string;
  readonly #decompress: string;
  readonly #check: string;

  /** `reason` goes on the sentence that the file is damaged. */
  constructor(path: string, { name, decompress }: Packing, reason: string, options?: ErrorOptions) {
    const check = `check it with ${decompress.replace('-dc', '-t')} ${path}`;
    super(
      'source',
      `${path} is damaged (it is compressed with ${name}): ${reason}`,
      `${check}, and put a whole copy in its place`,
      options,
    );
    this.path = path;
    this.#decompress = decompress;
    this.#check = check;
  }

  /** Returns what to do to have the text from byte `at` on, once reading has gone on with other files. */
  fixFrom(at: number): string {
    return (
      `${this.#check}, and unpack a whole copy from there on into a new file, under a name that path matches and that rotation ` +
      'does not give: ' +
      `${this.#decompress} COPY | tail -c +${at + 1} > NEW`
    );
  }
}

/** The error for a compressed file whose text is compressed again. */
export class PackedTwice extends DamagedFile {
  readonly #fix: string;

  constructor(path: string, packing: Packing, inner: Compression) {
    super(path, packing, `its text is compressed itself, with ${inner.name}`);
    this.#fix = `unpack it into a new file, under a name that path matches: ${packing.decompress} ${path} | ${inner.decompress} > NEW`;
  }

  override fixFrom(): string {
    return this.#fix;
  }
}

function kind(name: string, magic: string, decompress = ''): Kind {
  const compression = PACKINGS.find((packing) => packing.name === name) ?? { name, decompress };
  return { compression, magic: Buffer.from(magic, 'hex') };
}
