/** Durations as rules write them: `500ms 30s 5m 1h30m 72h 7d`. */

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const UNITS = Object.keys(UNIT_MS) as (keyof typeof UNIT_MS)[];
/** Ten years: longer is a slip, and keeps every sum of times exact. */
const MOST_MS = 3650 * UNIT_MS.d;

/** Milliseconds of a duration token (one or more `<digits><unit>`), or what is wrong with it and the fix. */
export function readDuration(text: string): number | { problem: string; fix: string } {
  let ms = 0;
  let last = -1;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) {
    const rank = UNITS.indexOf(unit as keyof typeof UNIT_MS);
    if (rank <= last)
      return {
        problem: `\`${text}\` names its units out of order`,
        fix: 'largest unit first, each once: 1h30m',
      };
    last = rank;
    ms += Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  if (ms > MOST_MS) return { problem: `\`${text}\` is longer than ten years`, fix: 'at most 3650d' };
  return ms;
}

/** A duration as a rule would write it: the fewest units that say it exactly, `90s` as `1m30s`. */
export function durationText(ms: number): string {
  const text = durationUnits(ms).map((amount, i) => (amount === 0 ? '' : `${amount}${UNITS[i]!}`));
  return text.join('') || '0s';
}

/** Days, hours, minutes, seconds and milliseconds of a duration. */
export function durationUnits(ms: number): readonly number[] {
  let rest = ms;
  return UNITS.map((unit) => {
    const amount = Math.floor(rest / UNIT_MS[unit]);
    rest -= amount * UNIT_MS[unit];
    return amount;
  });
}
