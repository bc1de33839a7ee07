/**
 * Finds the file of a given generation of a log, wherever rotation has put it: still at the path, renamed, copied, compressed. A file is
 * taken only if it begins as that generation did, and if it holds before our place the bytes that we read there.
 */
import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, realpath, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Candidate } from './candidates.ts';
import { farCandidates, inOrder, isSame, nearCandidates } from './candidates.ts';
import { HEAD_BYTES, fits } from './fingerprint.ts';
import { isLater } from './identity.ts';
import { describe, openToRead, unreadable } from './inspect.ts';
import { LineCursor } from './line-cursor.ts';
import type { Logs } from './logs.ts';
import { GENERATION_SPAN } from './logs.ts';
import type { FilePlace } from './place.ts';
import type { Generation, RegisteredLog } from './registry.ts';

export interface LocatedFile {
  readonly handle: FileHandle;
  /** The path with links resolved. */
  readonly path: string;
  readonly cursor: LineCursor;
  readonly inode: string;
  readonly device: number;
  /** True for a copy or a decompressed file: no program writes to it any more. */
  readonly finished: boolean;
}

/** How the located file is read. */
export interface Reading {
  readonly logs: Logs;
  /** The folder for decompressed files. */
  readonly scratchDir: string;
  /** True when blank lines are kept as lines. */
  readonly keepBlank: boolean;
}

/**
 * Returns the file, `nowhere`, or `moving` when files were renamed during the search. Throws FixableError when a file that may be the one
 * cannot be read.
 */
export async function locate(
  log: RegisteredLog,
  generation: Generation,
  place: FilePlace,
  reading: Reading,
): Promise<LocatedFile | 'nowhere' | 'moving'> {
  const near = await nearCandidates(log.path);
  for (const path of inOrder(near, generation.inode, log.path)) {
    const found = await tryFile(path, log, generation, place, reading);
    if (found !== undefined) return found;
  }
  if (!isSame(near, await nearCandidates(log.path))) return 'moving';
  const { globs } = reading.logs;
  const others = place.path === undefined ? globs.paths : [place.path, ...globs.paths];
  const far = await farCandidates(log.path, others);
  for (const path of inOrder(far.filter(isOurs(generation, place)), generation.inode, log.path)) {
    const found = await tryFile(path, log, generation, place, reading);
    if (found !== undefined) return found;
  }
  return 'nowhere';
}

/** Accepts candidates in other folders. There an inode alone proves nothing, and a name needs more than a few first bytes. */
function isOurs(
  { inode, fingerprint }: Generation,
  { provenAt, provenBy }: FilePlace,
): (file: Candidate) => boolean {
  const isSure = fingerprint.bytes === HEAD_BYTES || (provenBy !== undefined && provenAt > 0);
  return (file) => (file.inode === inode ? fingerprint.bytes > 0 : isSure);
}

async function tryFile(
  path: string,
  log: RegisteredLog,
  generation: Generation,
  place: FilePlace,
  { scratchDir, keepBlank, logs }: Reading,
): Promise<LocatedFile | undefined> {
  const handle = await openToRead(path);
  if (handle === undefined) return undefined;
  let taken = false;
  try {
    const file = await describe(path, handle);
    if (file.compression !== undefined && !file.gzip) return undefined;
    const hasInode = file.inode === generation.inode;
    if (!hasInode && (generation.fingerprint.bytes === 0 || logs.isOther(log, path))) return undefined;
    if (!fits(generation.fingerprint, file.head) || isLater(log, generation, file)) return undefined;
    const text = file.gzip ? await decompress(path, handle, scratchDir) : handle;
    const cursor = new LineCursor(text, generation.number * GENERATION_SPAN, place.at, keepBlank);
    if (!(await cursor.seek(place.provenAt, place.provenBy))) {
      if (text !== handle) await text.close();
      return undefined;
    }
    taken = text === handle;
    const { inode, device } = file;
    const where = await realpath(path).catch(() => path);
    return { handle: text, cursor, path: where, inode, device, finished: file.gzip || !hasInode };
  } finally {
    if (!taken) await handle.close();
  }
}

/** Writes the text of a compressed file into a file without a name, which disappears when it is closed. */
async function decompress(path: string, compressed: FileHandle, scratchDir: string): Promise<FileHandle> {
  const scratch = join(scratchDir, `decompressed-${randomUUID()}`);
  const text = await open(scratch, 'wx+', 0o600);
  try {
    await unlink(scratch);
    const gunzip = createGunzip();
    // The callback may ignore the error: an error of either stream ends the loop.
    pipeline(compressed.createReadStream({ start: 0, autoClose: false }), gunzip, () => undefined);
    for await (const chunk of gunzip as AsyncIterable<Buffer>) await text.writeFile(chunk);
    return text;
  } catch (error) {
    await text.close();
    throw unreadable(path, error);
  }
}
