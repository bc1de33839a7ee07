/**
 * Whether a rule is tried on a line: the line has an anchor of the rule and, if there is one, the second atom that the rule needs. The tables
 * are those of src/match/hits/hit-index.ts.
 */
import { HIT, HITS, LANE_SHIFT } from './hits';
import { findPair } from './pairs';
import { take } from './layout';

/** A candidate: second atom (or -1), its lanes, rule. */
const CANDIDATE: u32 = 12;
/** For each atom the last line that had it, and the bits of the lanes in which it stood there. */
const NOTE: u32 = 8;
const NOTES: usize = memory.data(1_048_576 * 8, 64);
/** Atoms and pairs of the line: at most as many as there are hits in a call, twice. */
const PRESENT: usize = memory.data(2 * 524_288 * 4, 64);

/** For each of the first `atoms` atoms the number at which its candidates begin; the candidates stand behind. */
let starts: usize = 0;
let atoms: u32 = 0;
let room: u32 = 0;

let line: u32 = 0;
let present: usize = 0;

/** Returns the place for `count + 1` starts and behind them `numbers` numbers of candidates. */
export function takeCandidates(count: u32, numbers: u32): usize {
  const size = (count + 1 + numbers) << 2;
  if (size > room) {
    room = size * 2;
    starts = take(room);
  }
  atoms = count;
  return starts;
}

/** Returns true if a rule is tried on the line with the hits [from, to). */
export function hasCandidate(from: u32, to: u32): bool {
  line += 1;
  if (line === 0) {
    memory.fill(NOTES, 0, 1_048_576 * 8);
    line = 1;
  }
  noteHits(HITS + from * HIT, HITS + to * HIT);
  const candidates = starts + ((atoms + 1) << 2);
  for (let at = PRESENT; at < present; at += 4) {
    const atom = load<u32>(at);
    if (atom >= atoms) continue;
    const end = candidates + (load<u32>(starts + (atom << 2), 4) << 2);
    for (let each = candidates + (load<u32>(starts + (atom << 2)) << 2); each < end; each += CANDIDATE) {
      const second = load<i32>(each);
      if (second < 0 || isIn(<u32>second, load<u32>(each, 4))) return true;
    }
  }
  return false;
}

function noteHits(from: usize, to: usize): void {
  present = PRESENT;
  for (let at = from; at < to; at += HIT) {
    const atom = load<u32>(at);
    const place = load<u32>(at, 4);
    note(atom, place);
    // A pair has places that count up.
    if (at + HIT === to || load<u32>(at, HIT + 4) !== place + 1) continue;
    const pair = findPair(atom, load<u32>(at, HIT));
    if (pair !== 0) note(pair - 1, place);
  }
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
  store<u32>(present, atom);
  present += 4;
}

function isIn(atom: u32, lanes: u32): bool {
  const at = NOTES + atom * NOTE;
  return load<u32>(at) === line && (load<u32>(at, 4) & lanes) !== 0;
}
