/**
 * Writes and reads the bytes of one row of the journal. Whole numbers take as many bytes as they need (LEB128), other numbers are
 * little-endian doubles. A short text is written once a row and then stands as its number. Every value comes back as it was.
 */
import type { Value } from '../../event/event.ts';

/** A value begins with one of these, or with `WORD` plus the number of a short text. */
const FALSE = 0;
const TRUE = 1;
const DOUBLE = 2;
const WHOLE = 3;
const NEGATIVE = 4;
const TEXT = 5;
const WORD = 6;

/** Longer texts seldom come again in a row. */
const WORD_UNITS_MAX = 64;
/** The memory of a larger row is not kept for the next one. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

/** Returns true for a whole number, positive or negative, that differences of two such numbers keep exact. */
export function isExact(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 51 && !Object.is(value, -0);
}

export class RowWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  readonly #words = new Map<string, number>();

  /** Forgets the row before. */
  begin(): void {
    this.#length = 0;
    this.#words.clear();
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** The bytes written since `begin`. They are valid until the next `begin`. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes a whole number from 0 to 2^53 − 1. */
  whole(value: number): void {
    this.#room(8);
    this.#whole(value);
  }

  /** Writes an exact whole number, positive or negative. Small ones stay small (zigzag, as in Protocol Buffers). */
  difference(value: number): void {
    this.whole(value < 0 ? -2 * value - 1 : 2 * value);
  }

  value(value: Value): void {
    if (typeof value === 'string') {
      if (value.length <= WORD_UNITS_MAX) this.#word(value, WORD);
      else {
        this.whole(TEXT);
        this.text(value);
      }
    } else if (typeof value === 'boolean') this.whole(value ? TRUE : FALSE);
    else if (!isExact(value)) this.#double(value);
    else {
      this.whole(value < 0 ? NEGATIVE : WHOLE);
      this.whole(Math.abs(value));
    }
  }

  values(values: readonly Value[]): void {
    this.whole(values.length);
    for (const value of values) this.value(value);
  }

  /** Writes a text that occurs often, whatever its length. */
  word(value: string): void {
    this.#word(value, 0);
  }

  text(value: string): void {
    const units = value.length;
    this.#room(units * 3 + 8);
    if (!value.isWellFormed()) {
      this.#units(value);
      return;
    }
    // Most texts have a byte for each unit, so the room for the number of bytes is guessed.
    const guessed = wholeSize(units * 2);
    const size = this.#bytes.write(value, this.#length + guessed);
    const from = this.#length + wholeSize(size * 2);
    if (from !== this.#length + guessed)
      this.#bytes.copyWithin(from, this.#length + guessed, this.#length + guessed + size);
    this.#whole(size * 2);
    this.#length += size;
  }

  /** Writes a text that UTF-8 has no form for. */
  #units(value: string): void {
    this.#whole(value.length * 2 + 1);
    this.#length += this.#bytes.write(value, this.#length, 'utf16le');
  }

  #word(value: string, base: number): void {
    const number = this.#words.get(value);
    this.whole(base + (number ?? this.#words.size));
    if (number !== undefined) return;
    this.#words.set(value, this.#words.size);
    this.text(value);
  }

  #double(value: number): void {
    this.#room(9);
    this.#whole(DOUBLE);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  #whole(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = rest < 0x80000000 ? rest >> 7 : Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  #room(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + size));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Returns the number of bytes that a whole number takes. */
function wholeSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Reads in the order of writing. Throws RangeError if the bytes end too early. */
export class RowReader {
  readonly #bytes: Buffer;
  #at = 0;
  readonly #words: string[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  whole(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('The row ends in the middle of a number');
      if (byte < 0x80) return value + byte * weight;
      value += (byte - 0x80) * weight;
    }
  }

  difference(): number {
    const value = this.whole();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  value(): Value {
    const kind = this.whole();
    if (kind >= WORD) return this.#word(kind - WORD);
    if (kind === TEXT) return this.text();
    if (kind === WHOLE) return this.whole();
    if (kind === NEGATIVE) return -this.whole();
    if (kind !== DOUBLE) return kind === TRUE;
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  values(): readonly Value[] {
    const values: Value[] = [];
    for (let left = this.whole(); left > 0; left--) values.push(this.value());
    return values;
  }

  word(): string {
    return this.#word(this.whole());
  }

  text(): string {
    const kind = this.whole();
    const isUnits = kind % 2 === 1;
    const end = this.#at + (isUnits ? kind - 1 : kind / 2);
    if (end > this.#bytes.length) throw new RangeError('The row ends in the middle of a text');
    const value = this.#bytes.toString(isUnits ? 'utf16le' : 'utf8', this.#at, end);
    this.#at = end;
    return value;
  }

  #word(number: number): string {
    if (number === this.#words.length) this.#words.push(this.text());
    const word = this.#words[number];
    if (word === undefined) throw new RangeError('The row has no such word');
    return word;
  }

  /** Checks that everything has been read. Throws RangeError if bytes are left. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new RangeError('The row goes on behind its end');
  }
}
