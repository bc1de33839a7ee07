/** The values of fields on a tape: those that `fieldValue` finds in the document of the line, without a document. */
import type { Field, Value } from '../event.ts';
import { firstWithValues, valueOfLeaf, type FieldValues } from '../field-value.ts';
import {
  BOOLEAN,
  KIND_SHIFT,
  NUMBER,
  ODD,
  PATH_MASK,
  TEXT,
  VALUE_NUMBERS,
  WANTED,
  type Tape,
} from './tape.ts';

/**
 * Returns the values of a field in a line of the tape; undefined if the tape does not have them. `bytes` are those of the batch. A field
 * `@timestamp` is the time of the event, which no tape knows.
 */
export function valuesOnTape(tape: Tape, line: number, field: Field, bytes: Buffer): FieldValues | undefined {
  const state = tape.states[line];
  if (state === ODD || (state !== WANTED && !tape.hasAll) || field.name === '@timestamp') return undefined;
  const paths = tape.kernel.pathsOf(field, tape.pathCount);
  if (paths === undefined) return undefined;
  return firstWithValues(paths, (path) => valuesAt(tape, line, path, field, bytes));
}

const NONE: readonly Value[] = [];

function valuesAt(tape: Tape, line: number, path: number, field: Field, bytes: Buffer): FieldValues {
  const isTextual = field.type === 'keyword' || field.type === 'text';
  let found: Value[] | undefined;
  let unfit = 0;
  textsAt(tape, line, path, bytes, (kind, text) => {
    // To keyword and text fields, a number is the text that the line has.
    const value = valueOfLeaf(field, isTextual && kind === NUMBER ? text : leafOf(kind, text));
    if (value === undefined) unfit += 1;
    else if (found === undefined) found = [value];
    else found.push(value);
  });
  return { values: found ?? NONE, unfit };
}

/** Calls `visit` with kind and text of each value at a path of a line, as the line has it. `bytes` are those of the batch. */
export function textsAt(
  { values, valuesFrom }: Tape,
  line: number,
  path: number,
  bytes: Buffer,
  visit: (kind: number, text: string) => void,
): void {
  const end = VALUE_NUMBERS * valuesFrom[line + 1]!;
  for (let at = VALUE_NUMBERS * valuesFrom[line]!; at < end; at += VALUE_NUMBERS) {
    const meta = values[at + 2]!;
    if ((meta & PATH_MASK) === path)
      visit(meta >>> KIND_SHIFT, bytes.toString('utf8', values[at], values[at + 1]));
  }
}

/** Returns the leaf of a document that a text on the tape stands for. */
export function leafOf(kind: number, text: string): string | number | boolean {
  if (kind === TEXT) return text;
  if (kind === NUMBER) return Number(text);
  return kind === BOOLEAN ? text === 'true' : (JSON.parse(`"${text}"`) as string);
}
