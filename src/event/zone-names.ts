/**
 * Zones that a text names: `CST`, `GMT+8`, `Asia/Shanghai`. Several zones share some of the short names; such a name is read only if the
 * configured zone is one of them, since a guess would move times by hours.
 */
import { offsetMs } from './iso8601.ts';
import { zoneClock } from './time-zone.ts';
import type { TwoInstants, ZoneClock } from './time-zone.ts';

const HOUR_MS = 3_600_000;
/** Half of a year: one of two such instants is in summer time, where a zone has it. */
const SEASON_MS = 182 * 24 * HOUR_MS;
/** Zones of IANA that are remembered: about as many as there are. A text of a log names them, so there may be any number of names. */
const REMEMBERED = 600;

/** Short names with their hours east of UTC: several where zones share the name (https://www.iana.org/time-zones). */
const SHORT_NAMES = new Map(
  `UTC 0, UT 0, GMT 0, Z 0, WET 0, WEST 1, CET 1, CEST 2, MET 1, MEST 2, EET 2, EEST 3, MSK 3, TRT 3, BST 1 6,
  IST 5.5 1 2, IDT 3, GST 4, PKT 5, NPT 5.75, ICT 7, WIB 7, WITA 8, WIT 9, SGT 8, HKT 8, PHT 8, MYT 8, AWST 8,
  JST 9, KST 9, ACST 9.5, ACDT 10.5, AEST 10, AEDT 11, NZST 12, NZDT 13, WAT 1, CAT 2, SAST 2, EAT 3,
  EST -5, EDT -4, CST -6 8 -5, CDT -5 -4, MST -7 8, MDT -6, PST -8 8, PDT -7, AKST -9, AKDT -8, HST -10,
  AST -4 3, ADT -3, NST -3.5, NDT -2.5, BRT -3, ART -3, CLT -4, CLST -3`
    .split(/,\s+/)
    .map((entry) => entry.split(' '))
    .map(([name, ...hours]) => [name!, hours.map((each) => Number(each) * HOUR_MS)] as const),
);

const WITH_OFFSET = /^(?:UTC|GMT|UT)([+-])(\d{1,2})(?::?(\d{2}))?$/;

/**
 * Reads a wall clock (as if it were UTC) in the zone that a text names; undefined if no zone has the name, or if several have it and the
 * configured zone is none of them.
 */
export type NamedZones = (name: string, wallMs: number) => number | TwoInstants | undefined;

/** `configured`: the clock of the configured zone. */
export function namedZones(configured: ZoneClock): NamedZones {
  const clocks = new Map<string, ZoneClock | undefined>();
  return (name, wallMs) => {
    const offset = WITH_OFFSET.exec(name);
    if (offset !== null)
      return wallMs - offsetMs(`${offset[1]!}${offset[2]!.padStart(2, '0')}${offset[3] ?? ''}`);
    const offsets = SHORT_NAMES.get(name.toUpperCase());
    if (offsets !== undefined) {
      const own =
        offsets.length === 1 ? offsets[0] : offsets.find((each) => hasOffset(configured, wallMs, each));
      return own === undefined ? undefined : wallMs - own;
    }
    if (!clocks.has(name)) {
      if (clocks.size >= REMEMBERED) clocks.clear();
      clocks.set(name, clockOf(name));
    }
    return clocks.get(name)?.(wallMs);
  };
}

/** Returns true if a zone has the offset in the year around a wall clock, in summer or in winter. */
function hasOffset(clock: ZoneClock, wallMs: number, offset: number): boolean {
  return [wallMs, wallMs + SEASON_MS].some((atMs) => {
    const time = clock(atMs);
    return typeof time === 'number'
      ? atMs - time === offset
      : [time.ms, time.laterMs].includes(atMs - offset);
  });
}

function clockOf(name: string): ZoneClock | undefined {
  // Intl knows some short names as well, and reads them as zones that nobody means.
  if (!name.includes('/')) return undefined;
  try {
    return zoneClock(name);
  } catch {
    return undefined;
  }
}
