/**
 * Tells lines that are read as they arrive from lines that were there before. A reader that had read everything a moment ago reads lines
 * that have come since. A reader that is behind, or that begins, reads lines that may have been there for hours.
 */

/** A reader that was at the end this long ago or less reads the lines that follow as they arrive. */
const RECENT_MS = 10_000;

/** Returns the time by which a file had been written, in whole ms like every other time. File systems count in fractions of a ms. */
export const writtenBy = (modifiedMs: number): number => Math.ceil(modifiedMs);

export interface Arrival {
  /** The reader reports that it has read all that was there. */
  caughtUp(): void;
  /**
   * Returns the `writtenByMs` of the lines that are read now. `modifiedMs` is when their file was last written to (file systems give
   * fractions of a ms). The result is empty for lines that are read as they arrive.
   */
  written(modifiedMs: number): { readonly writtenByMs?: number };
}

/** `nowMs` is the steady clock, in ms. */
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
