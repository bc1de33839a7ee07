/**
 * The part of a long text that people are shown: its beginning, and of a stack trace its first line and what caused it, since the
 * cause stands at the end.
 */

/** A line of a trace that names a failure: Java and Kotlin, Node, .NET, and the last line of Python's. */
const causeLine = /^\s*(?:Caused by: |\[cause\]: |---> |[A-Za-z_][\w.$]*(?:Error|Exception)(?::\s|$))/u;
/** A line of a trace, as a text has it and as JSON writes it. */
const textBreak = /\r?\n/u;
const jsonBreak = /(?:\\r)?\\n(?:\\t)*|(?<!\\)"/u;
/** Between what is left of a text. */
const gap = '…';
const causeMost = 200;
/** So much of the end of a text is looked through, whatever its length. */
const lookedAt = 65_536;

/** At most `most` UTF-16 units, no character cut in half. */
export function excerptOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const isJson = text.startsWith('{');
  const first = beginning(text.split(isJson ? /(?:\\r)?\\n/u : textBreak, 1)[0]!, Math.floor(most / 2));
  const causes = causesIn(text.slice(first.length).slice(-lookedAt), isJson ? jsonBreak : textBreak);
  let rest = '';
  // The last one began it all, so it comes first where not all of them fit.
  for (const cause of causes.reverse()) {
    const more = `\n${gap}\n${beginning(cause, causeMost)}`;
    if (first.length + rest.length + more.length > most) break;
    rest = more + rest;
  }
  return rest === '' ? beginning(text, most) : first + rest;
}

/** What an excerpt names as the cause; undefined where it is no stack trace. */
export function causeOf(excerpt: string): string | undefined {
  return causesIn(excerpt.split('\n').slice(1).join('\n'), textBreak).at(-1);
}

function causesIn(text: string, lineBreak: RegExp): string[] {
  return text
    .split(lineBreak)
    .filter((line) => causeLine.test(line))
    .map((line) => line.trim());
}

function beginning(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = text.charCodeAt(units - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? units - 1 : units);
}

/** Longest excerpt of a line, and of a value, that an alert keeps: UTF-16 units. */
export const lineUnits = 500;
export const valueUnits = 256;

/** Shorter parts of an excerpt are whole. */
const leastTorn = 100;
/** The last word of a text, and the digits and groups of digits before it. */
const lastWord =
  /(?:[\d０-９](?:[ \u00a0\u2000-\u200a\u202f\u3000]{1,2}|-)?){0,40}[^\s"',;:=&{}[\]()<>]{0,300}$/u;

/**
 * An excerpt without the words at whose ends it was cut: half a number is not known for what it is. A text that is no excerpt stays
 * as it is.
 */
export function withoutTornEnds(text: string): string {
  const parts = text.split(`\n${gap}\n`);
  const isCut = [lineUnits, valueUnits].some((most) => text.length === most || text.length === most - 1);
  if (parts.length === 1 && !isCut) return text;
  return parts
    .map((part) => (part.length < leastTorn ? part : part.replace(lastWord, gap)))
    .join(`\n${gap}\n`);
}
