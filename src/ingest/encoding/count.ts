/** Counts lines with bytes that are not of the encoding of their source. */
import type { GarbledLines } from '../../event/batch.ts';
import type { Telemetry } from '../../event/telemetry.ts';

export function countGarbled(
  telemetry: Telemetry,
  source: string,
  { lines, looksLike }: GarbledLines = { lines: 0 },
): void {
  const guess = looksLike === undefined ? {} : { looks_like: looksLike };
  telemetry.count('events_not_utf8', { source, ...guess }, lines);
}
