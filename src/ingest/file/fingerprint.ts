/**
 * Identifies a file by a hash of its first bytes, because file systems use inodes again. The fingerprint grows with the file until it
 * covers HEAD_BYTES. So the fingerprint of a short file also fits the longer file that it becomes.
 */
import { createHash } from 'node:crypto';

export const HEAD_BYTES = 1_024;

export interface Fingerprint {
  /** How many of the first bytes of the file the hash covers; 0 for an empty file. */
  readonly bytes: number;
  readonly hash: string;
}

const EMPTY: Fingerprint = { bytes: 0, hash: '' };

/** Returns the fingerprint of a file that begins with `head`. */
export function fingerprint(head: Buffer): Fingerprint {
  const bytes = Math.min(head.length, HEAD_BYTES);
  return bytes === 0 ? EMPTY : { bytes, hash: hashOf(head, bytes) };
}

/** Returns true when a file that begins with `head` may be the file with this fingerprint. Any file may be an empty file that has grown. */
export function fits(known: Fingerprint, head: Buffer): boolean {
  return known.bytes === 0 || (head.length >= known.bytes && hashOf(head, known.bytes) === known.hash);
}

function hashOf(head: Buffer, bytes: number): string {
  return createHash('sha256').update(head.subarray(0, bytes)).digest('hex').slice(0, 32);
}
