/**
 * A log and its rotated files as they lay at one moment. Rotation renames one file after the other. A look in the middle of it finds a file
 * twice, or not at all. So a look counts only if all files still lay in the same places when it was over.
 */
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { linkedPaths, namesIn } from './folders.ts';
import type { LogFile } from './inspect.ts';
import { inspect } from './inspect.ts';
import { unpackedName } from '../compression.ts';
import { isRotated } from './rotated-name.ts';

const ATTEMPTS = 5;

export interface Surroundings {
  /** The file at the path of the log. */
  readonly file: LogFile | undefined;
  /** The files that rotation made of the log. */
  readonly rotated: readonly LogFile[];
  /** True when no file moved during the look. */
  readonly still: boolean;
}

export type IsPassedOver = (file: Stats) => boolean;

/**
 * `formerTarget`: where a link at the path led to before. Throws FixableError when the folder, or the file at the path, cannot be read. A file
 * that `isPassedOver` is not looked at.
 */
export async function surroundings(
  path: string,
  formerTarget?: string,
  isPassedOver: IsPassedOver = () => false,
): Promise<Surroundings> {
  for (let attempt = 1; ; attempt++) {
    const file = await inspect(path);
    const rotated = await rotatedFiles(path, formerTarget, isPassedOver);
    const still = await isStill(path, formerTarget, file, rotated);
    if (still || attempt === ATTEMPTS) return { file, rotated: once(rotated, file), still };
  }
}

async function rotatedFiles(
  path: string,
  formerTarget: string | undefined,
  isPassedOver: IsPassedOver,
): Promise<LogFile[]> {
  const found: LogFile[] = [];
  for (const other of await rotatedPaths(path, formerTarget)) {
    const seen = await stat(other).catch(() => undefined);
    if (seen !== undefined && isPassedOver(seen)) continue;
    // A rotated file that cannot be read is reported when the log needs it.
    const file = await inspect(other).catch(() => undefined);
    if (file !== undefined && (file.packing !== undefined || file.compression === undefined))
      found.push(file);
  }
  return found.filter((file) => !isBeingCompressed(file, found));
}

/** Lists the rotated files beside the log, and beside the targets of a link at its path. The file at the former target is one of them. */
async function rotatedPaths(path: string, formerTarget: string | undefined): Promise<string[]> {
  const hops = await linkedPaths(path);
  const target = await realpath(path).catch(() => undefined);
  const hasLeft = formerTarget !== undefined && formerTarget !== target;
  const found = new Set(hasLeft ? [formerTarget] : []);
  for (const hop of hasLeft ? [...hops, formerTarget] : hops)
    for (const other of await namesIn(dirname(hop)))
      if (isRotated(basename(hop), other)) found.add(join(dirname(hop), other));
  return [...found];
}

async function isStill(
  path: string,
  formerTarget: string | undefined,
  file: LogFile | undefined,
  rotated: readonly LogFile[],
): Promise<boolean> {
  if ((await inodeAt(path)) !== file?.inode) return false;
  const seen = new Map(rotated.map((other) => [other.path, other.inode]));
  for (const other of new Set([...seen.keys(), ...(await rotatedPaths(path, formerTarget))])) {
    const inode = await inodeAt(other);
    // A file that is not among `rotated` (unreadable, compressed in another way) has not moved just because it was not seen.
    if (seen.has(other) ? inode !== seen.get(other) : rotated.some((known) => known.inode === inode))
      return false;
  }
  return true;
}

async function inodeAt(path: string): Promise<string | undefined> {
  return stat(path).then(
    ({ ino }) => String(ino),
    () => undefined,
  );
}

/** Keeps each file once, without the file at the path of the log. */
function once(rotated: readonly LogFile[], file: LogFile | undefined): LogFile[] {
  const byInode = new Map(rotated.map((other) => [other.inode, other]));
  if (file !== undefined) byInode.delete(file.inode);
  return [...byInode.values()];
}

/**
 * Returns true for a compressed file whose plain file still exists. Compression begins the new file before it removes the old one; until
 * then it is the same file twice.
 */
function isBeingCompressed(file: LogFile, all: readonly LogFile[]): boolean {
  const plainPath = unpackedName(file.path);
  const plain = plainPath === file.path ? undefined : all.find(({ path }) => path === plainPath);
  return plain !== undefined && plain.head.subarray(0, file.head.length).equals(file.head);
}
