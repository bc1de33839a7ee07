/**
 * The tables of blocks. A block has the lines of one transaction, or of several small ones: small blocks are put together, so that a search
 * has few to look at. All is done in the transaction of the caller.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type BlockBuilder, type BlockSummary } from './block-builder.ts';
import type { TermPage } from './term-pages.ts';

/**
 * `blocks`: the lines `first_id` to `first_id + lines - 1`, in the order of their ids. `newest_ms`: see `BlockSummary`. Its columns are rows
 * of another table, so that all blocks are read in a moment. `terms`: the pages of
 * each block, each with its first term.
 */
export const BLOCK_TABLES = `
CREATE TABLE blocks (
  first_id INTEGER PRIMARY KEY,
  lines INTEGER NOT NULL,
  min_ms INTEGER NOT NULL,
  max_ms INTEGER NOT NULL,
  newest_ms INTEGER
) STRICT;
CREATE TABLE block_columns (block INTEGER PRIMARY KEY, bounds BLOB NOT NULL, times BLOB NOT NULL) STRICT;
CREATE TABLE terms (
  block INTEGER NOT NULL,
  first BLOB NOT NULL,
  page BLOB NOT NULL,
  PRIMARY KEY (block, first)
) STRICT, WITHOUT ROWID;
`;

/** So many neighbours of one size are put together. */
const TOGETHER = 16;
/** A block of so many lines stays as it is. */
const LARGE = 4_096;
/** Blocks whose pages are longer together stay as they are: their lines have very many words, and to write them anew would take long. */
const TOGETHER_BYTES = 12 << 20;

export class BlockTables {
  readonly #db: DatabaseSync;
  readonly #insertBlock: StatementSync;
  readonly #insertColumns: StatementSync;
  readonly #insertPage: StatementSync;
  readonly #latest: StatementSync;
  readonly #block: StatementSync;
  readonly #pages: StatementSync;
  readonly #bytes: StatementSync;
  readonly #deleteBlock: StatementSync;
  readonly #deleteColumns: StatementSync;
  readonly #deletePages: StatementSync;
  readonly #emptied: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insertBlock = db.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?)');
    this.#insertColumns = db.prepare('INSERT INTO block_columns VALUES (?, ?, ?)');
    this.#insertPage = db.prepare('INSERT INTO terms VALUES (?, ?, ?)');
    this.#latest = db.prepare(
      'SELECT first_id, lines FROM blocks WHERE first_id >= ? ORDER BY first_id DESC LIMIT ?',
    );
    this.#block = db.prepare(
      `SELECT lines AS lineCount, min_ms AS minMs, max_ms AS maxMs, newest_ms AS newestMs, times, bounds
       FROM blocks JOIN block_columns ON block = first_id WHERE first_id = ?`,
    );
    this.#pages = db.prepare('SELECT page FROM terms WHERE block = ? ORDER BY first');
    this.#bytes = db.prepare('SELECT sum(length(page)) AS bytes FROM terms WHERE block >= ?');
    this.#deleteBlock = db.prepare('DELETE FROM blocks WHERE first_id = ?');
    this.#deleteColumns = db.prepare('DELETE FROM block_columns WHERE block = ?');
    this.#deletePages = db.prepare('DELETE FROM terms WHERE block = ?');
    this.#emptied = db.prepare('SELECT first_id FROM blocks WHERE first_id < ? AND first_id + lines <= ?');
  }

  /** Stores the lines of the builder as a block and empties the builder. */
  write(builder: BlockBuilder, firstId: number): void {
    const block = builder.build(({ first, page }: TermPage) => {
      this.#insertPage.run(firstId, first, page);
    });
    builder.clear();
    const { lineCount, minMs, maxMs, newestMs, bounds, times } = block;
    this.#insertBlock.run(firstId, lineCount, minMs, maxMs, newestMs);
    this.#insertColumns.run(firstId, bounds, times);
  }

  /**
   * Puts small blocks at the end together. A block of size 1 to 15, 16 to 255 or 256 to 4,095 waits for 15 others of its size, so each line is
   * written anew three times at the most. `builder`: an empty one. `fromId`: blocks before it have other terms.
   */
  putTogether(builder: BlockBuilder, fromId: number): void {
    for (;;) {
      const latest = this.#latest.all(fromId, TOGETHER).map((row) => ({
        firstId: Number(row['first_id']),
        lineCount: Number(row['lines']),
      }));
      if (latest.length < TOGETHER || !areOneSize(latest)) return;
      if (Number(this.#bytes.get(latest.at(-1)!.firstId)?.['bytes']) > TOGETHER_BYTES) return;
      for (const { firstId } of latest.toReversed()) {
        builder.addBlock(this.#block.get(firstId) as unknown as BlockSummary, this.#pagesOf(firstId));
        this.#delete(firstId);
      }
      this.write(builder, latest.at(-1)!.firstId);
    }
  }

  *#pagesOf(block: number): Generator<Uint8Array> {
    for (const row of this.#pages.iterate(block)) yield row['page'] as Uint8Array;
  }

  /** Returns the greatest time of lines that were not from the future; -Infinity if there are none. */
  newestMs(): number {
    const oldestId = Number(this.#db.prepare('SELECT min(id) AS id FROM events').get()?.['id'] ?? 0);
    const whole = this.#db.prepare('SELECT max(newest_ms) AS ms FROM blocks WHERE first_id >= ?');
    const wholeMs = Number(whole.get(oldestId)?.['ms'] ?? -Infinity);
    const partly = this.#db.prepare(
      'SELECT first_id + lines AS end FROM blocks WHERE first_id < ? AND first_id + lines > ? AND newest_ms > ?',
    );
    const block = partly.get(oldestId, oldestId, Math.max(wholeMs, Number.MIN_SAFE_INTEGER));
    if (block === undefined) return wholeMs;
    // Some lines of the block are gone, and the newest may be one of them.
    const left = "SELECT max(time_ms) AS ms FROM events WHERE id < ? AND timeliness <> 'future'";
    return Math.max(wholeMs, Number(this.#db.prepare(left).get(block['end']!)?.['ms'] ?? -Infinity));
  }

  /** Removes the blocks of which no line is left. `fromId`: id of the oldest line that is left. */
  expire(fromId: number): void {
    for (const row of this.#emptied.all(fromId, fromId)) this.#delete(Number(row['first_id']));
  }

  #delete(firstId: number): void {
    this.#deletePages.run(firstId);
    this.#deleteColumns.run(firstId);
    this.#deleteBlock.run(firstId);
  }
}

interface BlockRange {
  readonly firstId: number;
  readonly lineCount: number;
}

/** Returns true if the blocks, the latest first, follow each other without a gap, and none is larger than the size of the latest. */
function areOneSize(blocks: readonly BlockRange[]): boolean {
  const size = sizeOf(blocks[0]!.lineCount);
  return (
    blocks.every(({ lineCount }) => lineCount < LARGE && sizeOf(lineCount) <= size) &&
    blocks.every(({ firstId, lineCount }, i) => i === 0 || firstId + lineCount === blocks[i - 1]!.firstId)
  );
}

function sizeOf(lineCount: number): number {
  return Math.trunc(Math.log2(lineCount) / Math.log2(TOGETHER));
}
