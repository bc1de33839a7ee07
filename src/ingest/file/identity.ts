/** Tells if a file on disk is one that a log has had already. The functions judge only their arguments, and read no file. */
import { basename, dirname } from 'node:path';
import { HEAD_BYTES, fits } from './fingerprint.ts';
import type { LogFile } from './inspect.ts';
import { isMarked } from './packed-mark.ts';
import type { Generation, RegisteredLog } from './registry.ts';
import { isRotated } from './rotated-name.ts';

/** Returns the generation that is the log now, if the log has had any. */
export function latestOf(log: RegisteredLog): Generation | undefined {
  const latest = log.generations.at(-1);
  return latest === undefined || latest.number < 0 ? undefined : latest;
}

/**
 * Returns true when `file` is one of the generations of the log, or a copy of one. A copy has another inode. So it counts only when no file
 * in `around` has the inode of the generation, and when enough of its beginning is known.
 */
export function isKnown(log: RegisteredLog, file: LogFile, around: readonly LogFile[]): boolean {
  const latest = latestOf(log);
  return log.generations.some((generation) => {
    const known = generation.fingerprint;
    if (!fits(known, file.head)) return false;
    const isSame = known.bytes === 0 ? undefined : isSamePacked(generation, file);
    if (isSame !== undefined) return isSame;
    if (generation.inode === file.inode && file.packing === undefined)
      return known.bytes > 0 || generation === latest || file.head.length === 0;
    if (known.bytes === 0) return false;
    const isItself = (other: LogFile): boolean =>
      other !== file &&
      other.packing === undefined &&
      other.inode === generation.inode &&
      fits(known, other.head);
    if (around.some(isItself)) return false;
    return known.bytes === HEAD_BYTES || known.bytes === file.head.length || generation === latest;
  });
}

/** Returns true when the file of an empty generation has been given a later number, because it was not recognised. */
export function hasLaterNumber(log: RegisteredLog, { number, inode, fingerprint }: Generation): boolean {
  return (
    fingerprint.bytes === 0 && log.generations.some((each) => each.number > number && each.inode === inode)
  );
}

/** Sorts the oldest file first. Two files written in the same tick: the one with the higher number in its name first. */
export function byAge(a: LogFile, b: LogFile): number {
  return a.mtimeMs - b.mtimeMs || b.path.localeCompare(a.path, 'en', { numeric: true });
}

/** Returns true when the file of the log has been written again as a whole (an editor, a restored copy). Reading goes on where it was. */
export function isRewritten(latest: Generation, file: LogFile, rotated: readonly LogFile[]): boolean {
  const known = latest.fingerprint;
  if (known.bytes < HEAD_BYTES || !fits(known, file.head)) return false;
  return !rotated.some(({ inode, head }) => inode === latest.inode && fits(known, head));
}

export function isPutBack(log: RegisteredLog, file: LogFile): boolean {
  return log.generations.some(
    ({ inode, fingerprint: known }) =>
      inode === file.inode &&
      fits(known, file.head) &&
      (known.bytes === HEAD_BYTES || (known.bytes > 0 && known.bytes === file.head.length)),
  );
}

export function hasBase(path: string, bases: ReadonlySet<string>): boolean {
  for (const base of bases) if (base !== path && isBeside(base, path)) return true;
  return false;
}

/** Returns true when the path is that of the log, or that of a file which rotation made of it and left beside it. */
export function isBeside(logPath: string, path: string): boolean {
  return (
    path === logPath || (dirname(path) === dirname(logPath) && isRotated(basename(logPath), basename(path)))
  );
}

/** Returns true when this file holds a later generation: the file was truncated, or its inode was used again. */
export function isLater(
  log: RegisteredLog,
  generation: Generation,
  file: Pick<LogFile, 'inode' | 'head'>,
): boolean {
  return log.generations.some(
    ({ number, inode, fingerprint }) =>
      number > generation.number && inode === file.inode && fits(fingerprint, file.head),
  );
}

/** Returns true when this compressed file is another generation of the log, whatever `generation` has in common with it. */
export function isOtherArchive(
  log: RegisteredLog,
  generation: Generation,
  file: Pick<LogFile, 'inode' | 'head' | 'packing' | 'mark' | 'start'>,
): boolean {
  if (file.packing === undefined || isSamePacked(generation, file) === true) return false;
  const others = log.generations.filter((each) => each !== generation && each.fingerprint.bytes > 0);
  return others.some(
    (other) =>
      fits(other.fingerprint, file.head) &&
      (isSamePacked(other, file) ?? (file.inode !== generation.inode && other.inode === file.inode)),
  );
}

/**
 * Returns the generation that `file`, a compressed file, is: the same compressed bytes, moved or not. Where the compressed bytes of a
 * generation are not known, its inode or its time is compared instead.
 */
export function archiveIn(log: RegisteredLog, file: LogFile): Generation | undefined {
  return log.generations.find((generation) => {
    const { inode, fingerprint, mtimeMs } = generation;
    if (fingerprint.bytes === 0 || !fits(fingerprint, file.head)) return false;
    return (
      isSamePacked(generation, file) ??
      (inode === file.inode || (mtimeMs === file.mtimeMs && fingerprint.bytes === fingerprintBytes(file)))
    );
  });
}

/** Compares compressed bytes; undefined when those of one of the two are not known, or they are compressed in different ways. */
export function isSamePacked(
  { packed, inode }: Generation,
  { mark, start, inode: fileInode }: Pick<LogFile, 'mark' | 'start' | 'inode'>,
): boolean | undefined {
  if (packed === undefined || mark?.packing !== packed.packing || start === undefined) return undefined;
  return isMarked(packed, inode, { inode: fileInode, mark, start });
}

/** Returns the generation of `log`, another log of the same name, that begins as far as it is known as this compressed file does. */
export function beginningLike(log: RegisteredLog, file: LogFile): Generation | undefined {
  const latest = latestOf(log);
  return log.generations.find((generation) => {
    if (isSamePacked(generation, file) === false) return false;
    const { bytes } = generation.fingerprint;
    const isSure = bytes === fingerprintBytes(file) || (generation === latest && bytes > 0);
    return isSure && fits(generation.fingerprint, file.head);
  });
}

function fingerprintBytes({ head }: LogFile): number {
  return Math.min(HEAD_BYTES, head.length);
}
