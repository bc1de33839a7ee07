/** Notices lines that arrive with times of a zone further west, for longer than chance would have it. No counter of late lines sees them. */
import { IN_TIME } from '../../../event/decoded-lines.ts';
import type { DecodedBatch } from '../decoder.ts';
import { arrivalOf } from './seen-lines.ts';
import { zoneShift } from './zone.ts';

/** It must have been so for this long, by the clocks of the batches. */
const STEADY_MS = 60_000;
/** Lines of a batch that are looked at. */
const LOOKED_AT = 20;

export interface ZoneWatch {
  /** Takes the next batch of the source. Returns the number of its lines whose times are known by now to be of another zone. */
  behind(decoded: DecodedBatch): number;
}

export function createZoneWatch(): ZoneWatch {
  /** By partition: the shift of its latest batches, since when, and the lines that wait until it is certain. */
  const steady = new Map<number, { readonly shiftMs: number; readonly sinceMs: number; waiting: number }>();
  return {
    behind(decoded) {
      const { partition, readAtMs } = decoded.batch;
      const aheadMs = aheadOfSome(decoded);
      // Nothing is known of the arrival of lines that were read after the fact.
      if (aheadMs.length === 0) return 0;
      const shiftMs = zoneShift(aheadMs);
      if (shiftMs === undefined || shiftMs > 0) {
        steady.delete(partition);
        return 0;
      }
      const before = steady.get(partition);
      const now = before?.shiftMs === shiftMs ? before : { shiftMs, sinceMs: readAtMs, waiting: 0 };
      steady.set(partition, now);
      now.waiting += decoded.timesMs.length;
      if (readAtMs - now.sinceMs < STEADY_MS) return 0;
      const count = now.waiting;
      now.waiting = 0;
      return count;
    },
  };
}

function aheadOfSome({ batch, timesMs, inferred, timeliness }: DecodedBatch): readonly number[] {
  const step = Math.max(1, Math.floor(timesMs.length / LOOKED_AT));
  const found: number[] = [];
  for (let i = 0; i < timesMs.length; i += step) {
    const arrivedMs = inferred[i] === 1 || timeliness[i] !== IN_TIME ? undefined : arrivalOf(batch, i);
    if (arrivedMs !== undefined) found.push(timesMs[i]! - arrivedMs);
  }
  return found;
}
