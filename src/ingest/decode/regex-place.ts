/** Finds how far a regular expression fits a text that it does not fit as a whole: where its author has to look. */
import { Pattern } from '../../event/pattern.ts';

/** Compiled beginnings of patterns, by their text: each line of a log tries the same ones. */
const beginnings = new Map<string, Pattern | undefined>();
const BEGINNINGS_MAX = 1_000;

/** Returns the end of the longest match that a beginning of the pattern has; undefined for a pattern that has no beginnings. */
export function regexPlace(source: string, text: string): number | undefined {
  const cuts = topLevelCuts(source);
  if (cuts === undefined) return undefined;
  let fits = 0;
  let at: number | undefined;
  // A longer beginning fits only where a shorter one does.
  for (let low = 0, high = cuts.length - 1; low <= high;) {
    const middle = (low + high) >> 1;
    const end = endOfMatch(source.slice(0, cuts[middle]), text);
    if (end === undefined) high = middle - 1;
    else {
      low = middle + 1;
      if (middle >= fits) at = end;
      fits = middle;
    }
  }
  return at ?? 0;
}

function endOfMatch(source: string, text: string): number | undefined {
  if (!beginnings.has(source)) {
    if (beginnings.size >= BEGINNINGS_MAX) beginnings.clear();
    beginnings.set(source, compiled(source));
  }
  return beginnings.get(source)?.endOfMatch(text);
}

function compiled(source: string): Pattern | undefined {
  try {
    return new Pattern(source);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Pieces of a pattern that stand for themselves: an escape, a class, a bracket of a group, a repeat, a character. */
const PIECES =
  /\\(?:p\{[^}]*\}|x\{[^}]*\}|x[0-9a-fA-F]{2}|[^])|\[\^?\]?(?:\\[^]|[^\]\\])*\]|[*+?]\??|\{[\d,]+\}\??|[^]/gu;

/** Returns the ends of the pieces that stand in no group, in order; undefined where one of several choices may fit. */
function topLevelCuts(source: string): readonly number[] | undefined {
  const cuts: number[] = [];
  let depth = 0;
  for (const { 0: piece, index } of source.matchAll(PIECES)) {
    if (piece === '(') depth += 1;
    if (piece === ')') depth -= 1;
    if (depth > 0) continue;
    if (piece === '|') return undefined;
    // A repeat belongs to the piece before it.
    if (/^(?:[*+?]\??|\{[\d,]+\}\??)$/u.test(piece)) cuts.pop();
    cuts.push(index + piece.length);
  }
  return cuts;
}
