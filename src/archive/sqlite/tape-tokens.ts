/** The tokens of lines on a tape: those that `indexText` gives for their events, from the bytes of the lines. */
import type { Field, Schema } from '../../event/event.ts';
import { valueOfLeaf } from '../../event/field-value.ts';
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
import { isAscii, TokenText, type LetterCase } from './token-text.ts';
import { exactBeginning, keywordEnd, KEYWORD_BYTES, plainForm } from './token-form.ts';
import { isIndexed } from './tokens.ts';

/** A keyword of at most so many bytes is not too long for a keyword. */
const SHORT_BYTES = 8_191;

interface IndexedField {
  readonly field: Field;
  /** The beginning of the tokens of its values; empty for a field of text. */
  readonly beginning: Uint8Array;
  /** Numbers of its paths in the kernel. */
  readonly paths: readonly number[];
}

interface OnTape {
  readonly tape: Tape;
  /** The bytes of the batch. */
  readonly bytes: Buffer;
}

export class TapeTokens {
  readonly #schema: Schema;
  readonly #text = new TokenText();
  #kernel: LineKernel | undefined;
  /** Undefined if the tapes of the kernel do not have the values of every indexed field. */
  #fields: readonly IndexedField[] | undefined;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /**
   * Returns the tokens of a line, separated by spaces; undefined if the tape does not have them. Void after the next call. Counts values
   * that do not fit their field in `unfit`. `bytes`: those of the batch.
   */
  ofLine(
    tape: Tape | undefined,
    line: number,
    bytes: Buffer,
    unfit: Map<string, number>,
  ): Uint8Array | undefined {
    if (tape === undefined || !tape.hasAll || tape.states[line] === ODD) return undefined;
    const fields = this.#fieldsOf(tape);
    if (fields === undefined) return undefined;
    this.#text.clear();
    for (const each of fields) this.#addField(each, { tape, bytes }, line, unfit);
    return this.#text.bytes;
  }

  #fieldsOf(tape: Tape): readonly IndexedField[] | undefined {
    if (tape.kernel === this.#kernel) return this.#fields;
    this.#kernel = tape.kernel;
    const fields = this.#schema.fields.filter(isIndexed).flatMap((field) => {
      const paths = tape.kernel.pathsOf(field, tape.pathCount);
      const isOfEvent = field.name === '@timestamp';
      return paths === undefined || isOfEvent ? [] : [{ field, paths, beginning: beginningOf(field) }];
    });
    const isWhole = fields.length === this.#schema.fields.filter(isIndexed).length;
    return (this.#fields = isWhole ? fields : undefined);
  }

  /** Adds the values at the first path that has any. */
  #addField(indexed: IndexedField, { tape, bytes }: OnTape, line: number, unfit: Map<string, number>): void {
    const { values, valuesFrom } = tape;
    const first = VALUE_NUMBERS * valuesFrom[line]!;
    const end = VALUE_NUMBERS * valuesFrom[line + 1]!;
    for (const path of indexed.paths) {
      let fits = false;
      for (let at = first; at < end; at += VALUE_NUMBERS) {
        const meta = values[at + 2]!;
        if ((meta & PATH_MASK) !== path) continue;
        if (this.#addValue(indexed, meta >>> KIND_SHIFT, bytes, [values[at]!, values[at + 1]!])) fits = true;
        else unfit.set(indexed.field.name, (unfit.get(indexed.field.name) ?? 0) + 1);
      }
      if (fits) return;
    }
  }

  /** Returns false if the value does not fit the field. */
  #addValue(
    { field, beginning }: IndexedField,
    kind: number,
    bytes: Buffer,
    range: readonly [number, number],
  ): boolean {
    const [from, to] = range;
    // To keyword and text fields, a number is the text that the line has.
    const isAsWritten = kind === TEXT || kind === NUMBER;
    if (field.type === 'text' && isAsWritten && field.normalise === undefined) {
      this.#text.addWords(bytes, from, to);
      return true;
    }
    if (field.type === 'keyword' && isAsWritten && to - from <= SHORT_BYTES) {
      const cut = keywordEnd(bytes, from, to);
      if (field.normalise === undefined || isAscii(bytes, from, Math.min(to, from + KEYWORD_BYTES))) {
        this.#text.addBytes(beginning, bytes, [from, cut], field.normalise ?? SAME);
        return true;
      }
    }
    return this.#addLeaf(field, kind, bytes.toString('utf8', from, to));
  }

  #addLeaf(field: Field, kind: number, text: string): boolean {
    const isTextual = field.type === 'keyword' || field.type === 'text';
    const value = valueOfLeaf(field, isTextual && kind === NUMBER ? text : leafOf(kind, text));
    if (value === undefined) return false;
    if (field.type === 'text') {
      const whole = Buffer.from(String(value));
      this.#text.addWords(whole, 0, whole.length);
    } else this.#text.add(plainForm.exact(field, String(value)));
    return true;
  }
}

const SAME: LetterCase = 'same';

function beginningOf(field: Field): Uint8Array {
  return Buffer.from(field.type === 'text' ? '' : exactBeginning(field));
}
