/**
 * Log text made fit to be shown: one line, bounded, and nothing in it that acts unseen. Control characters, zero-width
 * characters and those that turn the writing direction are shown by their code, never passed on.
 */

// Controls but for line ends and tabs, everything that is drawn as nothing or steers the writing direction, other line ends.
// The variation selector of coloured emoji stays.
const unseen =
  /(?!\n|\t|\ufe0f)(?:\p{Cc}|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|[\u2028\u2029\ufff9-\ufffb])/gu;

/** Keeps line ends and tabs. */
function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .toWellFormed()
    .replace(unseen, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** On one line, at most `limit` characters. */
export function visibleLine(text: string, limit: number): string {
  return shorten(visible(text.slice(0, limit * 4)).replace(/[\n\t]+\s*/gu, ' ⏎ '), limit);
}

/** Cuts at a character, not inside one. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/u, '')}…`;
}
