/** Checks, while a file is read, that it is still the file that was opened. A name or an inode alone does not prove it. */
import { compressedError, compressionOf } from '../compression.ts';
import { HEAD_BYTES, fits } from './fingerprint.ts';
import { endOfHole, readHead } from './hole.ts';
import type { LocatedFile } from './locate.ts';
import type { Logs } from './logs.ts';
import type { RegisteredLog } from './registry.ts';
import type { TextStat } from './text-file.ts';

/** Returns true when the registry still says that this file is generation `number` of the log, and no later one. */
export function isStill(log: RegisteredLog, number: number, file: LocatedFile): boolean {
  if (file.finished) return true;
  return log.generations.findLast(({ inode }) => inode === file.inode)?.number === number;
}

/**
 * Checks that the registry knows the beginning of the file, as far as it is handed out, and passes over a hole before it. Returns false when it is not the same file any
 * more. Later on, the cursor notices a change by the bytes before its place; at the very beginning there are none. Throws FixableError when
 * the file holds compressed bytes.
 */
export async function knowHead(
  logs: Logs,
  log: RegisteredLog,
  number: number,
  file: LocatedFile,
  stat: TextStat,
): Promise<boolean> {
  const generation = log.generations.find((each) => each.number === number);
  // The beginning of a compressed file was compared when it was opened, and does not change any more.
  if (generation === undefined || file.packed !== undefined) return true;
  const { bytes } = generation.fingerprint;
  if (stat.size < bytes) return false;
  if (file.cursor.at > 0 && bytes >= Math.min(HEAD_BYTES, stat.size)) return true;
  const head = await readHead(file.handle, stat);
  if (!fits(generation.fingerprint, head)) return false;
  if (head.length > 0) file.cursor.passHole(endOfHole(stat));
  const compression = compressionOf(head);
  if (compression !== undefined) throw compressedError(log.path, compression);
  logs.grow(log, generation, head);
  return true;
}
