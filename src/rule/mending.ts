/**
 * How a finding is mended: in words for people, and as changes to the text if the words name one. The text in the words and the text that
 * the changes write are then the same.
 */
import { nearest, suggest } from '../event/did-you-mean.ts';

/** Changes that are made together; their places do not overlap. */
export type Fix = readonly Edit[];

/** Offsets into the text (UTF-16 units), the end exclusive. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A way to mend something: in words, and as changes to the text. */
export interface Mending {
  readonly words: string;
  readonly fixes: readonly Fix[];
}

/** A string has words alone: only the author can say what to write. */
export type Hint = string | Mending;

/** Any part of a text: a span, a token. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Says `write X` in the place of something. `words` say it differently, or say more than the change does. */
export function write(place: Range, text: string, words = `write ${text}`): Mending {
  return { words, fixes: [[{ start: place.start, end: place.end, text }]] };
}

/** Offers several ways to write it. */
export function writeOneOf(place: Range, texts: readonly string[], words: string): Mending {
  return { words, fixes: texts.map((text) => [{ start: place.start, end: place.end, text }]) };
}

export function remove(place: Range, words = 'delete it'): Mending {
  return write(place, '', words);
}

/** Offers the name that was probably meant, else all names (at most `max`). */
export function writeNearest(
  place: Range,
  written: string,
  names: readonly string[],
  what: string,
  max?: number,
): Hint {
  const words = suggest(written, names, what, max);
  const near = nearest(written, names);
  return near === undefined ? words : write(place, near, words);
}

/** Returns the text with the changes of a fix made. */
export function mended(text: string, fix: Fix): string {
  return fix
    .toSorted((a, b) => b.start - a.start)
    .reduce((now, edit) => now.slice(0, edit.start) + edit.text + now.slice(edit.end), text);
}
