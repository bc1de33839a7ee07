/** Searches the embedded archive. The index finds candidates; then the matcher decides on each event as it was decoded. */
import { existsSync } from 'node:fs';
import type { LogEvent, Schema } from '../../event/event.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import type { Condition } from '../../rule/ast.ts';
import type { SearchHit, SearchRequest } from '../archive.ts';
import { eventId } from '../event-id.ts';
import { blockQuery } from './block-query.ts';
import { candidates } from './candidates.ts';
import { fieldKernel } from './field-kernel.ts';
import { foundEvents } from './found-lines.ts';
import { answered, FoundPages } from './found-pages.ts';
import { fullTextMatch, OLDER_FORMS } from './full-text.ts';
import type { SqliteSearchOptions, SearchReply } from './protocol.ts';
import { indexFingerprint } from './terms.ts';
import { WorkerLink } from './worker-link.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** The thread that reads the archive: one of its own, or the one that asks, which then does nothing else meanwhile. */
export type SearchThread = 'own' | 'here';

/**
 * Yields the hits, newest first, all from the same state of the archive. Fails with FixableError if there is no archive or it cannot be
 * read.
 */
export async function* searchSqlite(
  path: string,
  schema: Schema,
  request: SearchRequest,
  thread: SearchThread = 'own',
): AsyncGenerator<SearchHit, void, undefined> {
  if (!existsSync(path)) {
    throw new FixableError(
      'archive',
      `there is no archive at ${path} yet`,
      'start `tocsin run`, or name the right archive.sqlite.path',
    );
  }
  const options: SqliteSearchOptions = {
    path,
    ...asked(request.condition, schema),
    sinceMs: request.sinceMs ?? Number.MIN_SAFE_INTEGER,
    untilMs: request.untilMs ?? Number.MAX_SAFE_INTEGER,
  };
  const pages = thread === 'own' ? pagesOfThread(options) : pagesHere(options);
  try {
    let hits = 0;
    let kernel: LineKernel | undefined;
    for (;;) {
      const reply = await pages.next();
      if (reply.kind === 'failed') {
        throw new FixableError(
          'archive',
          `the archive ${path} cannot be read: ${reply.message}`,
          'check the file and its permissions',
        );
      }
      for (const event of foundEvents(reply.page, kernel)) {
        if (hits >= request.limit) return;
        if (!request.matches(event)) continue;
        hits += 1;
        yield hitOf(event);
      }
      if (reply.last || hits >= request.limit) return;
      kernel ??= fieldKernel(schema);
    }
  } finally {
    await pages.close();
  }
}

interface Pages {
  /** Resolves to the next page. Call it again only after the answer, and not behind the last page. */
  next(): Promise<SearchReply>;
  close(): Promise<void>;
}

/** The thread reads the next page while this thread looks at the one before. */
function pagesOfThread(options: SqliteSearchOptions): Pages {
  const worker = new WorkerLink<'more', SearchReply>('search-worker', options);
  const ask = (): Promise<SearchReply> => {
    const reply = worker.call('more');
    // The answer to a question that was asked ahead may be an error that nobody waits for.
    reply.catch(() => undefined);
    return reply;
  };
  let ahead = ask();
  return {
    async next() {
      const reply = await ahead;
      if (reply.kind === 'page' && !reply.last) ahead = ask();
      return reply;
    },
    close: () => worker.stop(),
  };
}

function pagesHere(options: SqliteSearchOptions): Pages {
  let pages: FoundPages | undefined;
  return {
    next() {
      const reply = answered(() => (pages ??= new FoundPages(options)));
      return Promise.resolve(reply);
    },
    close() {
      pages?.close();
      return Promise.resolve();
    },
  };
}

/** Returns what blocks are asked, and what the full-text index of older versions is asked. */
function asked(condition: Condition, schema: Schema): Pick<SqliteSearchOptions, 'blocks' | 'matches'> {
  const query = candidates(condition, schema);
  const ofBlocks = blockQuery(query, schema);
  const matches = new Map<string, string>();
  for (const form of OLDER_FORMS) {
    const match = fullTextMatch(query, form);
    if (match !== undefined) matches.set(indexFingerprint(schema, form.version), match);
  }
  const fingerprint = indexFingerprint(schema);
  return { blocks: { fingerprint, ...(ofBlocks !== undefined && { query: ofBlocks }) }, matches };
}

function hitOf(event: LogEvent): SearchHit {
  const { timeMs, timeliness, document, line } = event;
  return { id: eventId(event), timeMs, timeliness, source: event.position.source, document, line };
}
