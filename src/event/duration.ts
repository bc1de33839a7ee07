/** Durations as rules and the configuration write them: `500ms 30s 5m 1h30m 72h 7d`. */

export const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const UNITS = Object.keys(UNIT_MS) as (keyof typeof UNIT_MS)[];

/** The shape of a duration; the empty text, which is none, has it too. */
export const DURATION_SHAPE = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/u;

/** Parses a duration to milliseconds. Undefined unless its units go from large to small, each once, with a number before each. */
export function durationMs(text: string): number | undefined {
  const match = DURATION_SHAPE.exec(text);
  if (match === null || text === '') return undefined;
  const ms = UNITS.reduce((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * UNIT_MS[unit], 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** Writes a duration as a rule would: the fewest units that say it exactly, `90s` as `1m30s`. */
export function durationText(ms: number): string {
  const text = durationUnits(ms).map((amount, i) => (amount === 0 ? '' : `${amount}${UNITS[i]!}`));
  return text.join('') || '0s';
}

/** Returns the days, hours, minutes, seconds and milliseconds of a duration. */
export function durationUnits(ms: number): readonly number[] {
  let rest = ms;
  return UNITS.map((unit) => {
    const amount = Math.floor(rest / UNIT_MS[unit]);
    rest -= amount * UNIT_MS[unit];
    return amount;
  });
}
