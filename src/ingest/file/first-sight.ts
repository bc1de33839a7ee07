/**
 * The files that lay there at the first start of a source, and where the reading of each of them begins. They are listed once, in one
 * transaction, so that a process that is killed meanwhile changes nothing about where the next one begins. A file that is not in the list
 * came later: it is read from its beginning.
 */
import type { Stats } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SourceConfig } from '../../config/config.ts';
import { DamagedFile } from '../compression.ts';
import { hasHeaders } from '../header-lines.ts';
import type { FirstStart } from '../source.ts';
import { eventTimesOf } from './event-times.ts';
import { linkedPaths, namesIn } from './folders.ts';
import { headerAtTop } from './header-at-top.ts';
import type { LogFile } from './inspect.ts';
import { openToRead } from './inspect.ts';
import type { CursorReading, ReadableFile } from './line-cursor.ts';
import { PackedText } from './packed-text.ts';
import { packedPlaceSince, placeSince, type TimedReading } from './place-since.ts';
import type { FirstFile, Registry } from './registry.ts';

/** The files as they were are older than any time: only what is written from now on is read. */
const END_MS = Infinity;

export interface FirstSight {
  /** Returns true for a file that lay there as it is now, and of which nothing is read. */
  isPassedOver(file: Pick<Stats, 'ino' | 'size' | 'mtimeMs'>): boolean;
  /** Returns where the reading of a file of the log at `path` begins, in bytes; undefined when nothing of it is read. */
  beginningOf(file: LogFile, path: string): Promise<number | undefined>;
}

/** Lists the files, unless a process before has done so. `firstStart`: undefined where lines of the source had been read before. */
export async function firstSight(
  config: SourceConfig,
  globs: readonly string[],
  registry: Registry,
  firstStart: FirstStart | undefined,
): Promise<FirstSight> {
  if (registry.firstSight() === undefined) {
    const { start } = config;
    const isFirst = firstStart !== undefined && !firstStart.isOver && registry.logs.size === 0;
    if (!isFirst || start === undefined) registry.setFirstSight(-Infinity, []);
    else registry.setFirstSight(start === 'end' ? END_MS : firstStart.atMs - start, await filesAround(globs));
  }
  const { sinceMs, files } = registry.firstSight()!;
  const byInode = new Map(files.map((each) => [each.inode, each]));
  const atMs = firstStart?.atMs ?? sinceMs;
  return {
    isPassedOver({ ino, size, mtimeMs }) {
      const listed = byInode.get(String(ino));
      return listed?.size === size && listed.mtimeMs === mtimeMs && mtimeMs < sinceMs;
    },
    async beginningOf(file, path) {
      const listed = byInode.get(file.inode);
      if (listed === undefined || file.size < listed.size) return 0;
      if (file.packing !== undefined && (file.size !== listed.size || file.mtimeMs !== listed.mtimeMs))
        return 0;
      if (listed.mtimeMs < sinceMs) return file.packing === undefined ? listed.size : undefined;
      return await placeIn(file, { path, size: listed.size, sinceMs, atMs, config });
    },
  };
}

/** Lists all files in the folders where files match, and where links among these lead to. */
async function filesAround(globs: readonly string[]): Promise<readonly FirstFile[]> {
  const folders = new Set<string>();
  for (const pattern of globs)
    for await (const path of glob(pattern))
      for (const hop of await linkedPaths(path)) folders.add(dirname(hop));
  const found = new Map<string, FirstFile>();
  for (const folder of folders)
    for (const name of await namesIn(folder)) {
      const file = await stat(join(folder, name)).catch(() => undefined);
      if (file?.isFile() !== true) continue;
      const inode = String(file.ino);
      found.set(inode, { inode, size: file.size, mtimeMs: file.mtimeMs });
    }
  return [...found.values()];
}

interface Place {
  /** The path of the log. */
  readonly path: string;
  readonly size: number;
  readonly sinceMs: number;
  /** Times after this are in the future. */
  readonly atMs: number;
  readonly config: SourceConfig;
}

async function placeIn({ path, packing }: LogFile, place: Place): Promise<number | undefined> {
  const handle = await openToRead(path);
  if (handle === undefined) return 0;
  const { size, sinceMs } = place;
  if (packing === undefined) {
    try {
      return (await placeSince(handle, size, sinceMs, await timedReading(handle, size, place))) ?? size;
    } finally {
      await handle.close();
    }
  }
  const text = new PackedText(path, handle, packing);
  try {
    // Unpacked from its beginning, a text has its headers before its lines.
    return await packedPlaceSince(text, sinceMs, await timedReading(text, 0, place));
  } catch (error) {
    // It is read as far as it goes, and told of then.
    if (error instanceof DamagedFile) return 0;
    throw error;
  } finally {
    await text.close();
  }
}

/** Reads the times of events as the source does. */
async function timedReading(
  file: ReadableFile,
  size: number,
  { path, atMs, config }: Place,
): Promise<TimedReading> {
  const reading = cursorReading(config);
  const header = await headerAtTop(file, size, reading);
  return { reading, events: eventTimesOf(config, atMs, { path, header }) };
}

/** Returns how lines of a source are found in its files. */
export function cursorReading({
  decode,
  encoding,
}: Pick<SourceConfig, 'decode' | 'encoding'>): CursorReading {
  // Blank lines may be part of an event of several lines.
  return { keepBlank: decode.multiline !== undefined, encoding, hasHeaders: hasHeaders(decode) };
}
