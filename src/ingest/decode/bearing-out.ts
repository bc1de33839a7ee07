/**
 * Decides if the lines behind a line confirm its time, when that time is far ahead of the lines before it. Where the arrival of a line is
 * known, the clock limits how far the line may move the watermark. In a file that is read after the fact only its own lines can do so (ADR
 * 14).
 */

/** At most this many lines with a time are looked at. */
export const LINES_BEHIND_MAX = 400;
/** At least this many lines must speak against a time to reject it, unless the input ends before. */
const LINES_AGAINST_MIN = 3;
/** A time is rejected when this many lines speak against it for each line that confirms it. */
const MAJORITY = 3;

/**
 * Returns false when, at some point in the lines behind, the lines earlier than `fromMs` outnumber the others three to one. `behind` gives
 * the times of the lines in order: NaN for a line to pass over, undefined when the input is over.
 */
export function isBorneOut(fromMs: number, behind: (index: number) => number | undefined): boolean {
  let [against, inFavour] = [0, 0];
  for (let i = 0; against + inFavour < LINES_BEHIND_MAX; i += 1) {
    const timeMs = behind(i);
    if (timeMs === undefined) return against === 0 || inFavour > 0;
    if (timeMs < fromMs) against += 1;
    else if (timeMs >= fromMs) inFavour += 1;
    if (against >= LINES_AGAINST_MIN && against >= MAJORITY * inFavour) return false;
    // The rest of the lines cannot outnumber these three to one any more.
    if (inFavour * (MAJORITY + 1) > LINES_BEHIND_MAX) return true;
  }
  return true;
}
