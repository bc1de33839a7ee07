/**
 * The pages of a block: its terms in the order of their bytes, each with its lines. A term is written as the number of bytes that it shares
 * with the term before it in the page and the rest of its bytes; its lines as the steps from one to the next, or as a bit for each line
 * of the block where there are many. Numbers have seven bits a byte, the lowest first.
 */

/** A page with the first of its terms. */
export interface TermPage {
  readonly first: Uint8Array;
  readonly page: Uint8Array;
}

/** Terms and pages together keep below this, so that four rows of a page fill a page of SQLite and none is continued elsewhere. */
const PAGE_BYTES = 3_900;
/** Bytes of the numbers of an entry at the most, and of one step. */
const NUMBERS_BYTES = 15;
const STEP_BYTES = 5;

/** A part of an array: [from, to). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The columns that ranges are parts of. */
export interface PageColumns {
  /** The bytes of terms. */
  readonly text: Uint8Array;
  /** The lines of terms, those of a term in ascending order. */
  readonly lines: Uint32Array;
  /** Number of the lines of the block. */
  readonly lineCount: number;
}

export class PageWriter {
  readonly #columns: PageColumns;
  readonly #take: (page: TermPage) => void;
  #page = new Uint8Array(4 * PAGE_BYTES);
  #length = 0;
  /** The first and the latest term of the page. */
  #first: Range = { from: 0, to: 0 };
  #before: Range = { from: 0, to: 0 };

  constructor(columns: PageColumns, take: (page: TermPage) => void) {
    this.#columns = columns;
    this.#take = take;
  }

  /** Adds a term with its lines. It comes behind all terms before. */
  add(term: Range, lines: Range): void {
    const begin = this.#length;
    this.#write(term, lines);
    if (begin > 0 && this.#first.to - this.#first.from + this.#length > PAGE_BYTES) {
      this.#length = begin;
      this.end();
      this.#write(term, lines);
    }
    this.#before = term;
  }

  /** Gives the last page. */
  end(): void {
    if (this.#length === 0) return;
    const { from, to } = this.#first;
    this.#take({ first: this.#columns.text.slice(from, to), page: this.#page.slice(0, this.#length) });
    this.#length = 0;
  }

  #write(term: Range, lines: Range): void {
    const { text, lineCount } = this.#columns;
    const bitmapBytes = (lineCount + 7) >>> 3;
    // A step takes a byte or more.
    const isBitmap = lines.to - lines.from > bitmapBytes;
    this.#reserve(
      NUMBERS_BYTES + term.to - term.from + (isBitmap ? bitmapBytes : STEP_BYTES * (lines.to - lines.from)),
    );
    if (this.#length === 0) this.#first = term;
    const shared = this.#length === 0 ? 0 : sharedBytes(text, this.#before, term);
    this.#number(shared);
    this.#number(term.to - term.from - shared);
    for (let i = term.from + shared; i < term.to; i += 1) this.#page[this.#length++] = text[i]!;
    this.#number(2 * (isBitmap ? bitmapBytes : lines.to - lines.from) + (isBitmap ? 1 : 0));
    if (isBitmap) this.#bitmap(lines, bitmapBytes);
    else this.#steps(lines);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#page.length) return;
    const larger = new Uint8Array(2 * (this.#length + more));
    larger.set(this.#page);
    this.#page = larger;
  }

  #bitmap({ from, to }: Range, bytes: number): void {
    const page = this.#page;
    const { lines } = this.#columns;
    const begin = this.#length;
    page.fill(0, begin, begin + bytes);
    for (let i = from; i < to; i += 1) page[begin + (lines[i]! >>> 3)]! |= 1 << (lines[i]! & 7);
    this.#length += bytes;
  }

  #steps({ from, to }: Range): void {
    const page = this.#page;
    const { lines } = this.#columns;
    let at = this.#length;
    let before = 0;
    for (let i = from; i < to; i += 1) {
      let step = lines[i]! - before;
      before = lines[i]!;
      for (; step >= 0x80; step >>>= 7) page[at++] = (step & 0x7f) | 0x80;
      page[at++] = step;
    }
    this.#length = at;
  }

  #number(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.#page[this.#length++] = (rest & 0x7f) | 0x80;
    this.#page[this.#length++] = rest;
  }
}

function sharedBytes(text: Uint8Array, a: Range, b: Range): number {
  const length = Math.min(a.to - a.from, b.to - b.from);
  let shared = 0;
  while (shared < length && text[a.from + shared] === text[b.from + shared]) shared += 1;
  return shared;
}

/** Reads the entries of a page, one after the other. */
export class PageReader {
  readonly #page: Uint8Array;
  #at = 0;
  #term = Buffer.alloc(512);
  #termLength = 0;
  /** The lines of the term: where they begin, and how many steps they are, or how many bytes of bits. */
  #lines = { isBitmap: false, from: 0, count: 0 };

  constructor(page: Uint8Array) {
    this.#page = page;
  }

  /** The term of the entry. Void after the next call of `next`. */
  get term(): Uint8Array {
    return this.#term.subarray(0, this.#termLength);
  }

  /** Goes to the next entry. Returns false behind the last one. */
  next(): boolean {
    if (this.#at >= this.#page.length) return false;
    const shared = this.#number();
    const rest = this.#number();
    this.#termLength = shared + rest;
    if (this.#termLength > this.#term.length) this.#term = Buffer.concat([this.#term], 2 * this.#termLength);
    this.#term.set(this.#page.subarray(this.#at, this.#at + rest), shared);
    this.#at += rest;
    const size = this.#number();
    const isBitmap = (size & 1) === 1;
    this.#lines = { isBitmap, from: this.#at, count: size >>> 1 };
    if (isBitmap) this.#at += size >>> 1;
    else for (let left = size >>> 1; left > 0; this.#at += 1) if (this.#page[this.#at]! < 0x80) left -= 1;
    return true;
  }

  /** Calls `take` with each line of the term, in ascending order. */
  eachLine(take: (line: number) => void): void {
    const { isBitmap, from, count } = this.#lines;
    if (isBitmap) {
      for (let i = 0; i < count; i += 1)
        for (let bits = this.#page[from + i]!, line = i << 3; bits !== 0; bits >>>= 1, line += 1)
          if ((bits & 1) === 1) take(line);
      return;
    }
    const behind = this.#at;
    this.#at = from;
    for (let line = 0, left = count; left > 0; left -= 1) take((line += this.#number()));
    this.#at = behind;
  }

  #number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#page[this.#at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
