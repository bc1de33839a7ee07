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
import { namedZones } from './zone-names.ts';
import type { NamedZones } from './zone-names.ts';

/** How times are written: the part of a source's timestamp configuration that is needed here. */
export interface TimeFormat {
  /**
   * iso8601 · epoch_s · epoch_ms · epoch_us · epoch_ns · syslog · a pattern (time-pattern.ts). Several: the first that can read a value
   * counts.
   */
  readonly format: string | readonly string[];
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
  const formats = typeof config.format === 'string' ? [config.format] : config.format;
  const [first, ...more] = formats.map((format) => parserOf(format, config));
  if (first === undefined) throw new RangeError('no time format is given');
  if (more.length === 0) return first;
  return (value, hint) => {
    let time = first(value, hint);
    for (let at = 0; time === undefined && at < more.length; at += 1) time = more[at]!(value, hint);
    return time;
  };
}

function parserOf(format: string, config: Pick<TimeFormat, 'timezone' | 'year'>): TimestampParser {
  const epoch = epochUnits[format];
  if (epoch !== undefined) return (value) => within(epochMs(value, epoch));
  const clock = clockOf(config.timezone);
  const named = namedZones(clock);
  if (format === 'iso8601') return (value) => within(isoMs(value, clock, named));
  const parse = patternParser(format === 'syslog' ? 'MMM d HH:mm:ss' : format);
  return (value, hint) => {
    const wall = typeof value === 'string' ? parse(value) : undefined;
    if (wall === undefined) return undefined;
    const year = wall.year ?? config.year;
    const zones = { clock, named };
    return within(year === undefined ? nearestMs(wall, zones, hint) : instantMs(wall, year, zones));
  };
}

/** Powers of ten from the unit to milliseconds. */
const epochUnits: Readonly<Record<string, number>> = { epoch_s: 3, epoch_ms: 0, epoch_us: -3, epoch_ns: -6 };

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

/** The basic form of ISO 8601, `20261127T111005.123Z`. */
const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?=[.,Zz+\-\s]|$)/;
/** A zone behind a time: `[Asia/Shanghai]`, as java.time writes it, or `UTC` behind a blank. */
const ZONE_BEHIND = /\s*\[([A-Za-z][\w+:/-]{0,49})\]$|(?<=\d)\s+([A-Za-z][\w+:/-]{1,49})$/;

/** No time is longer. Without a bound, the end of a long text would be looked for at each of its blanks. */
const TIME_UNITS_MAX = 100;

function isoMs(value: JsonValue, clock: ZoneClock, named: NamedZones): ReadTime | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const plain = parseIso8601(text);
  if (plain !== undefined)
    return plain.offsetMs === undefined ? clock(plain.wallMs) : plain.wallMs - plain.offsetMs;
  if (text.length > TIME_UNITS_MAX) return undefined;
  const zone = ZONE_BEHIND.exec(text);
  const clockText = zone === null ? text : text.slice(0, zone.index);
  const time = parseIso8601(clockText.replace(BASIC, '$1-$2-$3T$4:$5:$6'));
  // An offset says more than a name: it also tells apart the hours that occur twice.
  if (time?.offsetMs !== undefined) return time.wallMs - time.offsetMs;
  if (time === undefined) return undefined;
  return zone === null ? clock(time.wallMs) : named((zone[1] ?? zone[2])!, time.wallMs);
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

interface Zones {
  readonly clock: ZoneClock;
  readonly named: NamedZones;
}

function instantMs(wall: WallTime, year: number, { clock, named }: Zones): ReadTime | undefined {
  const wallMs = wallClockMs(year, wall.month, wall.day, wall.hour, wall.minute, wall.second, wall.ms);
  if (wallMs === undefined) return undefined;
  if (wall.zone !== undefined) return named(wall.zone, wallMs);
  return wall.offsetMs === undefined ? clock(wallMs) : wallMs - wall.offsetMs;
}

/**
 * Reads a time in the year that puts it nearest to the hint, at most a day after it. Clocks differ by seconds, and the time of a file may
 * be behind. A 29 February may lie eight years back.
 */
function nearestMs(wall: WallTime, zones: Zones, { nearMs }: TimeHint): ReadTime | undefined {
  if (nearMs === undefined) return undefined;
  const latest = new Date(nearMs).getUTCFullYear() + 1;
  for (let year = latest; year > latest - 10; year -= 1) {
    const time = instantMs(wall, year, zones);
    if (time !== undefined && earlierOf(time) <= nearMs + DAY_MS) return time;
  }
  return undefined;
}
