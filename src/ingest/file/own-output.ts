/**
 * The files that the process itself writes its output to. Read as logs they would feed on themselves: an alert is printed, its words
 * match, and make the next one.
 */
import { fstatSync } from 'node:fs';
import type { LogFile } from './inspect.ts';

export type IsOwnOutput = (file: Pick<LogFile, 'device' | 'inode'>) => boolean;

/** Tells the files behind these descriptors from others. */
export function ownOutput(descriptors: readonly number[]): IsOwnOutput {
  const own = new Set(descriptors.flatMap(regularFile));
  return ({ device, inode }) => own.has(`${device} ${inode}`);
}

function regularFile(descriptor: number): string[] {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() ? [`${stat.dev} ${stat.ino}`] : [];
  } catch {
    // Closed by whoever started the process.
    return [];
  }
}
