/**
 * Time patterns: `yyyy-MM-dd HH:mm:ss.SSS` and the like, compiled to one regular expression. A pattern knows no zones and no clocks. A
 * pattern without meaning is refused when the configuration is read, not when a line arrives.
 */
import { fractionMs, offsetMs } from './iso8601.ts';

/** A wall clock as a text names it. */
export interface WallTime {
  /** Undefined if the text has no year. */
  readonly year: number | undefined;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  /** Offset east of UTC; undefined if the text names none. */
  readonly offsetMs: number | undefined;
}

type Part =
  'year' | 'shortYear' | 'month' | 'monthName' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'zone';

const letters: Readonly<Record<string, readonly [Part, string]>> = {
  yyyy: ['year', '\\d{4}'],
  yy: ['shortYear', '\\d{2}'],
  MMM: ['monthName', '[A-Za-z]{3}'],
  MM: ['month', '\\d{2}'],
  M: ['month', '\\d{1,2}'],
  dd: ['day', '\\d{2}'],
  d: ['day', '\\d{1,2}'],
  HH: ['hour', '\\d{2}'],
  H: ['hour', '\\d{1,2}'],
  mm: ['minute', '\\d{2}'],
  ss: ['second', '\\d{2}'],
  Z: ['zone', 'Z|[+-]\\d{2}(?::?\\d{2})?'],
};

const LENGTH_MAX = 200;

const PIECES = /'((?:[^']|'')*)'|([A-Za-z])\2*|\s+|[^A-Za-z'\s]+|'/g;

/**
 * Compiles the parser of a pattern: `yyyy yy MMM MM M dd d HH H mm ss S Z` (`S…`: a fraction of a second of one to nine digits), literal
 * text, and letters between single quotes. Throws RangeError, which says what is wrong with the pattern.
 */
export function patternParser(pattern: string): (text: string) => WallTime | undefined {
  if (pattern.length > LENGTH_MAX)
    throw new RangeError(`a time format is longer than ${LENGTH_MAX} characters`);
  const parts: Part[] = [];
  let source = '';
  for (const [piece, quoted] of pattern.matchAll(PIECES)) {
    if (/^\s/.test(piece)) source += '\\s+';
    else if (quoted !== undefined) source += literal(quoted === '' ? "'" : quoted.replaceAll("''", "'"));
    else if (/^[^A-Za-z']/.test(piece)) source += literal(piece);
    else source += letterPart(piece, pattern, parts);
  }
  const names = new Set<string>(parts);
  if (!names.has('day') || !(names.has('month') || names.has('monthName'))) {
    throw new RangeError(
      `time format "${pattern}" has no month or no day; use iso8601, epoch_ms or a pattern with MM and dd`,
    );
  }
  // One piece takes all the white space in a row. Two pieces that share it could share it in very many ways.
  const shape = new RegExp(`^${source.replaceAll(/(?:\\s\+|[\s\ufeff])+/g, '\\s+')}$`);
  return (text) => {
    const match = shape.exec(text.trim());
    return match === null ? undefined : wallTime(parts, match);
  };
}

function literal(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}-]/g, '\\$&');
}

function letterPart(piece: string, pattern: string, parts: Part[]): string {
  const [part, shape] = /^S{1,9}$/.test(piece) ? (['fraction', '\\d{1,9}'] as const) : (letters[piece] ?? []);
  if (part === undefined || shape === undefined) {
    throw new RangeError(
      `time format "${pattern}": ${piece} is not known; a format is iso8601, epoch_s, epoch_ms, epoch_ns, syslog or a pattern of ${Object.keys(letters).join(' ')} SSS, with other letters between single quotes`,
    );
  }
  if (parts.includes(part)) throw new RangeError(`time format "${pattern}": ${piece} stands twice`);
  parts.push(part);
  return `(${shape})`;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function wallTime(parts: readonly Part[], match: readonly string[]): WallTime {
  const text = (part: Part): string | undefined => match[parts.indexOf(part) + 1];
  const has = (part: Part): boolean => parts.includes(part);
  const number = (part: Part): number => (has(part) ? Number(text(part)) : 0);
  return {
    year: has('year') ? number('year') : has('shortYear') ? 2000 + number('shortYear') : undefined,
    month: has('monthName') ? MONTHS.indexOf(text('monthName')!.toLowerCase()) + 1 : number('month'),
    day: number('day'),
    hour: number('hour'),
    minute: number('minute'),
    second: number('second'),
    ms: has('fraction') ? fractionMs(text('fraction')!) : 0,
    offsetMs: has('zone') ? offsetMs(text('zone')!) : undefined,
  };
}
