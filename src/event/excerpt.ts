/**
 * The part of a long text that people are shown. This is its beginning. For a stack trace it is the first line and the cause, since the
 * cause stands at the end.
 */

/** A line of a trace that names a failure: Java and Kotlin, Node, .NET, and the last line of Python's. */
const CAUSE_LINE = /^\s*(?:Caused by: |\[cause\]: |---> |[A-Za-z_][\w.$]*(?:Error|Exception)(?::\s|$))/u;
/** Ends of lines of a trace, as a text has them and as JSON writes them. */
const TEXT_BREAK = /\r?\n/u;
const JSON_BREAK = /(?:\\r)?\\n(?:\\t)*|(?<!\\)"/u;
/** Stands between the parts that are left of a text. */
const GAP_MARK = '…';
const CAUSE_LENGTH_MAX = 200;
/** Units at the end of a text that are searched, whatever its length. */
const LOOKED_AT_UNITS = 65_536;

/** Returns at most `max` UTF-16 units of a text, with no character cut in half. */
export function excerptOf(text: string, max: number): string {
  if (text.length <= max) return text;
  const isJson = text.startsWith('{');
  const first = beginning(text.split(isJson ? /(?:\\r)?\\n/u : TEXT_BREAK, 1)[0]!, Math.floor(max / 2));
  const causes = causesIn(text.slice(first.length).slice(-LOOKED_AT_UNITS), isJson ? JSON_BREAK : TEXT_BREAK);
  let rest = '';
  // The last cause began it all, so it comes first if not all causes fit.
  for (const cause of causes.reverse()) {
    const more = `\n${GAP_MARK}\n${beginning(cause, CAUSE_LENGTH_MAX)}`;
    if (first.length + rest.length + more.length > max) break;
    rest = more + rest;
  }
  return rest === '' ? beginning(text, max) : first + rest;
}

/** Returns the cause that an excerpt names; undefined if it is no stack trace. */
export function causeOf(excerpt: string): string | undefined {
  return causesIn(excerpt.split('\n').slice(1).join('\n'), TEXT_BREAK).at(-1);
}

function causesIn(text: string, lineBreak: RegExp): string[] {
  return text
    .split(lineBreak)
    .filter((line) => CAUSE_LINE.test(line))
    .map((line) => line.trim());
}

function beginning(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = text.charCodeAt(units - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? units - 1 : units);
}

/** Greatest length of the excerpt of a line, and of a value, that an alert keeps, in UTF-16 units. */
export const LINE_UNITS = 500;
export const VALUE_UNITS = 256;

/** Shorter parts of an excerpt have not been cut. */
const TORN_LENGTH_MIN = 100;
/** The last word of a text, and the digits and groups of digits before it. */
const LAST_WORD =
  /(?:[\d０-９](?:[ \u00a0\u2000-\u200a\u202f\u3000]{1,2}|-)?){0,40}[^\s"',;:=&{}[\]()<>]{0,300}$/u;

/**
 * Returns an excerpt without the words at the places where it was cut, since half a number cannot be recognised. A text that is no excerpt
 * stays unchanged.
 */
export function withoutTornEnds(text: string): string {
  const parts = text.split(`\n${GAP_MARK}\n`);
  const isCut = [LINE_UNITS, VALUE_UNITS].some((max) => text.length === max || text.length === max - 1);
  if (parts.length === 1 && !isCut) return text;
  return parts
    .map((part) => (part.length < TORN_LENGTH_MIN ? part : part.replace(LAST_WORD, GAP_MARK)))
    .join(`\n${GAP_MARK}\n`);
}
