/** Searches the embedded archive. The index finds candidates; then the matcher decides on each event as it was decoded. */
import { existsSync } from 'node:fs';
import type { Field, JsonObject, LogEvent, Schema, Value } from '../../event/event.ts';
import { fieldValue } from '../../event/field-value.ts';
import { parseWithNumberTexts, withoutMark } from '../../event/number-text.ts';
import type { SearchHit, SearchRequest } from '../archive.ts';
import { eventId } from '../event-id.ts';
import { candidates } from './candidates.ts';
import type { FoundEvent, SqliteSearchOptions, SearchReply } from './protocol.ts';
import { indexFingerprint } from './tokens.ts';
import { WorkerLink } from './worker-link.ts';
import { FixableError } from '../../event/fixable-error.ts';

/**
 * Yields the hits, newest first, all from the same state of the archive. Fails with FixableError if there is no archive or it cannot be
 * read.
 */
export async function* searchSqlite(
  path: string,
  schema: Schema,
  request: SearchRequest,
): AsyncGenerator<SearchHit, void, undefined> {
  if (!existsSync(path)) {
    throw new FixableError(
      'archive',
      `there is no archive at ${path} yet`,
      'start `tocsin run`, or name the right archive.sqlite.path',
    );
  }
  const match = candidates(request.condition, schema);
  const options: SqliteSearchOptions = {
    path,
    fingerprint: indexFingerprint(schema),
    ...(match !== undefined && { match }),
    sinceMs: request.sinceMs ?? Number.MIN_SAFE_INTEGER,
    untilMs: request.untilMs ?? Number.MAX_SAFE_INTEGER,
  };
  const worker = new WorkerLink<'more', SearchReply>('search-worker', options);
  try {
    let hits = 0;
    for (;;) {
      const reply = await worker.call('more');
      if (reply.kind === 'failed') {
        throw new FixableError(
          'archive',
          `the archive ${path} cannot be read: ${reply.message}`,
          'check the file and its permissions',
        );
      }
      for (const found of reply.events) {
        if (hits >= request.limit) return;
        const event = rebuilt(found);
        if (!request.matches(event)) continue;
        hits += 1;
        yield {
          id: eventId(event),
          timeMs: event.timeMs,
          timeliness: event.timeliness,
          source: found.source,
          document: event.document,
          line: event.line,
        };
      }
      if (reply.last) return;
    }
  } finally {
    await worker.close();
  }
}

/** Returns the event as the decoder returned it. */
function rebuilt(found: FoundEvent): LogEvent {
  const { source, partition, offset, timeMs, timeInferred, timeliness, undecodable, line } = found;
  const json = isJsonOf(found);
  // The stored JSON cannot hold a number beyond a double (1e400), but a keyword field needs the text of such a number. So the document is
  // parsed from the line.
  const document = JSON.parse(json ? withoutMark(line) : (found.document ?? line)) as JsonObject;
  const described = json
    ? { timeMs, document, json: line, exactDocument: () => parseWithNumberTexts(line) }
    : { timeMs, document };
  return {
    position: { source, partition, offset },
    timeMs,
    timeInferred,
    timeliness,
    ...(undecodable !== null && { undecodable }),
    line,
    document,
    values: (field: Field): readonly Value[] => fieldValue(field, described).values,
  };
}

/** Returns true if the document is the JSON of the line. The line may write it differently (`1.0`); the numbers then keep their text. */
function isJsonOf(found: FoundEvent): boolean {
  if (found.document === null) return true;
  if (!found.line.trimStart().startsWith('{')) return false;
  try {
    return JSON.stringify(JSON.parse(withoutMark(found.line))) === found.document;
  } catch {
    return false;
  }
}
