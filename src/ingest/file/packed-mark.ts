/**
 * Identifies a compressed file by its compressed bytes. How its text begins proves little: every file of a program may begin with the same
 * banner, and inodes and times are used again. The functions read no more than the beginning and the end of a file.
 */
import { createHash } from 'node:crypto';
import type { Packing } from '../compression.ts';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprint, fits } from './fingerprint.ts';
import { bytesAt } from './hole.ts';
import type { ReadableFile } from './line-cursor.ts';

/** So many compressed bytes at the beginning, and as many at the end, are part of the mark. */
const MARK_BYTES = 64 * 1024;

/** Identifies the compressed bytes of a file. */
export interface PackedMark {
  readonly packing: Packing['name'];
  /** The size of the compressed file. */
  readonly size: number;
  /** The fingerprint of its first compressed bytes. */
  readonly start: Fingerprint;
  /** The hash of its first and its last MARK_BYTES. */
  readonly hash: string;
}

/** A compressed file as it lies on disk. */
export interface MarkedFile {
  readonly inode: string;
  readonly mark: PackedMark;
  /** Its first compressed bytes, as many as a fingerprint covers. */
  readonly start: Buffer;
}

/** `start`: the first compressed bytes of the file, which has `size` bytes. */
export async function markOf(
  file: ReadableFile,
  packing: Packing,
  size: number,
  start: Buffer,
): Promise<PackedMark> {
  const hash = createHash('sha256');
  hash.update(await bytesAt(file, 0, MARK_BYTES));
  hash.update(await bytesAt(file, Math.max(0, size - MARK_BYTES), MARK_BYTES));
  return { packing: packing.name, size, start: fingerprint(start), hash: hash.digest('hex').slice(0, 32) };
}

/**
 * Returns true when `file` has the compressed bytes of `known`, wherever it lies now, or when it is the file with `inode` and has grown
 * since (it was still being copied).
 */
export function isMarked(known: PackedMark, inode: string, file: MarkedFile): boolean {
  const { mark, start } = file;
  if (mark.packing !== known.packing) return false;
  if (mark.size === known.size) return mark.hash === known.hash;
  return file.inode === inode && mark.size > known.size && known.start.bytes > 0 && fits(known.start, start);
}
