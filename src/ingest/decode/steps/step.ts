/** The contract of a step: it changes the document that the steps before it have made. It never throws, whatever the line holds. */
import type { LineOrigin } from '../../../event/batch.ts';
import type { Pattern } from '../../../event/pattern.ts';
import { put, type DecodedLine, type Draft } from '../line-decoder.ts';

/** Returns in words why the line does not fit, or undefined. */
export type Step = (line: string, document: Draft, origin: LineOrigin) => string | undefined;

/** Makes keys of a text. Returns them, or in words why the text does not fit. */
export type TextParser = (text: string) => Draft | string;

/** Adds keys to a document. They replace keys of the same name. */
export function join(document: Draft, keys: Draft): void {
  for (const [key, value] of Object.entries(keys)) put(document, key, value);
}

/** Returns a line decoder as a parser of texts. */
export const parserOf =
  (decode: (text: string) => DecodedLine | string): TextParser =>
  (text) => {
    const decoded = decode(text);
    // A decoder makes a new document for each text.
    return typeof decoded === 'string' ? decoded : decoded.document;
  };

/** Returns the texts of the named groups, or in words why the text does not fit. */
export function groupsOf(pattern: Pattern, text: string): Record<string, string> | string {
  const groups = pattern.groups(text) ?? 'the pattern does not fit';
  return groups === 'too long'
    ? `longer than the ${pattern.groupsUnitsMax} characters that the pattern can take`
    : groups;
}
