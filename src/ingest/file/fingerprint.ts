/**
 * What a file is known by besides its inode, which file systems use again: a hash of its first bytes. It grows with the file until it
 * covers HEAD_BYTES, so what is known of a short file stays true of the longer one.
 */
import { createHash } from 'node:crypto';

export const HEAD_BYTES = 1_024;

export interface Fingerprint {
  /** How many of the file's first bytes the hash covers; 0 of an empty file. */
  readonly bytes: number;
  readonly hash: string;
}

const EMPTY: Fingerprint = { bytes: 0, hash: '' };

/** Fingerprint of a file that begins with `head`. */
export function fingerprint(head: Buffer): Fingerprint {
  const bytes = Math.min(head.length, HEAD_BYTES);
  return bytes === 0 ? EMPTY : { bytes, hash: hashOf(head, bytes) };
}

/** Whether a file that begins with `head` may be the one with this fingerprint. Anything may be an empty file that has grown. */
export function fits(known: Fingerprint, head: Buffer): boolean {
  return known.bytes === 0 || (head.length >= known.bytes && hashOf(head, known.bytes) === known.hash);
}

function hashOf(head: Buffer, bytes: number): string {
  return createHash('sha256').update(head.subarray(0, bytes)).digest('hex').slice(0, 32);
}
