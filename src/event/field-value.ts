/**
 * `fieldValue` is the only definition of the values of a field. Matcher, aggregates, grouping and both archives take their values from
 * here, so that a rule means the same in the stream and in a search. No other code may interpret a document.
 */
import type { Field, FieldType, JsonObject, JsonValue, LogEvent, Schema, Value } from './event.ts';
import { pathReader, pathsOf } from './field-path.ts';
import type { PathReader } from './field-path.ts';
import { parseIso8601 } from './iso8601.ts';
import { NumberText, numberIsItsText } from './number-text.ts';

/** Longest keyword, in UTF-16 units. A longer one counts as missing, as with Elasticsearch's `ignore_above`. */
const KEYWORD_LIMIT = 8191;

export interface FieldValues {
  /** In order; empty if the field is missing. */
  readonly values: readonly Value[];
  /** Number of values that do not fit the field's type. They stay in the raw part of the document. */
  readonly unfit: number;
}

/** A document, and a way to read the numbers of its line as they were written. */
export interface Described {
  /** Time of the event, which is the value of a field `@timestamp`. Absent if only the document is known. */
  readonly timeMs?: number;
  readonly document: JsonObject;
  /** The line, if the document is its JSON. */
  readonly json?: string | undefined;
  /**
   * Returns the same document with a `NumberText` in place of each number; undefined if that is not possible. Called only for a number on a
   * keyword or text field.
   */
  exactDocument?(): JsonObject | undefined;
}

const none: FieldValues = { values: [], unfit: 0 };

/** Returns the values of `field` in a document: those at the first of its paths that has a value. */
export function fieldValue(field: Field, described: Described): FieldValues {
  if (field.name === '@timestamp' && described.timeMs !== undefined)
    return { values: [described.timeMs], unfit: 0 };
  return firstWithValues(readersOf(field), (read) => valuesAt(field, read, described));
}

/** Returns the values at the first of some paths that has any, with the unfit values at the paths before it. */
export function firstWithValues<Path>(
  paths: readonly Path[],
  valuesAtPath: (path: Path) => FieldValues,
): FieldValues {
  let unfit = 0;
  for (const path of paths) {
    const found = valuesAtPath(path);
    if (found.values.length > 0)
      return unfit === 0 ? found : { values: found.values, unfit: found.unfit + unfit };
    unfit += found.unfit;
  }
  return unfit === 0 ? none : { values: none.values, unfit };
}

/** Returns the values of every declared field that an event has, by name. An archive writes these. */
export function typedValues(event: LogEvent, schema: Schema): Record<string, readonly Value[]> {
  const typed: Record<string, readonly Value[]> = {};
  for (const field of schema.fields) {
    const values = event.values(field);
    if (values.length > 0) typed[field.name] = values;
  }
  return typed;
}

/** Returns a text as a field holds it: normalised, and without lone surrogates. Literals of rules go the same way. */
export function normaliseText(field: Field, text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  if (field.normalise === undefined) return whole;
  return field.normalise === 'upper' ? whole.toUpperCase() : whole.toLowerCase();
}

/** Returns a value that a rule writes, as a field of its type would hold it; undefined if the field never can. */
export function literalValue(field: Field, text: string): Value | undefined {
  return convert[field.type](text, field);
}

const readers = new WeakMap<Field, readonly PathReader[]>();

function readersOf(field: Field): readonly PathReader[] {
  let made = readers.get(field);
  if (made === undefined) {
    made = pathsOf(field).map(pathReader);
    readers.set(field, made);
  }
  return made;
}

function valuesAt(field: Field, read: PathReader, described: Described): FieldValues {
  const values: Value[] = [];
  let unfit = 0;
  let unclearNumbers = 0;
  const textual = field.type === 'keyword' || field.type === 'text';
  const take = (leaf: JsonValue | NumberText): void => {
    if (leaf === null || (typeof leaf === 'object' && !(leaf instanceof NumberText))) return;
    if (textual && typeof leaf === 'number' && !numberIsItsText(leaf, described.json)) unclearNumbers += 1;
    const value = convert[field.type](leaf, field);
    if (value === undefined) unfit += 1;
    else values.push(value);
  };
  read(described.document, take);
  const exact = unclearNumbers > 0 ? described.exactDocument?.() : undefined;
  if (exact !== undefined) {
    values.length = 0;
    unfit = 0;
    read(exact, take);
  }
  return values.length === 0 && unfit === 0 ? none : { values, unfit };
}

/** Returns a leaf of a document as a value of the field; undefined if it does not fit the field's type. */
export function valueOfLeaf(field: Field, leaf: string | number | boolean): Value | undefined {
  return convert[field.type](leaf, field);
}

type Leaf = string | number | boolean | NumberText;

const convert: Record<FieldType, (leaf: Leaf, field: Field) => Value | undefined> = {
  keyword: (leaf, field) => {
    const text = normaliseText(field, String(leaf));
    return text.length > KEYWORD_LIMIT ? undefined : text;
  },
  text: (leaf, field) => normaliseText(field, String(leaf)),
  long: (leaf) => {
    const number = numeric(leaf);
    return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
  },
  double: (leaf) => numeric(leaf),
  boolean: (leaf) => {
    if (typeof leaf === 'boolean') return leaf;
    if (leaf === 'true') return true;
    return leaf === 'false' || leaf === '' ? false : undefined;
  },
  date: (leaf) => {
    if (typeof leaf === 'number') return epochMs(leaf);
    return typeof leaf === 'string' ? dateMs(leaf) : undefined;
  },
};

const NUMBER_SHAPE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function numeric(leaf: Leaf): number | undefined {
  const number = typeof leaf === 'string' && NUMBER_SHAPE.test(leaf) ? Number(leaf) : leaf;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return number === 0 ? 0 : number; // Elasticsearch's doubles distinguish -0 from 0.
}

/** Parses a date as documents and rules write it: ISO 8601 (UTC if there is no offset), or milliseconds since epoch as digits. */
export function dateMs(text: string): number | undefined {
  const iso = parseIso8601(text);
  if (iso !== undefined) return epochMs(iso.wallMs - (iso.offsetMs ?? 0));
  return /^-?\d{1,16}$/.test(text) ? epochMs(Number(text)) : undefined;
}

const LAST_DATE_MS = 8.64e15;

function epochMs(ms: number): number | undefined {
  // -0 is 0, as where a step has written it.
  const whole = Math.floor(ms) + 0;
  return Math.abs(whole) <= LAST_DATE_MS ? whole : undefined;
}
