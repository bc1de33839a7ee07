/**
 * A log and its rotated files as they lay at one moment. Rotation renames one file after the other: who looks in the middle of it finds
 * a file twice, or not at all, so a look counts only if everything still lay there when it was over.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { linkedPaths, namesIn } from './folders.ts';
import type { LogFile } from './inspect.ts';
import { inspect } from './inspect.ts';
import { isGzip, isRotated } from './rotated-name.ts';

const ATTEMPTS = 5;

export interface Surroundings {
  /** What lies at the path of the log. */
  readonly file: LogFile | undefined;
  /** What rotation made of it. */
  readonly rotated: readonly LogFile[];
  /** Nothing moved while we looked. */
  readonly still: boolean;
}

/** Throws FixableError when the folder, or the file at the path, cannot be read. */
export async function surroundings(path: string): Promise<Surroundings> {
  for (let attempt = 1; ; attempt++) {
    const file = await inspect(path);
    const rotated = await rotatedFiles(path);
    const still = await isStill(path, file, rotated);
    if (still || attempt === ATTEMPTS) return { file, rotated: once(rotated, file), still };
  }
}

async function rotatedFiles(path: string): Promise<LogFile[]> {
  const found: LogFile[] = [];
  for (const other of await rotatedPaths(path)) {
    // One that cannot be read is reported when the log needs it.
    const file = await inspect(other).catch(() => undefined);
    if (file !== undefined && (file.gzip || file.compression === undefined)) found.push(file);
  }
  return found.filter((file) => !isBeingCompressed(file, found));
}

/** Beside the log, and beside what a link at its path leads to. */
async function rotatedPaths(path: string): Promise<string[]> {
  const found = new Set<string>();
  for (const hop of await linkedPaths(path))
    for (const other of await namesIn(dirname(hop)))
      if (isRotated(basename(hop), other)) found.add(join(dirname(hop), other));
  return [...found];
}

async function isStill(
  path: string,
  file: LogFile | undefined,
  rotated: readonly LogFile[],
): Promise<boolean> {
  if ((await inodeAt(path)) !== file?.inode) return false;
  const seen = new Map(rotated.map((other) => [other.path, other.inode]));
  for (const other of new Set([...seen.keys(), ...(await rotatedPaths(path))])) {
    const inode = await inodeAt(other);
    // What was there and is none of ours (unreadable, compressed otherwise) does not move by not being seen.
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

/** Each file once, the one at the path of the log not among the rotated. */
function once(rotated: readonly LogFile[], file: LogFile | undefined): LogFile[] {
  const byInode = new Map(rotated.map((other) => [other.inode, other]));
  if (file !== undefined) byInode.delete(file.inode);
  return [...byInode.values()];
}

/** The compressed file is begun before the plain one goes: until then it is the same file twice. */
function isBeingCompressed(file: LogFile, all: readonly LogFile[]): boolean {
  if (!isGzip(file.path)) return false;
  const plain = all.find(({ path }) => path === file.path.slice(0, -3));
  return plain !== undefined && plain.head.subarray(0, file.head.length).equals(file.head);
}
