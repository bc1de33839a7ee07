/**
 * Whether the lines behind one that is far ahead of those before it bear its time out. Where arrival is known the clock decides how far
 * a line may move the watermark; in a file read after the fact nothing but its own lines can (ADR 14).
 */

/** So many lines with a time are looked at, at the most. */
export const LINES_BEHIND_MAX = 400;
/** So many must speak against it at least, unless the input ends before. */
const LINES_AGAINST_MIN = 3;
/** So many against each one for it. */
const MAJORITY = 3;

/**
 * False where, somewhere in the lines behind, those earlier than `fromMs` outnumber the others three to one. `behind` gives their times
 * in order, NaN for lines to be passed over, undefined where the input is over.
 */
export function isBorneOut(fromMs: number, behind: (index: number) => number | undefined): boolean {
  let [against, inFavour] = [0, 0];
  for (let i = 0; against + inFavour < LINES_BEHIND_MAX; i += 1) {
    const timeMs = behind(i);
    if (timeMs === undefined) return against === 0 || inFavour > 0;
    if (timeMs < fromMs) against += 1;
    else if (timeMs >= fromMs) inFavour += 1;
    if (against >= LINES_AGAINST_MIN && against >= MAJORITY * inFavour) return false;
    // The rest cannot outnumber these any more.
    if (inFavour * (MAJORITY + 1) > LINES_BEHIND_MAX) return true;
  }
  return true;
}
