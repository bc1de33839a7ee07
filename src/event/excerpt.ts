/**
 * The part of a long text that people are shown: its beginning, and of a stack trace its first line and what caused it, since the
 * cause stands at the end.
 */

/** A line of a trace that names a failure: Java and Kotlin, Node, .NET, and the last line of Python's. */
const CAUSE_LINE = /^\s*(?:Caused by: |\[cause\]: |---> |[A-Za-z_][\w.$]*(?:Error|Exception)(?::\s|$))/u;
/** A line of a trace, as a text has it and as JSON writes it. */
const TEXT_BREAK = /\r?\n/u;
const JSON_BREAK = /(?:\\r)?\\n(?:\\t)*|(?<!\\)"/u;
/** Between what is left of a text. */
const GAP_MARK = '…';
const CAUSE_LENGTH_MAX = 200;
/** So much of the end of a text is looked through, whatever its length. */
const LOOKED_AT_UNITS = 65_536;

/** At most `most` UTF-16 units, no character cut in half. */
export function excerptOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const isJson = text.startsWith('{');
  const first = beginning(text.split(isJson ? /(?:\\r)?\\n/u : TEXT_BREAK, 1)[0]!, Math.floor(most / 2));
  const causes = causesIn(text.slice(first.length).slice(-LOOKED_AT_UNITS), isJson ? JSON_BREAK : TEXT_BREAK);
  let rest = '';
  // The last one began it all, so it comes first where not all of them fit.
  for (const cause of causes.reverse()) {
    const more = `\n${GAP_MARK}\n${beginning(cause, CAUSE_LENGTH_MAX)}`;
    if (first.length + rest.length + more.length > most) break;
    rest = more + rest;
  }
  return rest === '' ? beginning(text, most) : first + rest;
}

/** What an excerpt names as the cause; undefined where it is no stack trace. */
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

/** Longest excerpt of a line, and of a value, that an alert keeps: UTF-16 units. */
export const LINE_UNITS = 500;
export const VALUE_UNITS = 256;

/** Shorter parts of an excerpt are whole. */
const TORN_LENGTH_MIN = 100;
/** The last word of a text, and the digits and groups of digits before it. */
const LAST_WORD =
  /(?:[\d０-９](?:[ \u00a0\u2000-\u200a\u202f\u3000]{1,2}|-)?){0,40}[^\s"',;:=&{}[\]()<>]{0,300}$/u;

/**
 * An excerpt without the words at whose ends it was cut: half a number is not known for what it is. A text that is no excerpt stays
 * as it is.
 */
export function withoutTornEnds(text: string): string {
  const parts = text.split(`\n${GAP_MARK}\n`);
  const isCut = [LINE_UNITS, VALUE_UNITS].some((most) => text.length === most || text.length === most - 1);
  if (parts.length === 1 && !isCut) return text;
  return parts
    .map((part) => (part.length < TORN_LENGTH_MIN ? part : part.replace(LAST_WORD, GAP_MARK)))
    .join(`\n${GAP_MARK}\n`);
}
