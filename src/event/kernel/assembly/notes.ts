/** Notes about the atoms and pairs of one line: which it has, and in which lanes. */
import { HIT, HITS, LANE_SHIFT } from './hits';
import { findPair } from './pairs';

/** For each atom the last line that had it, and the bits of the lanes in which it stood there. */
const NOTE: u32 = 8;
const NOTES: usize = memory.data(1_048_576 * 8, 64);
/** Atoms and pairs of the line, u32 each: at most as many as there are hits in a call, twice. */
export const PRESENT: usize = memory.data(2 * 524_288 * 4, 64);
/** Where they end. */
export let presentEnd: usize = PRESENT;

/** Number of the line, another for each. */
let line: u32 = 0;
let first: usize = 0;
let end: usize = 0;

/** Notes the hits [from, to) of a line, and its pairs, instead of those of the line before. Returns the number of the line. */
export function noteLine(from: u32, to: u32): u32 {
  line += 1;
  if (line === 0) {
    memory.fill(NOTES, 0, 1_048_576 * 8);
    line = 1;
  }
  first = HITS + from * HIT;
  end = HITS + to * HIT;
  presentEnd = PRESENT;
  for (let at = first; at < end; at += HIT) {
    const atom = load<u32>(at);
    const place = load<u32>(at, 4);
    note(atom, place);
    // A pair has places that count up.
    if (at + HIT === end || load<u32>(at, HIT + 4) !== place + 1) continue;
    const pair = findPair(atom, load<u32>(at, HIT));
    if (pair !== 0) note(pair - 1, place);
  }
  return line;
}

function note(atom: u32, place: u32): void {
  const lane: u32 = (<u32>1) << (place >> LANE_SHIFT);
  const at = NOTES + atom * NOTE;
  if (load<u32>(at) === line) {
    store<u32>(at, load<u32>(at, 4) | lane, 4);
    return;
  }
  store<u32>(at, line);
  store<u32>(at, lane, 4);
  store<u32>(presentEnd, atom);
  presentEnd += 4;
}

/** Returns true if the line has the atom or pair in one of the lanes. */
export function isIn(atom: u32, lanes: u32): bool {
  const at = NOTES + atom * NOTE;
  return load<u32>(at) === line && (load<u32>(at, 4) & lanes) !== 0;
}

/** Returns true if the line has the `count` atoms at `atoms` in a row in one of the lanes: as `hasRow` of src/match/hits/program.ts. */
export function hasRow(atoms: usize, count: u32, lanes: u32): bool {
  for (let i: u32 = 0; i < count; i++)
    if (load<u32>(NOTES + load<u32>(atoms + (i << 2)) * NOTE) !== line) return false;
  for (let at = first; at + count * HIT <= end; at += HIT) {
    const place = load<u32>(at, 4);
    if (load<u32>(at) !== load<u32>(atoms) || (((<u32>1) << (place >> LANE_SHIFT)) & lanes) === 0) continue;
    let i: u32 = 1;
    while (i < count && isNext(at + i * HIT, load<u32>(atoms + (i << 2)), place + i)) i++;
    if (i === count) return true;
  }
  return false;
}

function isNext(at: usize, atom: u32, place: u32): bool {
  return load<u32>(at) === atom && load<u32>(at, 4) === place;
}
