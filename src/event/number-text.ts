/**
 * Numbers as they stand in a line: `1.0` is not `1` to a keyword field, and an order number of 19 digits has more than a double
 * holds. JSON.parse gives the text to its reviver, which costs several times the parse, so it runs only where a keyword or text
 * field meets a number whose text cannot be told from its value.
 */
import type { JsonObject, JsonValue } from './event.ts';

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
const oddIntegerText = /\d(?:\.(?:0|99)|[eE][-+]?\d)/;

/** Whether the text of `number` in this line is surely `String(number)`. Without a line it is all there is. */
export function numberIsItsText(number: number, line: string | undefined): boolean {
  if (line === undefined) return true;
  return (
    Number.isInteger(number) &&
    Math.abs(number) < 1e14 &&
    !Object.is(number, -0) &&
    !oddIntegerText.test(line)
  );
}

/** A line without the byte order mark that some writers begin with. */
export function withoutMark(line: string): string {
  return line.startsWith('\ufeff') ? line.slice(1) : line;
}

/**
 * The document of a line of JSON with a `NumberText` in place of each number; only field-value.ts may read it, its type does not
 * say so. Undefined where the line is nested too deeply for the reviver.
 */
export function parseWithNumberTexts(line: string): JsonObject | undefined {
  try {
    return JSON.parse(withoutMark(line), (_key, value: JsonValue, context?: { readonly source?: string }) =>
      typeof value === 'number' && context?.source !== undefined ? new NumberText(context.source) : value,
    ) as JsonObject;
  } catch {
    return undefined;
  }
}

/** The line of a document that may have `NumberText` in it: each number as it was written. */
export function lineWithNumberTexts(document: JsonObject): string {
  return JSON.stringify(document, (_key, value: unknown) =>
    value instanceof NumberText ? rawJson(value.text) : value,
  );
}

/** TypeScript does not know it yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => object };
