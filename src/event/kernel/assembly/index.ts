/**
 * The kernel: reads lines of JSON from bytes to a tape, that is for each line its state, its time, the texts of rules that it has and the
 * values at configured paths. Its results are those of the plain way (decoder and event view); a line for which it cannot vouch is odd.
 */
import {
  HITS_FROM,
  INPUT,
  LINE_ENDS,
  LINE_MAX,
  LINE_STARTS,
  ODD,
  QUIET,
  SCRATCH,
  STATES,
  TIMES,
  TRIED_FROM,
  VALUES_FROM,
  WANTED,
} from './layout';
import { HAS_CONTROLS, HAS_WRONG_ESCAPES, maskLine } from './masks';
import { readJson } from './json';
import { forgetLines as forgetNodes } from './paths';
import { ANCHORS, HITS, beginLine, goBackToHit, hasAnchor, hitCount, isFull } from './hits';
import {
  TEXT,
  VALUES,
  countAt,
  endOf,
  firstAt,
  forgetLines,
  goBackToValue,
  isOutOfRoom,
  isRaw,
  kindOf,
  startOf,
  valueCount,
} from './values';
import { lookUpFields } from './fields';
import { TRIED, forgetTried, goBackToTried, isTriedFull, triedCount, tryRules } from './candidates';
import { prepareTexts, FOLD, TOKEN, WHOLE, WIDE_TOKEN, add } from './texts';
import { readTime } from './times';
import { STEPS, UNKNOWNS, applySteps, forgetUnknown, textOfTable, unknownCount } from './steps';
import { prepareGuesses } from './guesses';

export { addNode, addEdge, endPath } from './paths';
export { addField, addFieldPath } from './fields';
export { addPair } from './pairs';
export { takeCandidates } from './candidates';
export { addMade } from './steps';
export { takeTables, statesAt, endsAt, lowersAt, needsTables } from './unicode';

prepareTexts();
prepareGuesses();

/** Returns the place of an area of memory, by its number in line-kernel.ts. */
export function areaAt(area: u32): usize {
  if (area === 0) return INPUT;
  if (area === 1) return LINE_STARTS;
  if (area === 2) return LINE_ENDS;
  if (area === 3) return STATES;
  if (area === 4) return TIMES;
  if (area === 5) return HITS_FROM;
  if (area === 6) return VALUES_FROM;
  if (area === 7) return HITS;
  if (area === 8) return VALUES;
  if (area === 9) return SCRATCH;
  if (area === 10) return ANCHORS;
  if (area === 11) return TRIED_FROM;
  if (area === 12) return TRIED;
  return area === 13 ? STEPS : UNKNOWNS;
}

/** Adds a token, a token with other letters than ASCII's, or a whole value (kinds 0, 1, 2) that stands at the start of `SCRATCH`. */
export function addText(kind: u32, length: u32, atom: u32): u32 {
  if (kind === 0) return add(length, FOLD, TOKEN, atom);
  return add(length, 0, kind === 1 ? WIDE_TOKEN : WHOLE, atom);
}

/** Adds what a table makes of the value of `length` bytes at the start of `SCRATCH`: the text of a number (`addMade`), 0 for no other. */
export function addKnown(table: u32, kind: u32, length: u32, made: u32): void {
  add(length, 0, textOfTable(table, kind), made);
}

/** Returns how many values of the last call no table knew, at most as many as there is room for. */
export function unknowns(): u32 {
  return unknownCount;
}

/**
 * Reads lines; returns how many. It stops before a line for which no room is left, but reads one at least. `timePath`: the path of a time
 * to be read, -1 for none. `keepAll`: keep hits and values of every line, else only of lines that a rule wants. [stepsFrom, stepsTo): the steps
 * of the source.
 */
export function readLines(lines: u32, timePath: i32, keepAll: bool, stepsFrom: u32, stepsTo: u32): u32 {
  forgetUnknown();
  forgetNodes();
  forgetLines();
  forgetTried();
  goBackToHit(0);
  for (let i: u32 = 0; i < lines; i++) {
    const hits = hitCount;
    const values = valueCount;
    const tried = triedCount;
    store<u32>(HITS_FROM + (i << 2), hits);
    store<u32>(VALUES_FROM + (i << 2), values);
    store<u32>(TRIED_FROM + (i << 2), tried);
    let state = readLine(i, timePath, stepsFrom, stepsTo);
    if (state === ODD) {
      if ((isFull || isOutOfRoom || isTriedFull) && i > 0) return i;
      goBackToHit(hits);
      goBackToValue(values);
      goBackToTried(tried);
    } else if (state === QUIET && !keepAll) {
      goBackToHit(hits);
      if (!isNaN(load<f64>(TIMES + (i << 3)))) goBackToValue(values);
    }
    store<u8>(STATES + i, state);
    store<u32>(HITS_FROM + (i << 2), hitCount, 4);
    store<u32>(VALUES_FROM + (i << 2), valueCount, 4);
    store<u32>(TRIED_FROM + (i << 2), triedCount, 4);
  }
  return lines;
}

function readLine(i: u32, timePath: i32, stepsFrom: u32, stepsTo: u32): u8 {
  beginLine();
  const hits = hitCount;
  const tried = triedCount;
  const start = INPUT + load<u32>(LINE_STARTS + (i << 2));
  let end = INPUT + load<u32>(LINE_ENDS + (i << 2));
  store<f64>(TIMES + (i << 3), NaN);
  if (end > start && load<u8>(end - 1) === 0x0a) end--;
  if (end > start && load<u8>(end - 1) === 0x0d) end--;
  const length = <u32>(end - start);
  if (length === 0 || length > LINE_MAX) return ODD;
  const findings = maskLine(start, length);
  if ((findings & (HAS_CONTROLS | HAS_WRONG_ESCAPES)) !== 0) return ODD;
  const serial = i + 1;
  if (!readJson(start, end, serial, findings)) return ODD;
  if (stepsFrom < stepsTo && !applySteps(stepsFrom, stepsTo, serial, findings)) return ODD;
  if (timePath >= 0) store<f64>(TIMES + (i << 3), timeAt(serial, <u32>timePath));
  if (!lookUpFields(start, serial, findings) || isFull) return ODD;
  if (hasAnchor) tryRules(hits, hitCount);
  if (isTriedFull) return ODD;
  return triedCount > tried ? WANTED : QUIET;
}

function timeAt(serial: u32, path: u32): f64 {
  if (countAt(serial, path) === 0) return NaN;
  const value = firstAt(path);
  if (kindOf(value) !== TEXT || isRaw(value)) return NaN;
  return readTime(INPUT + startOf(value), endOf(value) - startOf(value));
}
