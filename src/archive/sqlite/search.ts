/** Searching the embedded archive: the index finds candidates, the matcher decides on the event as it was decoded. */
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

/** Hits newest first, read from one snapshot. Fails with FixableError where there is no archive or it cannot be read. */
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

/** The event as the decoder gave it. */
function rebuilt(found: FoundEvent): LogEvent {
  const { source, partition, offset, timeMs, timeInferred, timeliness, undecodable, line } = found;
  const json = isJsonOf(found);
  // Not from the stored text, which cannot hold a number beyond a double (1e400): to a keyword it is its text.
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

/** Whether the document is the line's JSON, though written differently (`1.0`): its numbers then keep their text. */
function isJsonOf(found: FoundEvent): boolean {
  if (found.document === null) return true;
  if (!found.line.trimStart().startsWith('{')) return false;
  try {
    return JSON.stringify(JSON.parse(withoutMark(found.line))) === found.document;
  } catch {
    return false;
  }
}
