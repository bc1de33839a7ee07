/**
 * Where a file of a log may lie: beside the log, beside what a link at its path leads to, where it was read last, and beside everything
 * that the globs match (`olddir`, a folder for what is done).
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { linkedPaths, namesIn } from './folders.ts';
import { isMissing, unreadable } from './inspect.ts';
import { isGzip, isRotated } from './rotated-name.ts';

export interface Candidate {
  readonly path: string;
  readonly inode: string;
  /** Its name is one that rotation gives; else only its inode speaks for it. */
  readonly named: boolean;
}

/** Files beside the log and beside what it links to. Throws FixableError where a folder cannot be read. */
export async function nearCandidates(path: string): Promise<Candidate[]> {
  const hops = await linkedPaths(path);
  const names = hops.map((hop) => basename(hop));
  const found: Candidate[] = [];
  for (const folder of new Set(hops.map((hop) => dirname(hop))))
    found.push(...(await filesIn(folder, names)));
  return found;
}

/** Files beside these other paths, under the names that the log has. What cannot be read there is no file of ours. */
export async function farCandidates(path: string, others: Iterable<string>): Promise<Candidate[]> {
  const hops = await linkedPaths(path);
  const names = hops.map((hop) => basename(hop));
  const near = new Set(hops.map((hop) => dirname(hop)));
  const folders = new Set(Array.from(others, (other) => dirname(other)).filter((each) => !near.has(each)));
  const found: Candidate[] = [];
  for (const folder of folders) found.push(...(await filesIn(folder, names).catch(() => [])));
  return found;
}

/** Those with this inode first, then copies, compressed ones last. A file that only its inode could speak for is left out. */
export function inOrder(candidates: readonly Candidate[], inode: string, path: string): string[] {
  const rank = (each: Candidate): number => {
    if (each.inode === inode && !isGzip(each.path)) return each.path === path ? 0 : 1;
    return isGzip(each.path) ? 3 : 2;
  };
  return candidates
    .filter((each) => rank(each) < 2 || each.named)
    .sort((a, b) => rank(a) - rank(b))
    .map((each) => each.path);
}

/** Whether the same files lie at the same paths. */
export function isSame(before: readonly Candidate[], after: readonly Candidate[]): boolean {
  const inodes = new Map(before.map(({ path, inode }) => [path, inode]));
  return before.length === after.length && after.every(({ path, inode }) => inodes.get(path) === inode);
}

/** `names`: what the log is called. */
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
