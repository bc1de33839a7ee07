/**
 * A log and its rotated files as they lay at one moment. Rotation renames one file after the other: who looks in the middle of it finds
 * a file twice, or not at all, so a look counts only if everything still lay there when it was over.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LogFile } from './inspect.ts';
import { inspect, isMissing, unreadable } from './inspect.ts';
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

/** Throws SourceError when the folder, or the file at the path, cannot be read. */
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
  for (const name of await rotatedNames(path)) {
    // One that cannot be read is reported when the log needs it.
    const file = await inspect(join(dirname(path), name)).catch(() => undefined);
    if (file !== undefined && (file.gzip || file.compression === undefined)) found.push(file);
  }
  return found.filter((file) => !isBeingCompressed(file, found));
}

/** Names in a folder; none where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(folder, error);
  }
}

async function rotatedNames(path: string): Promise<string[]> {
  const name = basename(path);
  return (await namesIn(dirname(path))).filter((other) => isRotated(name, other));
}

async function isStill(
  path: string,
  file: LogFile | undefined,
  rotated: readonly LogFile[],
): Promise<boolean> {
  if ((await inodeAt(path)) !== file?.inode) return false;
  const seen = new Map(rotated.map((other) => [other.path, other.inode]));
  const names = new Set((await rotatedNames(path)).map((name) => join(dirname(path), name)));
  for (const other of new Set([...seen.keys(), ...names])) {
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
