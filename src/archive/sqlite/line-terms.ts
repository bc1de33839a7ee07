/**
 * The terms of lines in the index of the archive: one for each word of the text fields, whatever the field, and one for each keyword or
 * whole number. The numbers of fields go to the bounds of the block. The index only narrows a search down; the matcher decides.
 */
import { lowerCase, tokenTexts } from '../../event/analysis/analyze.ts';
import { scanBytes } from '../../event/analysis/scan.ts';
import type { Field, LogEvent, Schema } from '../../event/event.ts';
import { fieldValue, valueOfLeaf } from '../../event/field-value.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import {
  KIND_SHIFT,
  NUMBER,
  ODD,
  PATH_MASK,
  TEXT,
  VALUE_NUMBERS,
  type Tape,
} from '../../event/kernel/tape.ts';
import { leafOf } from '../../event/kernel/tape-values.ts';
import type { BlockBuilder } from './blocks/block-builder.ts';
import { boundedFields } from './blocks/bounds.ts';
import { hashOfOwner, hashWith, lowerBytes, sameBytes, upperBytes } from './blocks/term-table.ts';
import { isExact, keywordEnd, KEYWORD_BYTES, ownerOf, WORDS } from './terms.ts';
import { isPlain, plainNumber } from './byte-texts.ts';

/** A keyword of at most so many bytes is not too long for a keyword. */
const SHORT_BYTES = 8_191;
const SPACE = 0x20;
const UNDERSCORE = 0x5f;
/** A longer word is cut in parts. */
const WORD_MAX = 255;
const HASH_OF_WORDS = hashOfOwner(WORDS);

/** For each byte of a word of letters, digits and underscores the byte of its term; 0 for all others. A word of underscores alone is none. */
const wordBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && /\w/u.test(String.fromCharCode(byte)) ? lowerBytes[byte]! : 0,
);

/** A field that has terms, or bounds, or both. */
interface KnownField {
  readonly field: Field;
  readonly hasTerms: boolean;
  readonly owner: number;
  /** Index in `boundedFields`; -1 if it has no bounds. */
  readonly bounded: number;
}

interface FieldOnTape extends KnownField {
  /** Numbers of its paths in the kernel. */
  readonly paths: readonly number[];
}

interface OnTape {
  readonly tape: Tape;
  /** The bytes of the batch. */
  readonly bytes: Buffer;
}

const letterMaps = { upper: upperBytes, lower: lowerBytes };

export class LineTerms {
  readonly #fields: readonly KnownField[];
  readonly #builder: BlockBuilder;
  #kernel: LineKernel | undefined;
  /** Undefined if the tapes of the kernel do not have the values of every field. */
  #onTape: readonly FieldOnTape[] | undefined;

  /** The terms go to the line of the builder that is next. */
  constructor(schema: Schema, builder: BlockBuilder) {
    this.#builder = builder;
    const bounded = boundedFields(schema);
    this.#fields = schema.fields
      .map((field) => ({
        field,
        hasTerms: field.type === 'text' || isExact(field),
        owner: ownerOf(field, schema),
        bounded: bounded.indexOf(field),
      }))
      .filter((known) => known.hasTerms || known.bounded >= 0);
  }

  /**
   * Adds the terms of a line of a tape. Returns false, having added none, if the tape does not have them. `bytes`: those of the batch.
   * Counts values that do not fit their field in `unfit`.
   */
  addLine(tape: Tape | undefined, line: number, bytes: Buffer, unfit: Map<string, number>): boolean {
    if (tape === undefined || !tape.hasAll || tape.states[line] === ODD) return false;
    const fields = this.#fieldsOn(tape);
    if (fields === undefined) return false;
    for (const each of fields) this.#addField(each, { tape, bytes }, line, unfit);
    return true;
  }

  addEvent(event: LogEvent): void {
    for (const { field, hasTerms, owner, bounded } of this.#fields) {
      // A decoder counts values that do not fit, but not for fields that have bounds alone.
      const values = hasTerms ? event.values(field) : fieldValue(field, event).values;
      for (const value of values) {
        if (typeof value === 'number' && bounded >= 0) this.#builder.number(bounded, value);
        if (!hasTerms) continue;
        if (field.type !== 'text') this.#addExact(owner, String(value));
        else for (const word of tokenTexts(String(value))) this.#addText(WORDS, word);
      }
    }
  }

