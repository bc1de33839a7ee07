/**
 * Writes the document of a line on a tape from the bytes of the line: nothing is parsed, and no event is made. The document is that of
 * `documentSource`, which stays the definition; a line that needs more than a copy is left to it.
 */
import type { Batch } from '../../event/batch.ts';
import { TIMELINESS } from '../../event/decoded-lines.ts';
import type { Field, Schema } from '../../event/event.ts';
import { BOOLEAN, NUMBER, ODD, type Tape } from '../../event/kernel/tape.ts';
import type { ArchivedLines } from '../archive.ts';
import { JsonWriter } from './json-writer.ts';
import { dateText, storedValue } from './document.ts';
import { FirstValues, NONE, ONE } from './first-values.ts';
import { OTHER, RESPELT, spellingOf, type OddNumber } from './spelling.ts';

/** A keyword of at most so many bytes is not too long for a keyword. */
const SHORT_BYTES = 8_191;

const ascii = (text: string): Uint8Array => Buffer.from(text);
const LINE = ascii(',"tocsin.line":');
const RAW = ascii(',"raw":');
const INFERRED = ascii(',"tocsin.time_inferred":true');
const TIME = ascii('"@timestamp":');
/** The kind of a text with escapes. */
const ESCAPED = 1;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Start and end of a line in the bytes of its batch. */
interface LineRange {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/** Both as UTF-8. The line stands in the bytes of the batch. */
interface MadeDocument {
  readonly source: Uint8Array;
  readonly line: Uint8Array;
}

type FoundValue = Pick<FirstValues, 'kind' | 'from' | 'to'>;

interface NamedField {
  readonly field: Field;
  /** Its name as a key. */
  readonly key: Uint8Array;
}

export class DocumentBytes {
  readonly #fields: readonly NamedField[];
  readonly #values = new FirstValues();
  readonly #out = new JsonWriter();
  /** The odd numbers of the line. */
  readonly #oddNumbers: OddNumber[] = [];
  readonly #timeliness = TIMELINESS.map((text) => ascii(`,"tocsin.timeliness":"${text}"`));
  #place = { source: '', partition: -1, text: ascii('') };
  #second = { number: NaN, text: '' };

  constructor(schema: Schema) {
    // The time of the event stands in `@timestamp`, whatever the line has there.
    const fields = schema.fields.filter(({ name }) => name !== '@timestamp');
    this.#fields = fields.map((field) => ({ field, key: ascii(`${JSON.stringify(field.name)}:`) }));
  }

  /** Returns line and document; undefined if `documentSource` has to make the document. */
  of(lines: ArchivedLines, i: number): MadeDocument | undefined {
    const { tape } = lines;
    if (tape === undefined || !tape.hasAll || tape.states[i] === ODD) return undefined;
    const range = rangeOf(lines.batch, i);
    this.#oddNumbers.length = 0;
    const spelling = spellingOf(range.bytes, range.from, range.to, this.#oddNumbers);
    if (spelling === OTHER) return undefined;
    const out = this.#out;
    out.begin();
    out.addByte(OPEN);
    this.#addFields(lines, tape, i, range.bytes);
    this.#addFacts(lines, i);
    if (spelling === RESPELT) {
      out.add(LINE);
      out.addQuoted(range.bytes, range.from, range.to);
    }
    out.add(RAW);
    this.#addRaw(range);
    out.addByte(CLOSE);
    return { source: out.end(), line: range.bytes.subarray(range.from, range.to) };
  }

  /** Adds the line with each number as JSON.stringify writes it. */
  #addRaw({ bytes, from, to }: LineRange): void {
    const out = this.#out;
    let done = from;
    for (const odd of this.#oddNumbers) {
      out.add(bytes, done, odd.from);
      out.addText(odd.text);
      done = odd.to;
    }
    out.add(bytes, done, to);
  }

  #addFields(lines: ArchivedLines, tape: Tape, i: number, bytes: Buffer): void {
    const values = this.#values;
    values.begin(tape, i);
    for (const { field, key } of this.#fields) {
      const found = values.find(field);
      if (found === NONE) continue;
      const isOdd = values.kind === NUMBER && this.#oddNumbers.length > 0;
      if (found === ONE && isCopied(field, values, bytes, isOdd)) this.#addCopy(field, key, values, bytes);
      else this.#addOfEvent(lines, i, field, key);
    }
  }

