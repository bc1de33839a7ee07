/**
 * Event times: reads the configured timestamp of a document in the configured format. It never looks at a clock. A time without a year
 * needs a hint, which the caller gives.
 *
 * Any time that can be read counts, however odd: a zero time of the year 1754 is a time, which the watermark then finds too late. Only a
 * time that cannot be read (undefined here) is inferred.
 */
import type { JsonValue } from './event.ts';
import { parseIso8601, wallClockMs } from './iso8601.ts';
import { patternParser } from './time-pattern.ts';
import type { WallTime } from './time-pattern.ts';
import { zoneClock } from './time-zone.ts';
import type { TwoInstants, ZoneClock } from './time-zone.ts';

/** How times are written: the part of a source's timestamp configuration that is needed here. */
export interface TimeFormat {
  /** iso8601 · epoch_s · epoch_ms · epoch_ns · syslog · a pattern (time-pattern.ts). */
  readonly format: string;
  /** IANA zone for times without an offset. */
  readonly timezone: string;
  /** Year of times without one. By default, the year that puts a time nearest to the hint. */
  readonly year?: number;
}

export interface TimeHint {
  /** A time without a year is near this time (ms since epoch), and at most a day later. */
  readonly nearMs?: number;
}

/** The time, ms since epoch, or the two instants that a wall clock may mean. Fractions of a millisecond are cut. */
export type ReadTime = number | TwoInstants;

/** Reads a time; undefined if the value is no time of the format. */
export type TimestampParser = (value: JsonValue, hint: TimeHint) => ReadTime | undefined;

/** Makes a parser. Throws RangeError for an unknown format or time zone, in words for the author of the configuration. */
export function timestampParser(config: TimeFormat): TimestampParser {
  const epoch = epochUnits[config.format];
  if (epoch !== undefined) return (value) => within(epochMs(value, epoch));
  const clock = clockOf(config.timezone);
  if (config.format === 'iso8601') return (value) => within(isoMs(value, clock));
  const parse = patternParser(config.format === 'syslog' ? 'MMM d HH:mm:ss' : config.format);
  return (value, hint) => {
    const wall = typeof value === 'string' ? parse(value) : undefined;
    if (wall === undefined) return undefined;
    const year = wall.year ?? config.year;
    return within(year === undefined ? nearestMs(wall, clock, hint) : instantMs(wall, year, clock));
  };
}

/** Powers of ten from the unit to milliseconds. */
const epochUnits: Readonly<Record<string, number>> = { epoch_s: 3, epoch_ms: 0, epoch_ns: -6 };

const LAST_DATE_MS = 8.64e15;
const DAY_MS = 86_400_000;

const earlierOf = (time: ReadTime): number => (typeof time === 'number' ? time : time.ms);

function within(time: ReadTime | undefined): ReadTime | undefined {
  return time !== undefined && Math.abs(earlierOf(time)) <= LAST_DATE_MS ? time : undefined;
}

function clockOf(timezone: string): ZoneClock {
  try {
    return zoneClock(timezone);
  } catch {
    throw new RangeError(
      `time zone "${timezone}" is not known; use an IANA name such as Asia/Shanghai or UTC`,
    );
  }
}

function isoMs(value: JsonValue, clock: ZoneClock): ReadTime | undefined {
  const time = typeof value === 'string' ? parseIso8601(value.trim()) : undefined;
  if (time === undefined) return undefined;
  return time.offsetMs === undefined ? clock(time.wallMs) : time.wallMs - time.offsetMs;
}

const DECIMAL = /^([+-]?)(\d{1,25})(?:\.(\d{1,25}))?$/;

/** Shifts by digits, not by division: a double cannot hold nanoseconds since 1970, nor 0.001 s. */
function epochMs(value: JsonValue, power: number): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  if (typeof value === 'number' && power === 0) return Math.floor(value);
  const match = DECIMAL.exec(String(value).trim());
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const digits = whole + fraction.padEnd(3, '0');
  const cut = whole.length + power;
  const ms = cut > 0 ? Number(digits.slice(0, cut)) : 0;
  const rest = /[1-9]/.test(digits.slice(Math.max(0, cut)));
  return sign === '-' ? 0 - ms - (rest ? 1 : 0) : ms;
}

function instantMs(wall: WallTime, year: number, clock: ZoneClock): ReadTime | undefined {
  const wallMs = wallClockMs(year, wall.month, wall.day, wall.hour, wall.minute, wall.second, wall.ms);
  if (wallMs === undefined) return undefined;
  return wall.offsetMs === undefined ? clock(wallMs) : wallMs - wall.offsetMs;
}

/**
 * Reads a time in the year that puts it nearest to the hint, at most a day after it. Clocks differ by seconds, and the time of a file may
 * be behind. A 29 February may lie eight years back.
 */
function nearestMs(wall: WallTime, clock: ZoneClock, { nearMs }: TimeHint): ReadTime | undefined {
  if (nearMs === undefined) return undefined;
  const latest = new Date(nearMs).getUTCFullYear() + 1;
  for (let year = latest; year > latest - 10; year -= 1) {
    const time = instantMs(wall, year, clock);
    if (time !== undefined && earlierOf(time) <= nearMs + DAY_MS) return time;
  }
  return undefined;
}
