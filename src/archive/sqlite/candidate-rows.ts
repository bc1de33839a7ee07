/** Reads the events that a search has to look at, newest first, and no further than they are asked for. */
import type { DatabaseSync } from 'node:sqlite';
import type { Timeliness } from '../../event/event.ts';
import { BlockHits, type BlockPlace } from './blocks/block-hits.ts';
import { LineSet } from './blocks/line-set.ts';
import { fullTextCandidates } from './full-text-candidates.ts';
import { newestFirst, type Found } from './newest-first.ts';
import type { SqliteSearchOptions } from './protocol.ts';
import { hasBlocks, hasFullText } from './tables.ts';

/** An event: partition, offset, time, inferred, timeliness, undecodable, line as UTF-8, document. */
export type EventRow = [number, number, number, number, Timeliness, string | null, Uint8Array, string | null];

const COLUMNS =
  'partition_id, offset, time_ms, time_inferred, timeliness, undecodable, CAST(line AS BLOB), document';

/** Yields the candidates, newest event first. Events of one time go by their ids. */
export function* candidateRows(db: DatabaseSync, options: SqliteSearchOptions): Generator<EventRow> {
  const event = db.prepare(`SELECT ${COLUMNS} FROM events WHERE id = ?`);
  event.setReturnArrays(true);
  for (const { id } of candidates(db, options)) {
    const row = event.get(id);
    // Retention removes lines before it removes their block.
    if (row !== undefined) yield row as unknown as EventRow;
  }
}

function candidates(db: DatabaseSync, options: SqliteSearchOptions): Iterable<Found> {
  const sources = hasBlocks(db) ? inBlocks(db, options) : [];
  if (hasFullText(db)) {
    // Its events may be of any time.
    const found = fullTextCandidates(db, options);
    sources.push({ maxMs: Infinity, open: () => found });
  }
  return newestFirst(sources);
}

interface BlockSource {
  readonly maxMs: number;
  open(): Iterator<Found>;
}

function inBlocks(db: DatabaseSync, { blocks, sinceMs, untilMs }: SqliteSearchOptions): BlockSource[] {
  const hits = new BlockHits(db);
  const known = knownIds(db, blocks.fingerprint);
  return hits.within(sinceMs, untilMs).map((block) => ({
    maxMs: block.maxMs,
    open() {
      const query = known(block.firstId) ? blocks.query : undefined;
      const lines = query === undefined ? LineSet.whole(block.lineCount) : hits.lines(block, query);
      return lines.isEmpty ? [].values() : ofBlock(block, lines, hits.times(block), { sinceMs, untilMs });
    },
  }));
}

/** Returns a function that says whether the event of an id is indexed under a fingerprint. */
function knownIds(db: DatabaseSync, fingerprint: string): (id: number) => boolean {
  const spans = db.prepare('SELECT first_id, fingerprint FROM indexed ORDER BY first_id DESC').all();
  return (id) => spans.find((row) => Number(row['first_id']) <= id)?.['fingerprint'] === fingerprint;
}

/** Returns the lines of a block that are of the wanted time, the newest first. */
function ofBlock(
  { firstId }: BlockPlace,
  lines: LineSet,
  times: Float64Array,
  { sinceMs, untilMs }: Pick<SqliteSearchOptions, 'sinceMs' | 'untilMs'>,
): Iterator<Found> {
  const found: Found[] = [];
  lines.each((line) => {
    const timeMs = times[line]!;
    if (timeMs < sinceMs || timeMs > untilMs) return;
    found.push({ timeMs, id: firstId + line });
  });
  // Lines arrive nearly in the order of time.
  if (!isAscending(found)) found.sort((a, b) => a.timeMs - b.timeMs || a.id - b.id);
  return found.reverse().values();
}

function isAscending(found: readonly Found[]): boolean {
  for (let i = 1; i < found.length; i += 1) if (found[i]!.timeMs < found[i - 1]!.timeMs) return false;
  return true;
}
