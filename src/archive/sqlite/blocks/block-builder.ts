/** Gathers the terms, times and bounds of the lines of a block, until the block is written. */
import { BlockBounds } from './bounds.ts';
import { storedTimes, timesOf } from './line-times.ts';
import { PageReader, PageWriter, type TermPage } from './term-pages.ts';
import { sortedTerms } from './term-order.ts';
import { hashOf, OWNER_BYTES, sameBytes, TermTable, type ByteMap } from './term-table.ts';

/** A line of the block that has been stored. */
export interface StoredLine {
  readonly timeMs: number;
  readonly isFuture: boolean;
}

/** A block as it is stored, without its pages. */
export interface BlockSummary {
  readonly lineCount: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** The greatest time of lines that were not from the future; null if all were. */
  readonly newestMs: number | null;
  /** See `storedTimes`. */
  readonly times: Uint8Array;
  /** See `BlockBounds`. */
  readonly bounds: Uint8Array;
}

export class BlockBuilder {
  readonly #terms = new TermTable();
  readonly #bounds: BlockBounds;
  /** Two numbers a term, which lie side by side: the line that had it last, plus 1; how many lines had it. */
  #uses = new Uint32Array(1 << 13);
  /** Terms of lines: line `lines[i]` has the term `terms[i]`. */
  #pairTerms = new Uint32Array(1 << 16);
  #pairLines = new Uint32Array(1 << 16);
  #pairs = 0;
  #times = new Float64Array(1 << 10);
  #lines = 0;
  #newestMs = -Infinity;

  /** `boundedFields`: how many fields have bounds. */
  constructor(boundedFields: number) {
    this.#bounds = new BlockBounds(boundedFields);
  }

  /** Number of lines so far. */
  get lineCount(): number {
    return this.#lines;
  }

  clear(): void {
    this.#uses.fill(0, 0, 2 * this.#terms.count);
    this.#terms.clear();
    this.#bounds.clear();
    this.#pairs = 0;
    this.#lines = 0;
    this.#newestMs = -Infinity;
  }

  /** Adds a term to the line that is next. It may be added more than once. See `TermTable.number`. */
  term(owner: number, bytes: Uint8Array, from: number, to: number, map: ByteMap): void {
    this.hashed(hashOf(owner, bytes, from, to, map), owner, bytes, from, to, map);
  }

  /** Adds a term of which the caller knows the hash. */
  hashed(hash: number, owner: number, bytes: Uint8Array, from: number, to: number, map: ByteMap): void {
    this.#add(this.#terms.number(hash, owner, bytes, from, to, map), this.#lines);
  }

  /** Notes a number of the line that is next. `field`: index in `boundedFields`. */
  number(field: number, value: number): void {
    this.#bounds.note(field, this.#lines, value);
  }

  /** Ends the line that is next: it is stored. */
  keep({ timeMs, isFuture }: StoredLine): void {
    if (this.#lines === this.#times.length) {
      const larger = new Float64Array(2 * this.#lines);
      larger.set(this.#times);
      this.#times = larger;
    }
    this.#times[this.#lines++] = timeMs;
    if (!isFuture && timeMs > this.#newestMs) this.#newestMs = timeMs;
  }

  /** Forgets the terms of the line that is next: it is stored already. Bounds may stay too wide. */
  drop(): void {
    while (this.#pairs > 0 && this.#pairLines[this.#pairs - 1] === this.#lines) {
      this.#pairs -= 1;
      const term = this.#pairTerms[this.#pairs]!;
      this.#uses[2 * term] = 0;
      this.#uses[2 * term + 1]! -= 1;
    }
  }

  /** Adds the lines of a block that is stored, with all that it has of them. */
  addBlock(block: BlockSummary, pages: Iterable<Uint8Array>): void {
    const base = this.#lines;
    this.#bounds.noteAll(block.bounds, block.lineCount, base);
    for (const page of pages) {
      for (const reader = new PageReader(page); reader.next();) {
        const { term } = reader;
        const owner = (term[0]! << 8) | term[1]!;
        const hash = hashOf(owner, term, OWNER_BYTES, term.length, sameBytes);
        const number = this.#terms.number(hash, owner, term, OWNER_BYTES, term.length, sameBytes);
        reader.eachLine((line) => {
          this.#add(number, base + line);
        });
      }
    }
    for (const timeMs of timesOf(block.times, block.lineCount, block.minMs))
      this.keep({ timeMs, isFuture: true });
    this.#newestMs = Math.max(this.#newestMs, block.newestMs ?? -Infinity);
  }

  #add(term: number, line: number): void {
    if (2 * term >= this.#uses.length) this.#uses = doubled(this.#uses);
    if (this.#uses[2 * term] === line + 1) return;
    this.#uses[2 * term] = line + 1;
    this.#uses[2 * term + 1]! += 1;
    if (this.#pairs === this.#pairTerms.length) {
      this.#pairTerms = doubled(this.#pairTerms);
      this.#pairLines = doubled(this.#pairLines);
    }
    this.#pairTerms[this.#pairs] = term;
    this.#pairLines[this.#pairs++] = line;
  }

  /** Gives the pages of the block. Returns the rest of it. */
  build(take: (page: TermPage) => void): BlockSummary {
    const { text, starts, count } = this.#terms;
    const ends = new Uint32Array(count);
    const writer = new PageWriter({ text, lines: this.#linesByTerm(ends), lineCount: this.#lines }, take);
    for (const term of sortedTerms(this.#terms)) {
      const to = ends[term]!;
      const from = to - this.#uses[2 * term + 1]!;
      if (from < to) writer.add({ from: starts[term]!, to: starts[term + 1]! }, { from, to });
    }
    writer.end();
    const times = this.#times.subarray(0, this.#lines);
    const minMs = times.reduce((a, b) => Math.min(a, b), Infinity);
    const maxMs = times.reduce((a, b) => Math.max(a, b), -Infinity);
    return {
      lineCount: this.#lines,
      minMs,
      maxMs,
      newestMs: this.#newestMs === -Infinity ? null : this.#newestMs,
      times: storedTimes(times, minMs, maxMs),
      bounds: this.#bounds.stored(this.#lines),
    };
  }

  /** Returns the lines of each term, term after term. The lines of a term end at `ends[term]`. */
  #linesByTerm(ends: Uint32Array): Uint32Array {
    let begin = 0;
    for (let term = 0; term < ends.length; term += 1) {
      ends[term] = begin;
      begin += this.#uses[2 * term + 1]!;
    }
    const lines = new Uint32Array(begin);
    for (let i = 0; i < this.#pairs; i += 1) lines[ends[this.#pairTerms[i]!]!++] = this.#pairLines[i]!;
    return lines;
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}
