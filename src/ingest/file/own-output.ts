/**
 * Recognises the files that the process itself writes its output to. Such a file must not be read as a log: an alert is printed, its words
 * match a rule, and cause the next alert.
 */
import { fstatSync } from 'node:fs';
import type { LogFile } from './inspect.ts';

export type IsOwnOutput = (file: Pick<LogFile, 'device' | 'inode'>) => boolean;

/** Returns a function that recognises the files behind these descriptors. */
export function ownOutput(descriptors: readonly number[]): IsOwnOutput {
  const own = new Set(descriptors.flatMap(regularFile));
  return ({ device, inode }) => own.has(`${device} ${inode}`);
}

function regularFile(descriptor: number): string[] {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() ? [`${stat.dev} ${stat.ino}`] : [];
  } catch {
    // The program that started the process has closed this descriptor.
    return [];
  }
}
