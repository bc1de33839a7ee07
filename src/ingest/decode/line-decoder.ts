/** The contract of a line decoder: a line of text in, a document out. A line decoder never throws for a line, whatever the line holds. */
import type { LineOrigin } from '../../event/batch.ts';
import type { JsonObject, JsonValue } from '../../event/event.ts';

export interface DecodedLine {
  readonly document: JsonObject;
  /** True when the document is the JSON of the line, so that the line has the exact text of each number. */
  readonly json: boolean;
}

/** Returns the document, or in words why there is none. `origin`: where the line came from, for steps that ask. */
export type LineDecoder = (line: string, origin?: LineOrigin) => DecodedLine | string;

/** A document under construction. */
export type Draft = Record<string, JsonValue>;

/** Sets a key that came out of a log. `__proto__` is a key like any other. */
export function put(draft: Draft, key: string, value: JsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(draft, key, { value, enumerable: true, configurable: true, writable: true });
  } else draft[key] = value;
}

/** Returns the text between double quotes with its escapes read as in JSON. An unknown escape stands for the escaped character itself. */
export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_all, hex: string | undefined, escaped: string) =>
    hex === undefined ? (controls[escaped] ?? escaped) : String.fromCharCode(parseInt(hex, 16)),
  );
}

const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** Returns the index of the double quote that ends the text which begins at `from`, -1 when none does. */
export function closingQuote(text: string, from: number): number {
  for (let at = from; ; at += 1) {
    at = text.indexOf('"', at);
    if (at < 0) return -1;
    let backslashes = 0;
    while (at - backslashes > from && text[at - backslashes - 1] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
}
