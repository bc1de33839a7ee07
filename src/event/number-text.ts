/**
 * Numbers as they are written in a line. To a keyword field, `1.0` is not `1`, and an order number of 19 digits has more digits than a
 * double holds. JSON.parse could give the text to its reviver, but that takes up to a second for a line of numbers only. So the numbers are
 * put between quotes before the parse, which costs a few times the parse. This happens only if a keyword or text field meets a number whose
 * text cannot be derived from its value, and if a line is written anew.
 */
import type { JsonObject, JsonValue } from './event.ts';
import { whole, type Slices } from './slices.ts';

/** A number, kept as its text. */
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
 * Texts of numbers whose value is an integer below 1e14 but whose text is not that integer. They have an exponent, or a fraction so near to
 * 0 or 1 that the double is whole (doubles of that size lie at most 1/64 apart).
 */
const ODD_INTEGER_TEXT = /\d(?:\.(?:0|99)|[eE][-+]?\d)/;

/** Returns true if the text of `number` in this line is surely `String(number)`. Without a line, nothing else is known, so it is true. */
export function numberIsItsText(number: number, line: string | undefined): boolean {
  if (line === undefined) return true;
  return (
    Number.isInteger(number) &&
    Math.abs(number) < 1e14 &&
    !Object.is(number, -0) &&
    !ODD_INTEGER_TEXT.test(line)
  );
}

/** Returns a line without the byte order mark with which some writers begin. */
export function withoutMark(line: string): string {
  return line.startsWith('\ufeff') ? line.slice(1) : line;
}

/**
 * Parses a line of JSON, with a `NumberText` in place of each number whose text may differ from `String` of its value. The type of the
 * result does not show this, so only field-value.ts and masks may read it. Undefined if the line is no JSON, or nested too deeply.
 */
export function parseWithNumberTexts(line: string): JsonObject | undefined {
  return whole(parsingWithNumberTexts(line));
}

/**
 * Parses JSON to a document that needs no line beside it: a number that a double does not hold as it is written (`1.0`, twenty digits) is
 * its text. Throws SyntaxError for a text that is no JSON.
 */
export function parseToExactValues(text: string): JsonValue {
  const plain = JSON.parse(text) as JsonValue;
  if (!LOOKS_ODD.test(text)) return plain;
  const exact = parseWithNumberTexts(text);
  return exact === undefined ? plain : withoutNumberTexts(exact);
}

/** Replaces each `NumberText` in place, without recursion. */
function withoutNumberTexts(root: JsonObject): JsonValue {
  const holder: Record<string, JsonValue> = { root };
  const open = [holder];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const [key, value] of Object.entries(node)) {
      // In a value made by JSON.parse, `__proto__` is an ordinary property.
      if ((value as unknown) instanceof NumberText) node[key] = valueOf(value as unknown as NumberText);
      else if (typeof value === 'object' && value !== null) open.push(value as Record<string, JsonValue>);
    }
  }
  return holder['root']!;
}

const valueOf = ({ text }: NumberText): JsonValue => (String(Number(text)) === text ? Number(text) : text);

/** As `parseWithNumberTexts`, but yields, so that the stream can go on. */
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

/**
 * Fractions, exponents, -0 and more digits than a double surely holds, where a number may begin. They may also stand within texts, but no text
 * of digits alone is meant: OpenTelemetry writes its times so.
 */
const LOOKS_ODD = /(?:^|[\s:,[])-?(?:\d+[.eE]|\d{15}|(?<=-)0)/u;
const FRACTION = String.raw`(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)`;
/** Matches in valid JSON: a text, with the colon if it is a key, or a number that looks odd. */
const TEXT_OR_ODD_NUMBER = new RegExp(
  String.raw`"[^"\\]*(?:\\[^][^"\\]*)*"(?:\s*:)?|-?\d{15,}${FRACTION}?|-?\d{1,14}${FRACTION}|-0`,
  'gu',
);

/** Makes numbers texts that begin with `n`, and lets texts begin with `s`, so that they cannot be confused. Keys stay. */
function withTag(token: string): string {
  if (token.endsWith(':')) return token;
  return token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`;
}

/** Removes the tags in place. */
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
  // In a value made by JSON.parse, `__proto__` is an ordinary property.
  const object = value as Record<string, JsonValue>;
  for (const key of Object.keys(object)) object[key] = withoutTags(object[key]!);
  return object;
}

function isList(value: object): value is JsonValue[] {
  return Array.isArray(value);
}

/** Values of one list or object that are written in one step. */
const WRITTEN_AT_ONCE = 1_000;

/** Writes a document that may contain `NumberText` as a line: each number as it was written. Interruptible. */
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
