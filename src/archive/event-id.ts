/**
 * The id of an event in the archive: its position and a hash of its line. The position makes a replay find what is already
 * there; the hash keeps apart what a re-created topic or a replaced file put at the same place, so that nothing new is taken for
 * something old.
 */
import { hash } from 'node:crypto';
import type { LogEvent } from '../event/event.ts';

/** Elasticsearch refuses ids over 512 bytes; a longer source name stands as its hash. */
const SOURCE_LIMIT = 200;

/** 72 bits of SHA-256, as 12 characters. */
export function lineHash(line: string): string {
  return hash('sha256', line, 'base64url').slice(0, 12);
}

/** `source-partition-offset-hash`. */
export function eventId(event: Pick<LogEvent, 'position' | 'line'>): string {
  const { source, partition, offset } = event.position;
  const name = Buffer.byteLength(source) > SOURCE_LIMIT ? lineHash(source) : source;
  return `${name}-${partition}-${offset}-${lineHash(event.line)}`;
}