  #addCopy(field: Field, key: Uint8Array, { from, to }: FoundValue, bytes: Buffer): void {
    const out = this.#out;
    out.add(key);
    if (isTextual(field)) out.addByte(QUOTE);
    if (field.normalise === undefined) out.add(bytes, from, to);
    else out.addCased(bytes, from, to, field.normalise);
    if (isTextual(field)) out.addByte(QUOTE);
    out.addByte(COMMA);
  }

  #addOfEvent(lines: ArchivedLines, i: number, field: Field, key: Uint8Array): void {
    const values = lines.event(i).values(field);
    if (values.length === 0) return;
    this.#out.add(key);
    this.#out.addText(JSON.stringify(storedValue(field, values)));
    this.#out.addByte(COMMA);
  }

  /** Adds time and place of the event. */
  #addFacts(lines: ArchivedLines, i: number): void {
    const out = this.#out;
    out.add(TIME);
    this.#addTime(lines.timesMs[i]!);
    out.add(this.#placeOf(lines));
    out.addAscii(String(lines.batch.offsets[i]!));
    out.add(this.#timeliness[lines.timeliness[i]!]!);
    if (lines.inferred[i] === 1) out.add(INFERRED);
  }

  /** Most events are of the same second as the one before. */
  #addTime(ms: number): void {
    const second = Math.floor(ms / 1_000);
    if (second !== this.#second.number)
      this.#second = { number: second, text: JSON.stringify(dateText(second * 1_000)) };
    const { text } = this.#second;
    const rest = ms - second * 1_000;
    if (!text.endsWith('.000Z"') || !Number.isInteger(rest)) {
      this.#out.addText(JSON.stringify(dateText(ms)));
      return;
    }
    this.#out.addAscii(text, text.length - '000Z"'.length);
    this.#out.addAscii(THREE_DIGITS[rest]!);
  }

  #placeOf({ batch: { source, partition } }: ArchivedLines): Uint8Array {
    if (this.#place.source === source && this.#place.partition === partition) return this.#place.text;
    const place = `,"tocsin.source":${JSON.stringify(source)},"tocsin.partition":${partition}`;
    this.#place = { source, partition, text: ascii(`${place},"tocsin.offset":`) };
    return this.#place.text;
  }
}

/** A whole number of so many bytes is exact as a double. */
const DIGITS_SAFE = 15;
const THREE_DIGITS = Array.from({ length: 1_000 }, (_, i) => `${String(i).padStart(3, '0')}Z"`);

/** A line end that the transport left is no part of the line. */
function rangeOf({ bytes, starts, ends }: Batch, i: number): LineRange {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = starts[i]!;
  let to = ends[i]!;
  if (to > from && bytes[to - 1] === 0x0a) to -= 1;
  if (to > from && bytes[to - 1] === 0x0d) to -= 1;
  return { bytes: buffer, from, to };
}

function isTextual({ type }: Field): boolean {
  return type === 'keyword' || type === 'text';
}

/** Returns true for a value whose text in the line is that of the value in the document. `isOdd`: it may be a number in another form. */
function isCopied(field: Field, { kind, from, to }: FoundValue, bytes: Buffer, isOdd: boolean): boolean {
  switch (field.type) {
    case 'keyword':
    case 'text':
      if (field.type === 'keyword' && to - from > SHORT_BYTES) return false;
      if (field.normalise !== undefined) return kind !== ESCAPED && isAscii(bytes, from, to);
      return kind !== ESCAPED || !hasCodes(bytes, from, to);
    case 'long':
      return kind === NUMBER && !isOdd && to - from <= DIGITS_SAFE && isWhole(bytes, from, to);
    case 'double':
      return kind === NUMBER && !isOdd;
    case 'boolean':
      return kind === BOOLEAN;
    case 'date':
      return false;
  }
}

function isAscii(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at]! >= 0x80) return false;
  return true;
}

/** Returns true if a text may have escaped code units: half a pair is no value of a field. */
function hasCodes(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] === BACKSLASH && bytes[at + 1] === 0x75) return true;
  return false;
}

function isWhole(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] === 0x2e || bytes[at] === 0x65) return false;
  return true;
}
