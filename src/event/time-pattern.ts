/**
 * Time patterns: `yyyy-MM-dd HH:mm:ss.SSS` and the like, compiled to one regular expression. A pattern knows no zones and no clocks. A
 * pattern without meaning is refused when the configuration is read, not when a line arrives.
 *
 * The letters are those of java.time, which most logging libraries share, and `L` for milliseconds without zeros in front (Python's
 * `%(msecs)d`). Names of months and days are English or Chinese.
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
  /** The name of a zone; undefined if the text names none. */
  readonly zone: string | undefined;
}

type Part =
  | ('year' | 'shortYear' | 'month' | 'monthName' | 'day' | 'weekday')
  | ('hour' | 'hour12' | 'half' | 'minute' | 'second' | 'fraction' | 'millis')
  | ('offset' | 'zone');

const OFFSET = 'Z|[+-]\\d{2}(?::?\\d{2})?';
const MONTH_NAME = '[A-Za-z]{3,9}\\.?|\\d{1,2}月';
const WEEKDAY =
  '(?:[Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)[a-z]{0,6}\\.?|(?:星期|周|週)[一二三四五六日天]';

const letters: Readonly<Record<string, readonly [Part, string]>> = {
  yyyy: ['year', '\\d{4}'],
  yy: ['shortYear', '\\d{2}'],
  uuuu: ['year', '\\d{4}'],
  MMMM: ['monthName', MONTH_NAME],
  MMM: ['monthName', MONTH_NAME],
  MM: ['month', '\\d{2}'],
  M: ['month', '\\d{1,2}'],
  dd: ['day', '\\d{2}'],
  d: ['day', '\\d{1,2}'],
  EEEE: ['weekday', WEEKDAY],
  EEE: ['weekday', WEEKDAY],
  E: ['weekday', WEEKDAY],
  HH: ['hour', '\\d{2}'],
  H: ['hour', '\\d{1,2}'],
  hh: ['hour12', '\\d{2}'],
  h: ['hour12', '\\d{1,2}'],
  a: ['half', '[AaPp]\\.?[Mm]\\.?|上午|下午|午前|午後'],
  mm: ['minute', '\\d{2}'],
  m: ['minute', '\\d{1,2}'],
  ss: ['second', '\\d{2}'],
  s: ['second', '\\d{1,2}'],
  L: ['millis', '\\d{1,3}'],
  z: ['zone', '[A-Za-z][A-Za-z0-9_+:/-]{0,49}'],
  ...aliases('offset', OFFSET, 'Z ZZ X XX XXX'),
};

function aliases(part: Part, shape: string, names: string): Record<string, readonly [Part, string]> {
  return Object.fromEntries(names.split(' ').map((name) => [name, [part, shape] as const]));
}

const LENGTH_MAX = 200;

const PIECES = /'((?:[^']|'')*)'|([A-Za-z])\2*|\s+|[^A-Za-z'\s]+|'/g;

/**
 * Compiles the parser of a pattern: the letters above (`S…`: a fraction of a second of one to nine digits), literal text with or without
 * the `T` of ISO 8601, and letters between single quotes. Throws RangeError, which says what is wrong with the pattern.
 */
export function patternParser(pattern: string): (text: string) => WallTime | undefined {
  if (pattern.length > LENGTH_MAX)
    throw new RangeError(`a time format is longer than ${LENGTH_MAX} characters`);
  const parts: Part[] = [];
  let source = '';
  for (const [piece, quoted] of pattern.matchAll(PIECES)) {
    if (/^\s/.test(piece)) source += '\\s+';
    else if (quoted !== undefined) source += literal(quoted === '' ? "'" : quoted.replaceAll("''", "'"));
    else if (/^[^A-Za-z']/.test(piece) || piece === 'T') source += literal(piece);
    else source += letterPart(piece, pattern, parts);
  }
  const names = new Set<string>(parts);
  if (!names.has('day') || !(names.has('month') || names.has('monthName'))) {
    throw new RangeError(
      `time format "${pattern}" has no month or no day; use iso8601, epoch_ms or a pattern with MM and dd`,
    );
  }
  checkHours(pattern, names);
  // One piece takes all the white space in a row. Two pieces that share it could share it in very many ways.
  const shape = new RegExp(`^${source.replaceAll(/(?:\\s\+|[\s\ufeff])+/g, '\\s+')}$`);
  return (text) => {
    const match = shape.exec(text.trim());
    return match === null ? undefined : wallTime(parts, match);
  };
}

/** An hour of half a day without its half, or a half beside an hour of the whole day, would give times that are 12 hours wrong. */
function checkHours(pattern: string, names: ReadonlySet<string>): void {
  const wrong = (what: string): never => {
    throw new RangeError(`time format "${pattern}": ${what}`);
  };
  if (names.has('hour12') && !names.has('half'))
    wrong('hh counts to 12 and needs a (AM, PM); write HH for hours up to 23');
  if (names.has('half') && !names.has('hour12'))
    wrong('a (AM, PM) needs an hour that counts to 12; write hh or h');
  if (names.has('hour') && names.has('hour12')) wrong('the hour stands twice');
  if (names.has('offset') && names.has('zone')) wrong('an offset and the name of a zone; write one of them');
}

function literal(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}-]/g, '\\$&');
}

function letterPart(piece: string, pattern: string, parts: Part[]): string {
  const [part, shape] = /^S{1,9}$/.test(piece) ? (['fraction', '\\d{1,9}'] as const) : (letters[piece] ?? []);
  if (part === undefined || shape === undefined) {
    throw new RangeError(
      `time format "${pattern}": ${piece} is not known; a format is iso8601, epoch_s, epoch_ms, epoch_us, epoch_ns, syslog or a pattern of ${Object.keys(letters).join(' ')} SSS, with other letters between single quotes`,
    );
  }
  if (parts.includes(part)) throw new RangeError(`time format "${pattern}": ${piece} stands twice`);
  parts.push(part);
  return `(${shape})`;
}

const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);

/** Returns the number of a month by its name, of which three letters or more are given; 0 if there is none. */
function monthOf(name: string): number {
  if (name.endsWith('月')) return parseInt(name, 10);
  const begin = name.toLowerCase().replace(/\.$/, '');
  return MONTHS.findIndex((month) => month.startsWith(begin)) + 1;
}

/** Returns the hour of the day; NaN for one that half a day does not have. */
function hourOf(hour12: number, half: string): number {
  if (hour12 > 12) return Number.NaN;
  return (hour12 % 12) + (/^[Pp下]|後$/.test(half) ? 12 : 0);
}

/** Returns undefined if no such day or hour has that name. */
function wallTime(parts: readonly Part[], match: readonly string[]): WallTime | undefined {
  const text = (part: Part): string | undefined => match[parts.indexOf(part) + 1];
  const has = (part: Part): boolean => parts.includes(part);
  const number = (part: Part): number => (has(part) ? Number(text(part)) : 0);
  const hour = has('hour12') ? hourOf(number('hour12'), text('half')!) : number('hour');
  if (Number.isNaN(hour)) return undefined;
  return {
    year: has('year') ? number('year') : has('shortYear') ? 2000 + number('shortYear') : undefined,
    month: has('monthName') ? monthOf(text('monthName')!) : number('month'),
    day: number('day'),
    hour,
    minute: number('minute'),
    second: number('second'),
    ms: has('fraction') ? fractionMs(text('fraction')!) : number('millis'),
    offsetMs: has('offset') ? offsetMs(text('offset')!) : undefined,
    zone: has('zone') ? text('zone') : undefined,
  };
}
