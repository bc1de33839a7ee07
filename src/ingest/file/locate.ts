/**
 * Finds the file of a given generation of a log, wherever rotation has put it: still at the path, renamed, copied, compressed. A file is
 * taken only if it begins as that generation did, and if it holds before our place the bytes that we read there.
 */
import type { Packing } from '../compression.ts';
import { PackedTwice, compressionOf } from '../compression.ts';
import type { Candidate } from './candidates.ts';
import { farCandidates, inOrder, isSame, nearCandidates } from './candidates.ts';
import { HEAD_BYTES, fits } from './fingerprint.ts';
import { isLater, isOtherArchive } from './identity.ts';
import { headerAtTop } from './header-at-top.ts';
import { describe, openToRead } from './inspect.ts';
import { LineCursor, type CursorReading } from './line-cursor.ts';
import type { Logs } from './logs.ts';
import { GENERATION_SPAN } from './numbering.ts';
import { PackedText } from './packed-text.ts';
import type { FilePlace } from './place.ts';
import type { Generation, RegisteredLog } from './registry.ts';
import type { TextFile } from './text-file.ts';

export interface LocatedFile {
  readonly handle: TextFile;
  /** The handle of a compressed file. */
  readonly packed?: PackedText;
  /** The path with links resolved. */
  readonly path: string;
  readonly cursor: LineCursor;
  readonly inode: string;
  readonly device: number;
  /** True for a copy or a compressed file: no program writes to it any more. */
  readonly finished: boolean;
  /** True while the rest of a line is to be passed over before anything is read. */
  isWithinLine: boolean;
  /** The columns that its beginning names, where reading begins behind it. */
  readonly header?: string;
}

/** How the located file is read. */
export interface Reading {
  readonly logs: Logs;
  readonly lines: CursorReading;
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
  const seenAt = [place.path, generation.target].filter((each) => each !== undefined);
  const near = await nearCandidates(log.path, seenAt);
  for (const path of inOrder(near, generation.inode, log.path)) {
    const found = await tryFile(path, log, generation, place, reading);
    if (found !== undefined) return found;
  }
  if (!isSame(near, await nearCandidates(log.path, seenAt))) return 'moving';
  const far = await farCandidates(log.path, seenAt, reading.logs.globs.paths);
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
  { lines, logs }: Reading,
): Promise<LocatedFile | undefined> {
  const handle = await openToRead(path);
  if (handle === undefined) return undefined;
  let packed: PackedText | undefined;
  let taken = false;
  try {
    const file = await describe(path, handle);
    if (file.compression !== undefined && file.packing === undefined) return undefined;
    const hasInode = file.inode === generation.inode;
    if (!hasInode && (generation.fingerprint.bytes === 0 || logs.isOther(log, path))) return undefined;
    if (!fits(generation.fingerprint, file.head)) return undefined;
    if (isLater(log, generation, file) || isOtherArchive(log, generation, file)) return undefined;
    if (file.packing !== undefined) {
      refusePackedTwice(path, file.packing, file.head);
      packed = new PackedText(path, handle, file.packing);
    }
    const text = packed ?? handle;
    const header = await headerAtTop(text, place.at, lines);
    const cursor = new LineCursor(text, generation.number * GENERATION_SPAN, place.at, lines);
    if (!(await cursor.seek(place.provenAt, place.provenBy))) return undefined;
    taken = true;
    // A short log may have grown unseen. Later on, no more of its beginning may be known.
    if (packed !== undefined) {
      logs.grow(log, generation, file.head);
      logs.recognise(log, generation, file);
    }
    const { inode, device, target } = file;
    const finished = packed !== undefined || !hasInode;
    return {
      handle: text,
      cursor,
      path: target,
      inode,
      device,
      finished,
      isWithinLine: place.begins === true,
      ...(packed !== undefined && { packed }),
      ...(header !== undefined && { header }),
    };
  } finally {
    if (!taken) await (packed ?? handle).close();
  }
}

/** Throws DamagedFile when what was compressed is compressed itself. */
function refusePackedTwice(path: string, packing: Packing, head: Buffer): void {
  const inner = compressionOf(head);
  if (inner !== undefined) throw new PackedTwice(path, packing, inner);
}
