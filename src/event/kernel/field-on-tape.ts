/**
 * Reads the values of one field in lines of a tape. It gives those that `valuesOnTape` gives, and leaves rare lines to it. A value that comes
 * again and again is made once: its bytes are looked up in a small table.
 */
import type { Field, Value } from '../event.ts';
import { valueOfLeaf } from '../field-value.ts';
import { KIND_SHIFT, MADE, NUMBER, ODD, PATH_MASK, TEXT, VALUE_NUMBERS, WANTED, type Tape } from './tape.ts';
import { afterSteps, leafOf } from './tape-values.ts';

/** Entries of the table: a power of two. A value stands at its hash, or it takes the place of another one. */
const ENTRIES = 1024;
/** Longer values are made anew. */
const BYTES_MAX = 32;
/** After so many values that were looked up, a table that few of them stood in is left alone for `PAUSE`. */
const TRIED = 512;
const FOUND_MIN = 128;
const PAUSE = 16_384;

const NO_PATHS: readonly number[] = [];
const NO_BYTES = Buffer.alloc(0);

export class FieldOnTape {
  readonly #field: Field;
  readonly #isTextual: boolean;
  /** Numbers of the line are values of the field as they are, whole ones alone or all. */
  readonly #takesWhole: boolean;
  readonly #takesParts: boolean;
  #tape: Tape | undefined;
  #bytes: Buffer = NO_BYTES;
  /** The numbers of the field's paths; empty: the tape does not know the field. */
  #paths: readonly number[] = NO_PATHS;
  /** The line that was looked at last, and its values. */
  #line = -1;
  #last: readonly Value[] | undefined;
  /** The table: for each entry its kind plus one (0: empty), the length of its bytes, the bytes, the values. */
  readonly #kinds = new Uint8Array(ENTRIES);
  readonly #lengths = new Uint8Array(ENTRIES);
  readonly #keys = new Uint8Array(ENTRIES * BYTES_MAX);
  readonly #values: (readonly Value[])[] = [];
  #tried = 0;
  #found = 0;
  #pause = 0;

  constructor(field: Field) {
    this.#field = field;
    this.#isTextual = field.type === 'keyword' || field.type === 'text';
    this.#takesWhole = field.type === 'double' || field.type === 'long';
    this.#takesParts = field.type === 'double';
  }

