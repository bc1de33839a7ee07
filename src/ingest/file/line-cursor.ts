/**
 * Walks through the lines of one file that may still grow. Before each read it compares the bytes before its place with the bytes that it
 * read there. So a file that was truncated and written anew is noticed, and never taken for a longer version of the same file.
 */
import { createHash } from 'node:crypto';
import { encodingAt, MARK_BYTES, PLAIN_UTF_8, type TextEncoding } from '../encoding/encoding.ts';
import { inUtf8 } from '../encoding/transcode.ts';
import type { Lines } from '../lines.ts';
import { BLOCK_BYTES, LINE_MAX_BYTES, cutLine, splitLines } from '../lines.ts';

/** The part of a file that a cursor uses; a FileHandle of node has it. */
export interface ReadableFile {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
}

/** How many bytes before the place are compared. */
const TAIL_BYTES = 256;
const SCAN_BYTES = 1 << 20;
/** The end of an ordinary line is within so many bytes. */
const LINE_SCAN_BYTES = 16_384;
/** So many NULs are read at one call. */
const NULS_MAX_BYTES = 64 << 20;
const NUL = 0;
/** Wherever it begins, such a stretch holds a whole unit. */
const UNITS_BYTES = 3;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * The next lines. `none`: there is no complete line yet. `more`: there may be one behind a long run of NULs; the next call looks further.
 * `changed`: the file no longer holds the bytes that were read from it.
 */
export type CursorAnswer = Lines | 'none' | 'more' | 'changed';

/** How the bytes of a file are lines. */
export interface CursorReading {
  /** True when blank lines are kept as lines. */
  readonly keepBlank: boolean;
  /** The configured encoding; absent: UTF-8. A byte order mark at the beginning of the file says more. */
  readonly encoding?: string | undefined;
  /** Lines with `#` name columns, as in a log of W3C. */
  readonly hasHeaders?: boolean;
  /** True where the bytes are UTF-8, whatever they begin with. */
  readonly isUtf8?: boolean;
}

export class LineCursor {
  readonly #file: ReadableFile;
  readonly #base: number;
  readonly #reading: CursorReading;
  /** Undefined while the file is too short to show it. */
  #encoding: TextEncoding | undefined;
  #block = NOTHING;
  /** The place of `block[0]` in the file. */
  #blockAt: number;
  #place: number;
  #tail = NOTHING;
  #continued = false;
  /** How far the end of a line that is too long has been searched for. */
  #scanned = 0;

  /** `base` is added to a place to make an offset. */
  constructor(file: ReadableFile, base: number, at: number, reading: CursorReading) {
    this.#file = file;
    this.#base = base;
    this.#reading = reading;
    if (reading.isUtf8 === true) this.#encoding = PLAIN_UTF_8;
    this.#place = at;
    this.#blockAt = at;
  }

  /** Where the next line begins, in bytes. */
  get at(): number {
    return this.#place;
  }

  /** True when the lines handed out last begin in the middle of a line. The beginning of that line had been handed out as the last line. */
  get tore(): boolean {
    return this.#continued;
  }

  /** Proof of the bytes before `at`: how many are compared, and their hash. */
  get provenBy(): string {
    return `${this.#tail.length}:${hash(this.#tail)}`;
  }

