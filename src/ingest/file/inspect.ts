/** Looks at files on disk without reading their lines: their kind and how they begin. */
import type { Stats } from 'node:fs';
import { constants as files } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { MORE_DESCRIPTORS, noneFree } from '../../event/descriptors.ts';
import type { Compression, Packing } from '../compression.ts';
import { DamagedFile, compressionOf, packingNamed, packingOf } from '../compression.ts';
import { afterNuls } from '../encoding/code-units.ts';
import { HEAD_BYTES } from './fingerprint.ts';
import { bytesAt, readHead } from './hole.ts';
import type { PackedMark } from './packed-mark.ts';
import { markOf } from './packed-mark.ts';
import { PackedText } from './packed-text.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** Opens for reading only, and does not wait for the other end of a pipe. */
const FLAGS = files.O_RDONLY | files.O_NONBLOCK;

export interface LogFile {
  readonly path: string;
  /** The path with links resolved. */
  readonly target: string;
  readonly inode: string;
  readonly device: number;
  /** The size of the file as it lies on disk: compressed when there is a `packing`. */
  readonly size: number;
  readonly mtimeMs: number;
  /** How the file must be unpacked to read it. */
  readonly packing?: Packing;
  /** Identifies the bytes of a file with a `packing`. */
  readonly mark?: PackedMark;
  /** The first bytes of a file with a `packing`, compressed. */
  readonly start?: Buffer;
  /** The reason why nothing of the file can be unpacked. */
  readonly damage?: FixableError;
  /** The compression of a file whose bytes are not lines. */
  readonly compression?: Compression;
  /** The first bytes of the file, decompressed and without NULs before them. */
  readonly head: Buffer;
}

/** Describes the file at `path`; undefined when there is nothing. Throws FixableError when it cannot be read or is no file. */
export async function inspect(path: string): Promise<LogFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await openToRead(path);
    return handle === undefined ? undefined : await describe(path, handle);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await handle?.close();
  }
}

/** Opens a file; undefined when there is none. Does not wait for the other end of a pipe. */
export async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, FLAGS);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

/** Throws FixableError when a folder exists and cannot be looked into. */
export async function lookInto(folder: string): Promise<void> {
  try {
    await (await opendir(folder)).close();
  } catch (error) {
    if (!isMissing(error)) throw unreadable(folder, error);
  }
}

export async function describe(path: string, handle: FileHandle): Promise<LogFile> {
  const stat = await handle.stat();
  if (stat.isDirectory())
    throw new FixableError(
      'source',
      `${path} is a folder`,
      `name the files in it, for example ${join(path, '*.log')}`,
    );
  if (!stat.isFile())
    throw new FixableError('source', `${path} is no regular file`, 'pipe it into tocsin and use stdin: {}');
  const start = await readHead(handle, stat);
  const compression = compressionOf(start);
  const packing = compression === undefined ? packingNamed(path) : packingOf(compression);
  const { ino, dev: device, size, mtimeMs } = stat;
  const file = {
    path,
    target: await realpath(path).catch(() => path),
    inode: String(ino),
    device,
    size,
    mtimeMs,
    ...(compression !== undefined && { compression }),
  };
  if (packing === undefined) return { ...file, head: start };
  return { ...file, packing, start, ...(await packedHead(path, handle, packing, stat, start)) };
}

/** Turns any error of the file system into a FixableError, which says what a person can do about it. */
export function unreadable(path: string, error: unknown): FixableError {
  if (error instanceof FixableError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM')
    return new FixableError(
      'source',
      `${path} may not be read`,
      `let the user that runs tocsin read it: chmod a+r ${path} (and a+x on its folders)`,
      { cause: error },
    );
  if (code === 'EMFILE' || code === 'ENFILE')
    return new FixableError('source', `${path} cannot be opened: ${noneFree(error)}`, MORE_DESCRIPTORS, {
      cause: error,
    });
  return new FixableError('source', `${path} cannot be read: ${message}`, 'check the file and its disk', {
    cause: error,
  });
}

interface PackedHead {
  readonly head: Buffer;
  readonly mark: PackedMark;
  readonly damage?: FixableError;
}

/**
 * How compressed files begin, by device, inode, size and times. So no file is unpacked at every look. The time of the last change of the
 * inode tells two files apart that have had the same inode.
 */
const packedHeads = new Map<string, PackedHead>();
const PACKED_HEADS_MAX = 1_000;
const PACKED_SCAN_BYTES = 256 * 1024;
/** More NULs than these before the first line are not unpacked. */
const PACKED_HOLE_MAX_BYTES = 1 << 30;

/** Returns the first HEAD_BYTES of the text. A file that is only begun may have fewer, or none. */
async function packedHead(
  path: string,
  handle: FileHandle,
  packing: Packing,
  stat: Stats,
  start: Buffer,
): Promise<PackedHead> {
  const key = `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
  const known = packedHeads.get(key);
  if (known !== undefined) return known;
  const mark = await markOf(handle, packing, stat.size, start);
  const begin = stat.size === 0 ? { head: Buffer.alloc(0) } : await unpackHead(path, handle, packing);
  const found = { ...begin, mark };
  if (packedHeads.size >= PACKED_HEADS_MAX) packedHeads.clear();
  packedHeads.set(key, found);
  return found;
}

async function unpackHead(
  path: string,
  handle: FileHandle,
  packing: Packing,
): Promise<Omit<PackedHead, 'mark'>> {
  const text = new PackedText(path, handle, packing);
  let at = 0;
  try {
    while (at < PACKED_HOLE_MAX_BYTES) {
      const bytes = await bytesAt(text, at, PACKED_SCAN_BYTES);
      const begin = afterNuls(bytes, 0);
      at += begin;
      if (begin < bytes.length || bytes.length === 0) return { head: await bytesAt(text, at, HEAD_BYTES) };
    }
    const damage = new DamagedFile(path, packing, 'it begins with more than 1 GiB of NULs');
    return { head: Buffer.alloc(0), damage };
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    const { size } = await text.stat();
    const known = await bytesAt(text, at, Math.min(size - at, PACKED_SCAN_BYTES));
    const head = known.subarray(afterNuls(known, 0)).subarray(0, HEAD_BYTES);
    return head.length > 0 ? { head } : { head, damage: error };
  } finally {
    await text.stop();
  }
}

/** Returns true when the error says that there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
