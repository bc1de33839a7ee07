/**
 * Makes text of others fit to be shown, on a terminal and in a message alike: nothing in it acts unseen. Control characters, zero-width
 * characters and those that turn the writing direction are shown by their code, never passed on.
 */

// Controls except line ends and tabs, everything that is drawn as nothing or steers the writing direction, other line ends, and code points
// that are no characters, which terminals swallow.
// The variation selector of coloured emoji stays. So do four marks on one character: no language needs more, and a tower of them covers the
// lines around it.
const UNSEEN =
  /(?!\n|\t|\ufe0f)(?:\p{Cc}|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|[\u2028\u2029\ufff9-\ufffb]|\p{Noncharacter_Code_Point}|(?<=\p{M}{4})\p{M})/gu;

/** Keeps line ends and tabs, for text whose lines are shown as lines. */
export function visibleText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .toWellFormed()
    .replace(UNSEEN, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** Returns the text on one line, at most `limit` characters. */
export function visibleLine(text: string, limit = Infinity): string {
  const line = visibleText(text.slice(0, limit * 4))
    .replace(/\n\s*/gu, ' ⏎ ')
    .replaceAll('\t', '\\t');
  return shorten(line, limit);
}

/** Writes JSON with these characters escaped, as JSON allows: a program reads the original. `indent`: number of blanks. */
export function jsonText(value: unknown, indent?: number): string {
  return visibleJson(JSON.stringify(value, undefined, indent));
}

/** As `jsonText`, for a text that is JSON already. */
export function visibleJson(json: string): string {
  return json.replace(UNSEEN, (char) =>
    Array.from(
      { length: char.length },
      (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Cuts between characters, not inside one. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/u, '')}…`;
}
