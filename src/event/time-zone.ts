/** Offsets of IANA time zones, daylight saving included, from the runtime's own data (Intl). Remembers what it has asked. */

/** Gives the instant (ms since epoch) of a wall clock in a zone, the wall clock given as if it were UTC. */
export type ZoneClock = (wallMs: number) => number;

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** Quarters of an hour remembered a zone: three months. */
const REMEMBERED = 9_000;

/**
 * Clock of a zone. A wall clock that occurs twice is the earlier instant; one that is skipped is read with the offset before the
 * gap, as java.time does. Throws RangeError for a zone that Intl does not know.
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
  // Offsets have changed at quarters of an hour only for as long as there are logs.
  const offsets = new Map<number, number>();
  let lastQuarter = Number.NaN;
  let lastOffset = 0;
  return (wallMs) => {
    const quarter = Math.floor(wallMs / QUARTER_MS);
    if (quarter !== lastQuarter) {
      let offset = offsets.get(quarter);
      if (offset === undefined) {
        if (offsets.size >= REMEMBERED) offsets.clear();
        offset = offsetOfWallClock(format, quarter * QUARTER_MS);
        offsets.set(quarter, offset);
      }
      lastQuarter = quarter;
      lastOffset = offset;
    }
    return wallMs - lastOffset;
  };
}

function offsetOfWallClock(format: Intl.DateTimeFormat, wallMs: number): number {
  const before = offsetAt(format, wallMs - DAY_MS);
  const after = offsetAt(format, wallMs + DAY_MS);
  if (before === after || offsetAt(format, wallMs - before) === before) return before;
  return offsetAt(format, wallMs - after) === after ? after : before;
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