  #fieldsOn(tape: Tape): readonly FieldOnTape[] | undefined {
    if (tape.kernel === this.#kernel) return this.#onTape;
    this.#kernel = tape.kernel;
    const fields = this.#fields.flatMap((known) => {
      const paths = tape.kernel.pathsOf(known.field, tape.pathCount);
      const isOfEvent = known.field.name === '@timestamp';
      return paths === undefined || isOfEvent ? [] : [{ ...known, paths }];
    });
    return (this.#onTape = fields.length === this.#fields.length ? fields : undefined);
  }

  /** Adds the values at the first path that has any. */
  #addField(known: FieldOnTape, { tape, bytes }: OnTape, line: number, unfit: Map<string, number>): void {
    const { values, valuesFrom } = tape;
    const first = VALUE_NUMBERS * valuesFrom[line]!;
    const end = VALUE_NUMBERS * valuesFrom[line + 1]!;
    const { name } = known.field;
    for (const path of known.paths) {
      let fits = false;
      for (let at = first; at < end; at += VALUE_NUMBERS) {
        const meta = values[at + 2]!;
        if ((meta & PATH_MASK) !== path) continue;
        if (this.#addValue(known, meta >>> KIND_SHIFT, bytes, values[at]!, values[at + 1]!)) fits = true;
        else if (known.hasTerms) unfit.set(name, (unfit.get(name) ?? 0) + 1);
      }
      if (fits) return;
    }
  }

  /** Returns false if the value does not fit the field. */
  #addValue(known: KnownField, kind: number, bytes: Buffer, from: number, to: number): boolean {
    const { field, owner } = known;
    // To keyword and text fields, a number is the text that the line has.
    const isAsWritten = kind === TEXT || kind === NUMBER;
    if (field.type === 'text' && isAsWritten && field.normalise === undefined) {
      this.#addWords(bytes, from, to);
      return true;
    }
    if (field.type === 'keyword' && isAsWritten && to - from <= SHORT_BYTES) {
      const { normalise } = field;
      if (normalise === undefined || isPlain(bytes, from, Math.min(to, from + KEYWORD_BYTES))) {
        const map = normalise === undefined ? sameBytes : letterMaps[normalise];
        this.#builder.term(owner, bytes, from, keywordEnd(bytes, from, to), map);
        return true;
      }
    }
    return this.#addLeaf(known, kind, bytes, from, to);
  }

  #addLeaf(
    { field, owner, hasTerms, bounded }: KnownField,
    kind: number,
    bytes: Buffer,
    from: number,
    to: number,
  ): boolean {
    const value = valueOfLeaf(field, leafAt(field, kind, bytes, from, to));
    if (value === undefined) return false;
    if (typeof value === 'number' && bounded >= 0) this.#builder.number(bounded, value);
    if (field.type === 'text') {
      const whole = Buffer.from(String(value));
      this.#addWords(whole, 0, whole.length);
    } else if (hasTerms) this.#addExact(owner, String(value));
    return true;
  }

  #addExact(owner: number, value: string): void {
    const bytes = Buffer.from(value);
    this.#builder.term(owner, bytes, 0, keywordEnd(bytes, 0, bytes.length), sameBytes);
  }

  #addText(owner: number, text: string): void {
    const bytes = Buffer.from(text);
    this.#builder.term(owner, bytes, 0, bytes.length, sameBytes);
  }

  /** Adds all words of a text, given as UTF-8. No word reaches over a space. */
  #addWords(text: Buffer, from: number, to: number): void {
    for (let start = from; start < to;) {
      let end = start;
      let hash = HASH_OF_WORDS;
      let letters = 0;
      for (let byte: number; end < to && (byte = wordBytes[text[end]!]!) !== 0; end += 1) {
        hash = hashWith(hash, byte);
        letters |= byte ^ UNDERSCORE;
      }
      if (end === to || text[end] === SPACE) {
        if (letters !== 0 && end - start <= WORD_MAX)
          this.#builder.hashed(hash, WORDS, text, start, end, lowerBytes);
        else if (end > start) this.#addScanned(text, start, end);
      } else {
        while (end < to && text[end] !== SPACE) end += 1;
        this.#addScanned(text, start, end);
      }
      start = end + 1;
    }
  }

  /** Adds the words between two spaces. */
  #addScanned(text: Buffer, from: number, to: number): void {
    scanBytes(text, from, to, (start, end) => {
      if (isPlain(text, start, end)) this.#builder.term(WORDS, text, start, end, lowerBytes);
      else this.#addText(WORDS, lowerCase(text.toString('utf8', start, end)));
    });
  }
}

/** Returns the leaf of a document that a value on the tape stands for. */
function leafAt(
  { type }: Field,
  kind: number,
  bytes: Buffer,
  from: number,
  to: number,
): string | number | boolean {
  const isTextual = type === 'keyword' || type === 'text';
  if (kind !== NUMBER) return leafOf(kind, bytes.toString('utf8', from, to));
  if (isTextual) return bytes.toString('utf8', from, to);
  return plainNumber(bytes, from, to) ?? Number(bytes.toString('latin1', from, to));
}
