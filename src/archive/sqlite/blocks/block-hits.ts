/** Asks blocks for the lines that a query finds. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { BlockQuery } from '../block-query.ts';
import { rangesWithin } from './bounds.ts';
import { LineSet } from './line-set.ts';
import { timesOf } from './line-times.ts';
import { PageReader } from './term-pages.ts';

/** A block without its columns. */
export interface BlockPlace {
  readonly firstId: number;
  readonly lineCount: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export class BlockHits {
  readonly #within: StatementSync;
  readonly #pageOf: StatementSync;
  readonly #pagesBehind: StatementSync;
  readonly #bounds: StatementSync;
  readonly #times: StatementSync;

  constructor(db: DatabaseSync) {
    this.#within = db.prepare(
      `SELECT first_id AS firstId, lines AS lineCount, min_ms AS minMs, max_ms AS maxMs
       FROM blocks WHERE max_ms >= ? AND min_ms <= ?`,
    );
    this.#pageOf = db.prepare(
      'SELECT first, page FROM terms WHERE block = ? AND first <= ? ORDER BY first DESC LIMIT 1',
    );
    this.#pagesBehind = db.prepare(
      'SELECT page FROM terms WHERE block = ? AND first > ? AND first < ? ORDER BY first',
    );
    this.#bounds = db.prepare('SELECT bounds FROM block_columns WHERE block = ?');
    this.#times = db.prepare('SELECT times FROM block_columns WHERE block = ?');
  }

  /** Returns the blocks that may have lines of these times. */
  within(sinceMs: number, untilMs: number): readonly BlockPlace[] {
    return this.#within.all(sinceMs, untilMs) as unknown as BlockPlace[];
  }

  times({ firstId, lineCount, minMs }: BlockPlace): Float64Array {
    return timesOf(this.#times.get(firstId)!['times'] as Uint8Array, lineCount, minMs);
  }

  lines(block: BlockPlace, query: BlockQuery): LineSet {
    switch (query.kind) {
      case 'all': {
        const [first, ...others] = query.parts;
        const lines = this.lines(block, first!);
        for (const part of others) if (!lines.isEmpty) lines.intersect(this.lines(block, part));
        return lines;
      }
      case 'any': {
        const lines = LineSet.empty(block.lineCount);
        for (const part of query.parts) lines.unite(this.lines(block, part));
        return lines;
      }
      case 'term':
        return query.isPrefix ? this.#ofPrefix(block, query.bytes) : this.#ofTerm(block, query.bytes);
      case 'range': {
        const lines = LineSet.empty(block.lineCount);
        const bounds = this.#bounds.get(block.firstId)!['bounds'] as Uint8Array;
        rangesWithin(bounds, block.lineCount, query, (from, to) => {
          lines.addRange(from, to);
        });
        return lines;
      }
    }
  }

  #ofTerm({ firstId, lineCount }: BlockPlace, term: Uint8Array): LineSet {
    const lines = LineSet.empty(lineCount);
    const row = this.#pageOf.get(firstId, term);
    if (row === undefined) return lines;
    for (const reader = new PageReader(row['page'] as Uint8Array); reader.next();) {
      const order = Buffer.compare(reader.term, term);
      if (order < 0) continue;
      if (order === 0)
        reader.eachLine((line) => {
          lines.add(line);
        });
      break;
    }
    return lines;
  }

  #ofPrefix({ firstId, lineCount }: BlockPlace, prefix: Uint8Array): LineSet {
    const lines = LineSet.empty(lineCount);
    const end = behindPrefix(prefix);
    const first = this.#pageOf.get(firstId, prefix);
    const from = (first?.['first'] ?? prefix) as Uint8Array;
    const pages = this.#pagesBehind.all(firstId, from, end).map((row) => row['page'] as Uint8Array);
    if (first !== undefined) pages.unshift(first['page'] as Uint8Array);
    for (const page of pages) {
      for (const reader = new PageReader(page); reader.next();) {
        const { term } = reader;
        if (Buffer.compare(term, prefix) < 0) continue;
        if (Buffer.compare(term, end) >= 0) break;
        reader.eachLine((line) => {
          lines.add(line);
        });
      }
    }
    return lines;
  }
}

/** Returns the first bytes behind all that begin with the prefix. */
function behindPrefix(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (prefix[length - 1] === 0xff) length -= 1;
  const end = Uint8Array.from(prefix.subarray(0, length));
  end[length - 1]! += 1;
  return end;
}
