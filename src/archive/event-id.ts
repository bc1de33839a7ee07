/**
 * The id of an event in the archive: its position and a hash of its line. By the position, a replay finds the events that are stored
 * already. The hash separates different lines at the same position, as after a topic was created again or a file was replaced, so that a
 * new line is not taken for an old one.
 */
import { hash } from 'node:crypto';
import type { LogEvent } from '../event/event.ts';

/** Maximum bytes of a source name in an id; a longer one is replaced by its hash. Elasticsearch refuses ids over 512 bytes. */
const SOURCE_LIMIT = 200;

/** Returns 72 bits of SHA-256 as 12 characters. `line`: a text or its UTF-8. */
export function lineHash(line: string | Uint8Array): string {
  return hash('sha256', line, 'base64url').slice(0, 12);
}

/** An event, whose line is a text or its UTF-8. */
type Identified = Pick<LogEvent, 'position'> & { readonly line: string | Uint8Array };

/** Returns `source-partition-offset-hash`. */
export function eventId({ position, line }: Identified): string {
  const { source, partition, offset } = position;
  const name = Buffer.byteLength(source) > SOURCE_LIMIT ? lineHash(source) : source;
  return `${name}-${partition}-${offset}-${lineHash(line)}`;
}
