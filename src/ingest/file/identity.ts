/** Tells whether a file on disk is one that a log has had already. It decides on what it is given, and reads nothing. */
import { basename, dirname } from 'node:path';
import { HEAD_BYTES, fits } from './fingerprint.ts';
import type { LogFile } from './inspect.ts';
import type { Generation, RegisteredLog } from './registry.ts';
import { isRotated } from './rotated-name.ts';

/** The generation that is the log now, if it has had any. */
export function latestOf(log: RegisteredLog): Generation | undefined {
  const latest = log.generations.at(-1);
  return latest === undefined || latest.number < 0 ? undefined : latest;
}

/**
 * Whether `file` is one of the log's generations, or a copy of one. A copy has another inode, so it counts only where nothing among
 * `around` has the inode, and where enough of its beginning is known.
 */
export function isKnown(log: RegisteredLog, file: LogFile, around: readonly LogFile[]): boolean {
  const latest = latestOf(log);
  return log.generations.some((generation) => {
    const known = generation.fingerprint;
    if (!fits(known, file.head)) return false;
    if (generation.inode === file.inode && !file.gzip) return known.bytes > 0 || generation === latest;
    if (known.bytes === 0) return false;
    const isOther = ({ path, inode }: LogFile): boolean => path !== file.path && inode === generation.inode;
    if (around.some((other) => isOther(other) && fits(known, other.head))) return false;
    return known.bytes === HEAD_BYTES || known.bytes === file.head.length || generation === latest;
  });
}

/** Oldest first; of two written in the same tick, the one with the higher number. */
export function byAge(a: LogFile, b: LogFile): number {
  return a.mtimeMs - b.mtimeMs || b.path.localeCompare(a.path, 'en', { numeric: true });
}

/** Whether the log's file has been written again as a whole (an editor, a restored copy): it goes on where it was. */
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
  for (const base of bases)
    if (dirname(base) === dirname(path) && isRotated(basename(base), basename(path))) return true;
  return false;
}

/** Whether a later generation is in this file: it was truncated, or its inode used again. */
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
