/**
 * Numbers as they stand in a line: `1.0` is not `1` to a keyword field, and an order number of 19 digits has more than a double
 * holds. JSON.parse would give the text to its reviver, which takes up to a second for a line of nothing but numbers; so they are put
 * between quotes before the parse, which costs a few times the parse. It is done only where a keyword or text field meets a number whose
 * text cannot be told from its value, and where a line is written anew.
 */
import type { JsonObject, JsonValue } from './event.ts';
import { whole, type Slices } from './slices.ts';

/** A number by its text. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/**
 * Texts of numbers whose value is an integer below 1e14 but whose text is not that integer: an exponent, or a fraction so near to 0
 * or 1 that the double is whole (doubles of that size lie at most 1/64 apart).
 */
const ODD_INTEGER_TEXT = /\d(?:\.(?:0|99)|[eE][-+]?\d)/;

/** Whether the text of `number` in this line is surely `String(number)`. Without a line it is all there is. */
export function numberIsItsText(number: number, line: string | undefined): boolean {
  if (line === undefined) return true;
  return (
    Number.isInteger(number) &&
    Math.abs(number) < 1e14 &&
    !Object.is(number, -0) &&
    !ODD_INTEGER_TEXT.test(line)
  );
}

/** A line without the byte order mark that some writers begin with. */
export function withoutMark(line: string): string {
  return line.startsWith('\ufeff') ? line.slice(1) : line;
}

/**
 * The document of a line of JSON with a `NumberText` in place of each number that may be written otherwise than `String` writes its
 * value; only field-value.ts and masks may read it, its type does not say so. Undefined where the line is no JSON, or nested too deeply.
 */
export function parseWithNumberTexts(line: string): JsonObject | undefined {
  return whole(parsingWithNumberTexts(line));
}

/** The same beside a stream. */
export function* parsingWithNumberTexts(line: string): Slices<JsonObject | undefined> {
  try {
    const text = withoutMark(line);
    const document = JSON.parse(text) as JsonObject;
    if (!LOOKS_ODD.test(text)) return document;
    yield;
    const tagged = text.replace(TEXT_OR_ODD_NUMBER, withTag);
    yield;
    const parsed = JSON.parse(tagged) as JsonObject;
    yield;
    return withoutTags(parsed) as JsonObject;
  } catch {
    return undefined;
  }
}

/** Fractions, exponents, -0 and more digits than a double surely holds; in texts, too. */
const LOOKS_ODD = /\d[.eE]|\d{15}|-0/u;
const FRACTION = String.raw`(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)`;
/** Of valid JSON: a text, with the colon of a key, or a number that looks odd. */
const TEXT_OR_ODD_NUMBER = new RegExp(
  String.raw`"[^"\\]*(?:\\[^][^"\\]*)*"(?:\s*:)?|-?\d{15,}${FRACTION}?|-?\d{1,14}${FRACTION}|-0`,
  'gu',
);

/** Numbers become texts that begin with `n`, and texts begin with `s`, so that neither is taken for the other; keys stay. */
function withTag(token: string): string {
  if (token.endsWith(':')) return token;
  return token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`;
}

/** In place. */
function withoutTags(value: JsonValue): JsonValue {
  if (typeof value === 'string') {
    const rest = value.slice(1);
    return value.startsWith('n') ? (new NumberText(rest) as unknown as JsonValue) : rest;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) {
    for (let i = 0; i < value.length; i += 1) value[i] = withoutTags(value[i]!);
    return value;
  }
  // `__proto__` is a property like any other of what JSON.parse made.
  const object = value as Record<string, JsonValue>;
  for (const key of Object.keys(object)) object[key] = withoutTags(object[key]!);
  return object;
}

function isList(value: object): value is JsonValue[] {
  return Array.isArray(value);
}

/** Values of one list or object that are written in one go. */
const WRITTEN_AT_ONCE = 1_000;

/** The line of a document that may have `NumberText` in it: each number as it was written. Interruptible. */
export function* writingWithNumberTexts(document: JsonValue | NumberText): Slices<string> {
  if (document instanceof NumberText) return document.text;
  if (typeof document !== 'object' || document === null) return JSON.stringify(document);
  const isList = Array.isArray(document);
  const parts: string[] = [];
  for (const [key, value] of Object.entries(document)) {
    if (parts.length % WRITTEN_AT_ONCE === 0) yield;
    const written = yield* writingWithNumberTexts(value);
    parts.push(isList ? written : `${JSON.stringify(key)}:${written}`);
  }
  return isList ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}
