/** Offsets of IANA time zones, daylight saving included, from the runtime's own data (Intl). Offsets that were asked for are remembered. */

/** The instants (ms since epoch) of a wall clock that occurs twice, as in autumn when clocks are put back. */
export interface TwoInstants {
  readonly ms: number;
  readonly laterMs: number;
}

/**
 * Returns the instant (ms since epoch) of a wall clock in a zone. The wall clock is given as if it were UTC. If there are two instants,
 * returns both.
 */
export type ZoneClock = (wallMs: number) => number | TwoInstants;

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Quarters of an hour that are remembered for a zone: three months. */
const REMEMBERED = 9_000;

/** Offsets east of UTC in ms; `later` holds the second time that the wall clock occurs. */
interface Offsets {
  readonly first: number;
  readonly later?: number;
}

/**
 * Makes the clock of a zone. A wall clock that is skipped is read with the offset before the gap, as java.time does. Throws RangeError for
 * a zone that Intl does not know.
 */
export function zoneClock(timezone: string): ZoneClock {
  if (timezone === 'UTC' || timezone === 'Z') return (wallMs) => wallMs;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  // As long as there are logs, offsets have changed only at quarters of an hour.
  const known = new Map<number, Offsets>();
  let lastQuarter = Number.NaN;
  let last: Offsets = { first: 0 };
  return (wallMs) => {
    const quarter = Math.floor(wallMs / QUARTER_MS);
    if (quarter !== lastQuarter) {
      let offsets = known.get(quarter);
      if (offsets === undefined) {
        if (known.size >= REMEMBERED) known.clear();
        offsets = offsetsOfWallClock(format, quarter * QUARTER_MS);
        known.set(quarter, offsets);
      }
      lastQuarter = quarter;
      last = offsets;
    }
    const ms = wallMs - last.first;
    return last.later === undefined ? ms : { ms, laterMs: wallMs - last.later };
  };
}

function offsetsOfWallClock(format: Intl.DateTimeFormat, wallMs: number): Offsets {
  const before = offsetAt(format, wallMs - DAY_MS);
  const after = offsetAt(format, wallMs + DAY_MS);
  if (before === after) return { first: before };
  const isBefore = offsetAt(format, wallMs - before) === before;
  const isAfter = offsetAt(format, wallMs - after) === after;
  if (isBefore && isAfter) return { first: before, later: after };
  return { first: isAfter ? after : before };
}

/** Offset east of UTC in ms at an instant; 0 outside of the range of dates. */
function offsetAt(format: Intl.DateTimeFormat, timeMs: number): number {
  if (Math.abs(timeMs) > 8.64e15) return 0;
  const part: Record<string, number> = {};
  let beforeChrist = false;
  for (const { type, value } of format.formatToParts(timeMs)) {
    if (type === 'era') beforeChrist = value !== 'AD';
    else part[type] = Number(value);
  }
  const wall = new Date(0);
  wall.setUTCFullYear(beforeChrist ? 1 - part.year! : part.year!, part.month! - 1, part.day);
  wall.setUTCHours(part.hour!, part.minute, part.second);
  return wall.getTime() - Math.floor(timeMs / 1000) * 1000;
}
