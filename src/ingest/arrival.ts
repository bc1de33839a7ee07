/**
 * Whether lines arrived as they were read. A reader that had everything a moment ago reads what came since; one that is behind, or begins,
 * reads what may have been there for hours.
 */

/** What a reader had read to its end so long ago at the most, it reads as it arrives. */
const RECENT_MS = 10_000;

/** By when a file had been written, in whole ms as every time: file systems count finer. */
export const writtenBy = (modifiedMs: number): number => Math.ceil(modifiedMs);

export interface Arrival {
  /** All that was there has been read. */
  caughtUp(): void;
  /** What to say of the lines that are read now, of a file that was last written to at this time (file systems know fractions of ms). */
  written(modifiedMs: number): { readonly writtenByMs?: number };
}

/** By the steady clock, in ms. */
export function createArrival(nowMs: () => number): Arrival {
  let caughtUpAtMs = -Infinity;
  return {
    caughtUp() {
      caughtUpAtMs = nowMs();
    },
    written: (modifiedMs) =>
      nowMs() - caughtUpAtMs <= RECENT_MS ? {} : { writtenByMs: writtenBy(modifiedMs) },
  };
}
