/** Finds times that are wrong by a zone: by the same whole number of quarters of an hour, as no delay and no slow clock is. */
import { createDecoder } from '../decoder.ts';
import { durationText } from '../../../event/duration.ts';
import { shownPart, type ReadingFault, type SeenLine, type SeenLines } from './fault.ts';
import { arrivalOf } from './seen-lines.ts';

const QUARTER_MS = 900_000;
/** The greatest difference between two zones of the earth. */
const SHIFT_MAX_MS = 26 * 3_600_000;
/** A line arrives some time after its time, and clocks differ a little. */
const DELAY_MAX_MS = 60_000;
const CLOCK_MS = 30_000;
/** Few lines agree by chance, if they need not agree closely. */
const FEW = 5;
const FEW_DELAY_MAX_MS = 10_000;
const FEW_CLOCK_MS = 2_000;
/** Share of the lines that must agree. */
const AGREEING = 0.8;

/** Returns by how much most times are ahead of their arrival, if that is a whole number of quarters of an hour other than 0. */
export function zoneShift(aheadMs: readonly number[]): number | undefined {
  if (aheadMs.length === 0) return undefined;
  const middle = aheadMs.toSorted((a, b) => a - b)[aheadMs.length >> 1]!;
  const shiftMs = Math.round((middle + (DELAY_MAX_MS - CLOCK_MS) / 2) / QUARTER_MS) * QUARTER_MS;
  if (shiftMs === 0 || Math.abs(shiftMs) > SHIFT_MAX_MS) return undefined;
  const [delayMs, clockMs] =
    aheadMs.length < FEW ? [FEW_DELAY_MAX_MS, FEW_CLOCK_MS] : [DELAY_MAX_MS, CLOCK_MS];
  const agreeing = aheadMs.filter((ms) => ms <= shiftMs + clockMs && ms >= shiftMs - delayMs).length;
  return agreeing >= AGREEING * aheadMs.length ? shiftMs : undefined;
}

/** Zones that are tried, beside the one of this machine. */
const ZONES = [
  ...['UTC', 'Asia/Shanghai', 'Asia/Tokyo', 'Asia/Kolkata', 'Asia/Dubai', 'Asia/Bangkok', 'Australia/Sydney'],
  ...['Europe/London', 'Europe/Berlin', 'Europe/Athens', 'Europe/Moscow'],
  ...['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles', 'America/Sao_Paulo'],
];

/** `bad`: lines whose times are wrong; at least one. Returns undefined where no zone explains them. */
export function zoneFault(bad: readonly SeenLine[], seen: SeenLines): ReadingFault | undefined {
  const shiftMs = zoneShift(aheadOf(bad));
  if (shiftMs === undefined) return undefined;
  const by = durationText(Math.abs(shiftMs));
  return {
    cause: `the times are ${by} ${shiftMs > 0 ? 'ahead of' : 'behind'} the arrival of their lines, as of another time zone`,
    example: shownPart(bad[0]!.event.line),
    fix: zoneFix(seen),
  };
}

export const aheadOf = (lines: readonly SeenLine[]): readonly number[] =>
  lines.flatMap(({ aheadMs }) => (aheadMs === undefined ? [] : [aheadMs]));

function zoneFix(seen: SeenLines): string {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [before, ...after] = [seen.source.timestamp.timezone, here, ...ZONES].map((zone) => ({
    zone,
    ahead: aheadIn(seen, zone),
  }));
  const right = after.find(
    ({ ahead }) => ahead.length > 0 && zoneShift(ahead) === undefined && isNear(ahead),
  );
  if (right !== undefined) return `write \`timestamp: { timezone: ${right.zone} }\``;
  return after.every(({ ahead }) => ahead.join() === before!.ahead.join())
    ? 'the times say their zone themselves: mend the zone or the clock of the program that writes them'
    : 'write the zone of the program as `timestamp: { timezone: … }`';
}

const isNear = (ahead: readonly number[]): boolean =>
  Math.abs(ahead.toSorted((a, b) => a - b)[ahead.length >> 1]!) <= DELAY_MAX_MS;

/** Returns by how much the times would be ahead of their arrival if they were of that zone. */
function aheadIn({ source, schema, decoded }: SeenLines, timezone: string): readonly number[] {
  const decoder = createDecoder({ ...source, timestamp: { ...source.timestamp, timezone } }, schema);
  return decoded.flatMap(({ batch }) => {
    const { times } = decoder.read(batch);
    return Array.from(batch.offsets, (_, i) => {
      const [own, arrivedMs] = [times.own(i), arrivalOf(batch, i)];
      if (own === undefined || arrivedMs === undefined) return [];
      return [(typeof own === 'number' ? own : own.ms) - arrivedMs];
    }).flat();
  });
}