  /** Returns the values in a line; undefined unless there is exactly one value, which fits the field. `bytes` are those of the batch. */
  values(tape: Tape, line: number, bytes: Uint8Array): readonly Value[] | undefined {
    if (tape !== this.#tape) this.#take(tape, bytes);
    else if (line === this.#line) return this.#last;
    this.#line = line;
    return (this.#last = this.#read(tape, line));
  }

  /** Lets go of the tape and the bytes. */
  forget(): void {
    this.#tape = undefined;
    this.#bytes = NO_BYTES;
    this.#line = -1;
    this.#last = undefined;
  }

  #take(tape: Tape, bytes: Uint8Array): void {
    this.#tape = tape;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const isTime = this.#field.name === '@timestamp';
    this.#paths = (isTime ? undefined : tape.kernel.pathsOf(this.#field, tape.pathCount)) ?? NO_PATHS;
  }

  #read(tape: Tape, line: number): readonly Value[] | undefined {
    const state = tape.states[line];
    if (state === ODD || (state !== WANTED && !tape.hasAll)) return undefined;
    for (const path of this.#paths) {
      const at = placeOf(tape, line, path);
      // Nothing is at this path, so that the next one counts.
      if (at === NONE) continue;
      if (at === SEVERAL) return undefined;
      const { values } = tape;
      if (tape.program !== undefined) return this.#ofSteps(tape, at);
      return this.#valuesOf(values[at + 2]! >>> KIND_SHIFT, values[at]!, values[at + 1]!);
    }
    return undefined;
  }

  /** Steps leave most values as the line has them. To a date, `1.0` is a text then, as to the document. */
  #ofSteps(tape: Tape, at: number): readonly Value[] | undefined {
    const kind = tape.values[at + 2]! >>> KIND_SHIFT;
    if (kind < MADE && (kind !== NUMBER || this.#field.type !== 'date'))
      return this.#valuesOf(kind, tape.values[at]!, tape.values[at + 1]!);
    const after = afterSteps(tape, tape.program!, at, this.#bytes);
    return this.#valueOf(after.kind, after.text);
  }

  #valuesOf(kind: number, start: number, end: number): readonly Value[] | undefined {
    if (this.#takesWhole && kind === NUMBER) {
      const number = plainNumber(this.#bytes, start, end);
      if (number >= 0 && (this.#takesParts || Number.isInteger(number))) return [number];
    }
    if (end - start > BYTES_MAX) return this.#make(kind, start, end);
    if (this.#pause > 0) {
      this.#pause--;
      return this.#make(kind, start, end);
    }
    return this.#lookUp(kind, start, end);
  }

  #lookUp(kind: number, start: number, end: number): readonly Value[] | undefined {
    const entry = hashOf(this.#bytes, start, end) & (ENTRIES - 1);
    if (++this.#tried === TRIED) {
      if (this.#found < FOUND_MIN) this.#pause = PAUSE;
      this.#tried = this.#found = 0;
    }
    if (this.#isAt(entry, kind, start, end)) {
      this.#found++;
      return this.#values[entry];
    }
    const made = this.#make(kind, start, end);
    if (made === undefined) return undefined;
    this.#kinds[entry] = kind + 1;
    this.#lengths[entry] = end - start;
    for (let i = start, to = entry * BYTES_MAX; i < end; i++, to++) this.#keys[to] = this.#bytes[i]!;
    return (this.#values[entry] = made);
  }

  #isAt(entry: number, kind: number, start: number, end: number): boolean {
    if (this.#kinds[entry] !== kind + 1 || this.#lengths[entry] !== end - start) return false;
    const [bytes, keys] = [this.#bytes, this.#keys];
    for (let i = start, at = entry * BYTES_MAX; i < end; i++, at++) if (bytes[i] !== keys[at]) return false;
    return true;
  }

  #make(kind: number, start: number, end: number): readonly Value[] | undefined {
    return this.#valueOf(kind, this.#bytes.toString('utf8', start, end));
  }

  #valueOf(kind: number, text: string): readonly Value[] | undefined {
    // To keyword and text fields, a number is the text that the line has.
    const leaf = kind === TEXT || (kind === NUMBER && this.#isTextual) ? text : leafOf(kind, text);
    const value = valueOfLeaf(this.#field, leaf);
    return value === undefined ? undefined : [value];
  }
}

const NONE = -1;
const SEVERAL = -2;

/** Returns the place on the tape of the only value at a path of a line; `NONE` or `SEVERAL`. */
function placeOf({ values, valuesFrom }: Tape, line: number, path: number): number {
  const end = VALUE_NUMBERS * valuesFrom[line + 1]!;
  let found = NONE;
  for (let at = VALUE_NUMBERS * valuesFrom[line]!; at < end; at += VALUE_NUMBERS) {
    if ((values[at + 2]! & PATH_MASK) !== path) continue;
    if (found !== NONE) return SEVERAL;
    found = at;
  }
  return found;
}

/** FNV-1a, then a step of the finaliser of MurmurHash3. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let mixed = 0x811c9dc5;
  for (let i = start; i < end; i++) mixed = Math.imul(mixed ^ bytes[i]!, 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

const DIGITS_MAX = 15;
const POWERS = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, i) => 10 ** i);

/**
 * Returns a number of digits with at most one point among them, −1 for any other. Up to 15 digits and a power of ten up to 10^15 are exact
 * as doubles, so their quotient is the nearest double (Clinger: How to Read Floating Point Numbers Accurately, 1990).
 */
function plainNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > DIGITS_MAX) return -1;
  let digits = 0;
  let point = -1;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === POINT && point < 0) point = i;
    else if (byte >= ZERO && byte <= NINE) digits = digits * 10 + (byte - ZERO);
    else return -1;
  }
  return point < 0 ? digits : digits / POWERS[end - point - 1]!;
}

const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
