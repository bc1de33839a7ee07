/**
 * Finds the file that is a given generation of a log, wherever rotation has put it: still at the path, renamed, copied, compressed. A
 * file is taken only if it begins as that generation did and holds, before our place, what we read there.
 */
import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, readdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fits } from './fingerprint.ts';
import { isLater } from './identity.ts';
import { describe, openToRead, unreadable } from './inspect.ts';
import { LineCursor } from './line-cursor.ts';
import { GENERATION_SPAN } from './logs.ts';
import type { Generation, RegisteredLog } from './registry.ts';
import { isGzip, isRotated } from './rotated-name.ts';

/** Where we are in a generation, and the evidence for a place at or before it. */
export interface Place {
  readonly at: number;
  readonly provenAt: number;
  readonly evidence: string | undefined;
}

export interface LocatedFile {
  readonly handle: FileHandle;
  readonly cursor: LineCursor;
  readonly inode: string;
  readonly device: number;
  /** A copy or a decompressed file: nobody writes to it any more. */
  readonly finished: boolean;
}

/** How what is found is read. */
export interface Reading {
  /** Folder for decompressed files. */
  readonly scratchDir: string;
  /** Blank lines are lines. */
  readonly keepBlank: boolean;
}

/** Undefined when it is nowhere. Throws SourceError when what may be it cannot be read. */
export async function locate(
  log: RegisteredLog,
  generation: Generation,
  place: Place,
  { scratchDir, keepBlank }: Reading,
): Promise<LocatedFile | undefined> {
  for (const path of await candidates(log.path, generation)) {
    const handle = await openToRead(path);
    if (handle === undefined) continue;
    let taken = false;
    try {
      const file = await describe(path, handle);
      if (file.compression !== undefined && !file.gzip) continue;
      const isIt = file.inode === generation.inode || generation.fingerprint.bytes > 0;
      if (!isIt || !fits(generation.fingerprint, file.head) || isLater(log, generation, file)) continue;
      const text = file.gzip ? await decompress(path, handle, scratchDir) : handle;
      const cursor = new LineCursor(text, generation.number * GENERATION_SPAN, place.at, keepBlank);
      if (await cursor.seek(place.provenAt, place.evidence)) {
        taken = text === handle;
        return {
          handle: text,
          cursor,
          inode: file.inode,
          device: file.device,
          finished: file.gzip || file.inode !== generation.inode,
        };
      }
      if (text !== handle) await text.close();
    } finally {
      if (!taken) await handle.close();
    }
  }
  return undefined;
}

/** Files that may be the generation: the inode first, then copies, compressed ones last. The log's own path only by its inode. */
async function candidates(path: string, generation: Generation): Promise<string[]> {
  const folder = dirname(path);
  const name = basename(path);
  const same: string[] = [];
  const copies: string[] = [];
  const compressed: string[] = [];
  for (const other of await readdir(folder).catch(() => [])) {
    const candidate = join(folder, other);
    const inode = await stat(candidate).then(
      ({ ino }) => String(ino),
      () => undefined,
    );
    if (inode === generation.inode && !isGzip(other)) same.push(candidate);
    else if (isRotated(name, other)) (isGzip(other) ? compressed : copies).push(candidate);
  }
  same.sort((a, b) => Number(b === path) - Number(a === path));
  return [...same, ...copies, ...compressed];
}

/** The text of a compressed file, in a file without a name: it goes when it is closed. */
async function decompress(path: string, compressed: FileHandle, scratchDir: string): Promise<FileHandle> {
  const scratch = join(scratchDir, `decompressed-${randomUUID()}`);
  const text = await open(scratch, 'wx+', 0o600);
  try {
    await unlink(scratch);
    const gunzip = createGunzip();
    // An error of either stream ends the loop.
    pipeline(compressed.createReadStream({ start: 0, autoClose: false }), gunzip, () => undefined);
    for await (const chunk of gunzip as AsyncIterable<Buffer>) await text.writeFile(chunk);
    return text;
  } catch (error) {
    await text.close();
    throw unreadable(path, error);
  }
}
