/** Finds how far a regular expression fits a line that it does not fit as a whole: where the author has to look. */
import { Pattern } from '../../../event/pattern.ts';

const PART = 'fitsupto';

/** Returns the number of UTF-16 units of the text that the longest beginning of the pattern takes, with those before them. */
export function fitsUpTo(source: string, text: string): number {
  const ends = endsOfParts(source);
  let [low, high] = [0, ends.length];
  let fits = 0;
  // Where a longer beginning fits, a shorter one does.
  while (low < high) {
    const middle = (low + high) >> 1;
    const end = endOfMatch(source.slice(0, ends[middle]), text);
    if (end === undefined) high = middle;
    else [low, fits] = [middle + 1, end];
  }
  return fits;
}

function endOfMatch(beginning: string, text: string): number | undefined {
  try {
    const groups = new Pattern(`(?<${PART}>${beginning})`).groups(text);
    const found = typeof groups === 'object' ? groups[PART] : undefined;
    return found === undefined ? undefined : text.indexOf(found) + found.length;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const PIECE =
  /\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|\(\?(?:P?<[^>]*>|[\w-]*:|[\w-]+\))?|[^]/gu;
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/u;

/** Returns where the parts of a pattern end that stand in a row, each with its quantifier; none behind a `|` outside of groups. */
function endsOfParts(source: string): readonly number[] {
  const ends: number[] = [];
  let depth = 0;
  let at = 0;
  while (at < source.length) {
    PIECE.lastIndex = at;
    const piece = PIECE.exec(source)![0];
    at += piece.length;
    if (piece === '|' && depth === 0) return [];
    if (piece.startsWith('(') && !piece.endsWith(')')) depth += 1;
    if (piece === ')') depth -= 1;
    if (depth > 0) continue;
    at += QUANTIFIER.exec(source.slice(at))?.[0].length ?? 0;
    ends.push(at);
  }
  return ends;
}