  /**
   * Goes to `at` if the bytes before it fit `provenBy`, the proof for the place `provenAt`, which is `at` or before it. Call once, and
   * first.
   */
  async seek(provenAt: number, provenBy: string | undefined): Promise<boolean> {
    if (this.#encoding === undefined && this.#place > 0) await this.#knowEncoding(this.#place, true);
    if (provenBy !== undefined) {
      const length = Number.parseInt(provenBy, 10);
      const seen = await this.#readExactly(Math.max(0, provenAt - length), Math.min(length, provenAt));
      if (`${seen.length}:${hash(seen)}` !== provenBy) return false;
    }
    const length = Math.min(TAIL_BYTES, this.#place);
    this.#tail = await this.#readExactly(this.#place - length, length);
    return this.#tail.length === length;
  }

  /** Passes over NULs at the beginning of the file, up to the text at `end`. Does nothing where the cursor has gone on. */
  passHole(end: number): void {
    if (this.#place > 0 || end === 0) return;
    // A file that begins with a NUL has no mark.
    this.#encoding ??= encodingAt(Buffer.of(NUL), this.#reading.encoding);
    const text = end - (end % this.#units.width);
    if (text > 0) this.#passTo(text, Buffer.alloc(Math.min(TAIL_BYTES, text)));
  }

  /** Passes over the rest of a line that began before our place. Returns false while the end of that line is not there yet. */
  async passLine(size: number): Promise<boolean> {
    for (let at = this.#place; this.#isInLine;) {
      const chunk = await this.#readExactly(at, Math.min(LINE_SCAN_BYTES, size - at));
      if (chunk.length === 0) return false;
      const lf = this.#units.lineEnd(chunk, 0, at);
      if (lf >= 0) this.#moveTo(at + lf + this.#units.width, chunk, at);
      at += chunk.length;
    }
    this.#block = NOTHING;
    this.#blockAt = this.#place;
    return true;
  }

  /**
   * Returns the next complete lines of a file of `size` bytes, in UTF-8. With `last` the rest of the file is its last line.
   */
  async next(size: number, last = false): Promise<CursorAnswer> {
    if (this.#encoding === undefined && !(await this.#knowEncoding(size, last))) return 'none';
    const answer = await this.#next(size, last);
    return typeof answer === 'string' ? answer : inUtf8(answer, this.#encoding!);
  }

  /** Returns false while the file is too short to show its encoding. */
  async #knowEncoding(size: number, isAll: boolean): Promise<boolean> {
    const head = await this.#readExactly(0, Math.min(MARK_BYTES, size));
    this.#encoding = encodingAt(head, this.#reading.encoding, isAll && size < MARK_BYTES);
    return this.#encoding !== undefined;
  }

  get #units(): TextEncoding['units'] {
    return (this.#encoding ?? PLAIN_UTF_8).units;
  }

  async #next(size: number, last: boolean): Promise<CursorAnswer> {
    for (;;) {
      const ready = this.#take(false);
      if (ready !== undefined) return ready;
      if (size < this.#place) return 'changed';
      const from = this.#place;
      if (size > this.#blockEnd) {
        if (!(await this.#refill(size))) return 'changed';
        const lines = this.#take(false);
        if (lines !== undefined) return lines;
        // The block held only blank lines. The rest of the file may hold other lines.
        if (this.#place > from) continue;
      }
      if (this.#blockEnd - this.#place < BLOCK_BYTES) return (last && this.#take(true)) || 'none';
      if (!this.#isNul(this.#block.subarray(this.#place - this.#blockAt))) return this.#skipLong(size, last);
      const passed = await this.#passNuls(size);
      if (passed !== 'text') return passed;
    }
  }

  /** Returns true when `bytes`, which stand at our place, begin with a unit that is a NUL. */
  #isNul(bytes: Buffer): boolean {
    const { width, afterNuls } = this.#units;
    return afterNuls(bytes.subarray(0, UNITS_BYTES), 0, this.#place) > this.#place % width;
  }

  get #isInLine(): boolean {
    return this.#units.isInLine(this.#tail, this.#place);
  }

  get #blockEnd(): number {
    return this.#blockAt + this.#block.length;
  }

  /** Takes the complete lines of the block, and passes over blank ones. */
  #take(last: boolean): Lines | undefined {
    for (;;) {
      const [block, blockAt, units] = [this.#block, this.#blockAt, this.#units];
      const { keepBlank } = this.#reading;
      const lines = splitLines(block, this.#place - blockAt, this.#base + blockAt, {
        last,
        keepBlank,
        units,
      });
      if (lines === undefined) return undefined;
      this.#continued = this.#isInLine && lines.offsets[0]! - this.#base - this.#place < units.width;
      this.#moveTo(lines.next - this.#base, block, blockAt);
      if (lines.offsets.length > 0) return lines;
    }
  }

  #moveTo(place: number, bytes: Buffer, bytesAt: number): void {
    const end = place - bytesAt;
    this.#tail = Buffer.from(bytes.subarray(Math.max(0, end - TAIL_BYTES), end));
    this.#place = place;
    this.#scanned = 0;
  }

  /** Reads from `place` on. Returns false when the bytes before it are not the bytes that were read there. */
  async #refill(size: number): Promise<boolean> {
    if (this.#scanned > 0 && !(await this.#isHoleWrittenTo())) return true;
    this.#scanned = 0;
    const tailAt = this.#place - this.#tail.length;
    const block = await this.#readExactly(
      tailAt,
      this.#tail.length + Math.min(BLOCK_BYTES, size - this.#place),
    );
    if (!block.subarray(0, this.#tail.length).equals(this.#tail)) return false;
    this.#block = block;
    this.#blockAt = tailAt;
    return true;
  }

  /** Returns true when NULs were seen at our place, and something else is there now. */
  async #isHoleWrittenTo(): Promise<boolean> {
    if (!this.#isNul(this.#block.subarray(this.#place - this.#blockAt))) return false;
    const now = await this.#readExactly(this.#place, UNITS_BYTES);
    return now.length >= this.#units.width && !this.#isNul(now);
  }

  /**
   * Goes to the first byte after the NULs that fill the block (`text`). NULs without an end are not passed over: a file may be created in
   * its full length first, and then be written from our place on.
   */
  async #passNuls(size: number): Promise<'text' | 'none' | 'more'> {
    const { width, afterNuls } = this.#units;
    let at = Math.max(this.#scanned, this.#place + (this.#place % width));
    const end = Math.min(size, at + NULS_MAX_BYTES);
    while (at + width <= end) {
      const chunk = await this.#readExactly(at, Math.min(SCAN_BYTES, size - at));
      const length = chunk.length - (chunk.length % width);
      if (length === 0) return 'none';
      const passed = afterNuls(chunk, 0, at);
      if (passed < length) {
        const place = at + passed;
        const tailBytes = Math.min(TAIL_BYTES, place - this.#place);
        this.#passTo(place, await this.#readExactly(place - tailBytes, tailBytes));
        return 'text';
      }
      at += length;
      this.#scanned = at;
    }
    return at + width <= size ? 'more' : 'none';
  }

  #passTo(place: number, tail: Buffer): void {
    this.#tail = tail;
    this.#place = place;
    this.#block = NOTHING;
    this.#blockAt = place;
    this.#scanned = 0;
  }

  async #skipLong(size: number, last: boolean): Promise<CursorAnswer> {
    const { width, lineEnd } = this.#units;
    let at = Math.max(this.#scanned, this.#blockEnd);
    at -= at % width;
    while (at < size) {
      const chunk = await this.#readExactly(at, Math.min(SCAN_BYTES, size - at));
      if (chunk.length === 0) return 'changed';
      const lf = lineEnd(chunk, 0, at);
      if (lf >= 0) return this.#takeLong(at + lf + width, chunk, at);
      const end = at + chunk.length;
      if (last && end >= size) return this.#takeLong(end, chunk, at);
      if (chunk.length < width) return 'none';
      at = end - (end % width);
      this.#scanned = at;
    }
    return last ? this.#takeLong(at, this.#block, this.#blockAt) : 'none';
  }

  #takeLong(next: number, bytes: Buffer, bytesAt: number): Lines {
    const start = this.#place + (this.#place % this.#units.width);
    const from = start - this.#blockAt;
    const head = this.#block.subarray(from, from + LINE_MAX_BYTES);
    const lines = cutLine(head, this.#base + start, this.#base + next);
    this.#continued = this.#isInLine;
    this.#moveTo(next, bytes, bytesAt);
    this.#block = NOTHING;
    this.#blockAt = next;
    return lines;
  }

  /** Reads `length` bytes, or as many as there are. */
  async #readExactly(at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(buffer, filled, length - filled, at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
