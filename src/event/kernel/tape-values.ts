/** The values of fields on a tape: those that `fieldValue` finds in the document of the line, without a document. */
import type { Field, Value } from '../event.ts';
import type { LineProgram } from './line-steps.ts';
import { firstWithValues, valueOfLeaf, type FieldValues } from '../field-value.ts';
import {
  BOOLEAN,
  KIND_SHIFT,
  MADE,
  NUMBER,
  ODD,
  PATH_MASK,
  RAW,
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

/** Calls `visit` with kind and text of each value at a path of a line, as the line has it, or as the steps of its source have left it. `bytes` are those of the batch. */
export function textsAt(
  tape: Tape,
  line: number,
  path: number,
  bytes: Buffer,
  visit: (kind: number, text: string) => void,
): void {
  const { values, valuesFrom } = tape;
  const end = VALUE_NUMBERS * valuesFrom[line + 1]!;
  for (let at = VALUE_NUMBERS * valuesFrom[line]!; at < end; at += VALUE_NUMBERS) {
    const meta = values[at + 2]!;
    if ((meta & PATH_MASK) !== path) continue;
    if (tape.program === undefined)
      visit(meta >>> KIND_SHIFT, bytes.toString('utf8', values[at], values[at + 1]));
    else {
      const { kind, text } = afterSteps(tape, tape.program, at, bytes);
      visit(kind, text);
    }
  }
}

/** Returns kind and text of the value at place `at` of a tape, as the steps have left it. */
export function afterSteps(
  { kernel, values }: Tape,
  program: LineProgram,
  at: number,
  bytes: Buffer,
): { readonly kind: number; readonly text: string } {
  const [start, end, meta] = [values[at]!, values[at + 1]!, values[at + 2]!];
  const flags = meta >>> KIND_SHIFT;
  const text = (flags & MADE) === 0 ? bytes.toString('utf8', start, end) : kernel.madeText(start, end);
  const kind = flags & ~(MADE | RAW);
  if ((flags & RAW) === 0) return kind === NUMBER && !isExact(text) ? { kind: TEXT, text } : { kind, text };
  const value = program.later.get(meta & PATH_MASK)!(exactLeafOf(kind, text));
  return { kind: kindOf(value), text: String(value) };
}

export function kindOf(value: Value): number {
  if (typeof value === 'string') return TEXT;
  return typeof value === 'number' ? NUMBER : BOOLEAN;
}

/** As `leafOf`, for a source with steps: a number that a double does not hold as it is written is its text (number-text.ts). */
export const exactLeafOf = (kind: number, text: string): string | number | boolean =>
  kind === NUMBER && !isExact(text) ? text : leafOf(kind, text);

const isExact = (number: string): boolean => String(Number(number)) === number;

/** Returns the leaf of a document that a text on the tape stands for. */
export function leafOf(kind: number, text: string): string | number | boolean {
  if (kind === TEXT) return text;
  if (kind === NUMBER) return Number(text);
  return kind === BOOLEAN ? text === 'true' : (JSON.parse(`"${text}"`) as string);
}
