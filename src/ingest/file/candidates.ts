/**
 * Lists where a file of a log may lie: beside the log, beside the targets of a link at its path, where it was seen before, and beside
 * everything that the globs match (`olddir`, a folder for logs that are finished).
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { linkedPaths, namesIn } from './folders.ts';
import { packingNamed } from '../compression.ts';
import { isMissing, unreadable } from './inspect.ts';
import { isRotated, logNameOf } from './rotated-name.ts';

export interface Candidate {
  readonly path: string;
  readonly inode: string;
  /** True when the name is one that rotation gives. Any other file is a candidate only by its inode. */
  readonly named: boolean;
}

/**
 * Returns the files beside the log and beside the targets of its links. `seenAt`: where the file was seen before, maybe under another name.
 * Throws FixableError when a folder cannot be read.
 */
export async function nearCandidates(path: string, seenAt: readonly string[]): Promise<Candidate[]> {
  const hops = await linkedPaths(path);
  const names = namesOf([...hops, ...seenAt]);
  const found: Candidate[] = [];
  for (const folder of new Set(hops.map((hop) => dirname(hop))))
    found.push(...(await filesIn(folder, names)));
  return found;
}

/** Returns the files beside `seenAt` and these other paths. A folder that cannot be read there is passed over. */
export async function farCandidates(
  path: string,
  seenAt: readonly string[],
  others: Iterable<string>,
): Promise<Candidate[]> {
  const hops = await linkedPaths(path);
  const names = namesOf([...hops, ...seenAt]);
  const near = new Set(hops.map((hop) => dirname(hop)));
  const paths = [...seenAt, ...others];
  const folders = new Set(Array.from(paths, (each) => dirname(each)).filter((each) => !near.has(each)));
  const found: Candidate[] = [];
  for (const folder of folders) found.push(...(await filesIn(folder, names).catch(() => [])));
  return found;
}

/**
 * Sorts paths: files with this inode first, then copies, compressed files last. A file with another inode and without a name that rotation
 * gives is left out.
 */
export function inOrder(candidates: readonly Candidate[], inode: string, path: string): string[] {
  const rank = (each: Candidate): number => {
    const isPacked = packingNamed(each.path) !== undefined;
    if (each.inode !== inode) return isPacked ? 4 : 3;
    if (isPacked) return 2;
    return each.path === path ? 0 : 1;
  };
  return candidates
    .filter((each) => rank(each) < 2 || each.named)
    .sort((a, b) => rank(a) - rank(b))
    .map((each) => each.path);
}

/** Returns true when the same files lie at the same paths. */
export function isSame(before: readonly Candidate[], after: readonly Candidate[]): boolean {
  const inodes = new Map(before.map(({ path, inode }) => [path, inode]));
  return before.length === after.length && after.every(({ path, inode }) => inodes.get(path) === inode);
}

/** Returns the file names of a log. A compressed file that is a log by itself is rotated under the name of the log that it was made of. */
function namesOf(paths: readonly string[]): string[] {
  const names = paths.map((each) => basename(each));
  return [...names, ...names.filter((name) => packingNamed(name) !== undefined).map(logNameOf)];
}

/** Lists the files of a folder. `names` are the file names of the log. */
async function filesIn(folder: string, names: readonly string[]): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const other of await namesIn(folder)) {
    const path = join(folder, other);
    const inode = await inodeAt(path);
    if (inode !== undefined) found.push({ path, inode, named: names.some((name) => isRotated(name, other)) });
  }
  return found;
}

async function inodeAt(path: string): Promise<string | undefined> {
  try {
    return String((await stat(path)).ino);
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw unreadable(path, error);
  }
}
