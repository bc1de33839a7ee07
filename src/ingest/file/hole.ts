/**
 * Finds where the NULs at the beginning of a file end. When a log is copied and truncated under a writer that does not append, the new file
 * begins with a hole as long as the old file was. Reading gigabytes of it would take minutes, and drive everything else out of the cache.
 */
import { afterNuls } from '../encoding/code-units.ts';
import { HEAD_BYTES } from './fingerprint.ts';
import type { ReadableFile } from './line-cursor.ts';
import type { TextStat } from './text-file.ts';

type HoleStat = Pick<TextStat, 'dev' | 'ino' | 'size' | 'blocks' | 'blksize'>;

/** Where the NULs at the beginning of files end, by device and inode. So a long run of NULs is not read at every look. */
const holes = new Map<string, number>();
const HOLES_MAX = 1_000;
const SCAN_BYTES = 1 << 20;
/** A shorter hole is read. */
const SPARSE_BYTES_MIN = 16 << 20;
/** The unit of `stat.blocks`, whatever the file system uses. */
const UNIT_BYTES = 512;

/**
 * Returns the first HEAD_BYTES of a file, counted from its first byte that is no NUL. All files that begin with a hole begin alike, so the
 * NULs identify none of them.
 */
export async function readHead(file: ReadableFile, stat: HoleStat): Promise<Buffer> {
  const key = `${stat.dev} ${stat.ino}`;
  const start = await bytesAt(file, 0, HEAD_BYTES);
  if (start[0] !== 0) {
    holes.delete(key);
    return start;
  }
  let at = endOfHole(stat);
  const edge = await bytesAt(file, Math.max(0, at - 1), 2);
  if (at === 0 || edge[0] !== 0 || (edge[1] ?? 1) === 0)
    at = (await edgeOfSparse(file, stat)) ?? (await scan(file, stat.size));
  if (holes.size >= HOLES_MAX) holes.clear();
  holes.set(key, at);
  return bytesAt(file, at, HEAD_BYTES);
}

/** Returns where the hole at the beginning of the file ended when its head was read last; 0 when there is none. */
export function endOfHole({ dev, ino }: Pick<HoleStat, 'dev' | 'ino'>): number {
  return holes.get(`${dev} ${ino}`) ?? 0;
}

/** Reads bytes from `at` on: fewer than `length` at the end of the file. */
export async function bytesAt(file: ReadableFile, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  return buffer.subarray(0, bytesRead);
}

/**
 * Returns where the hole ends, by a binary search of its edge; undefined when that proves nothing. It proves that there is no text before
 * the edge if the blocks that the file takes on the disk are exactly those from the edge on.
 */
async function edgeOfSparse(
  file: ReadableFile,
  { size, blocks = 0, blksize = 0 }: HoleStat,
): Promise<number | undefined> {
  const takenBytes = blocks * UNIT_BYTES;
  if (takenBytes === 0 || blksize === 0 || size - takenBytes < SPARSE_BYTES_MIN) return undefined;
  const count = Math.ceil(size / blksize);
  let empty = -1;
  let edge = count;
  while (edge - empty > 1) {
    const middle = Math.floor((empty + edge) / 2);
    const block = await bytesAt(file, middle * blksize, blksize);
    if (afterNuls(block, 0) === block.length) empty = middle;
    else edge = middle;
  }
  if (takenBytes !== (count - edge) * blksize) return undefined;
  const at = edge * blksize;
  return at + afterNuls(await bytesAt(file, at, blksize), 0);
}

async function scan(file: ReadableFile, size: number): Promise<number> {
  for (let at = 0; at < size; at += SCAN_BYTES) {
    const bytes = await bytesAt(file, at, SCAN_BYTES);
    const end = afterNuls(bytes, 0);
    if (end < bytes.length) return at + end;
  }
  return size;
}
