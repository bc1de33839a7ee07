/**
 * The rules that a line may satisfy. A rule is tried if the line has an anchor of the rule and, if there is one, the second atom that the rule
 * needs. A rule with a program is decided by it, any other is left to whoever knows the event. Tables and programs are those of
 * src/match/hits: hit-index.ts and program.ts.
 */
import { take } from './layout';
import { PRESENT, hasRow, isIn, noteLine, presentEnd } from './notes';

/** A candidate: second atom (or -1), its lanes, rule. */
const CANDIDATE: u32 = 12;
/** Greatest number of rules of one call. */
const TRIED_MAX: u32 = 262_144;
/** The rules that lines may satisfy, u32 each: twice the number of the rule, and 1 if it is decided. */
export const TRIED: usize = memory.data(262_144 * 4, 64);

/** The instructions of a program that asks no event, each with its operands behind it. */
const HIT: i32 = 1;
const ROW: i32 = 2;
const NOT: i32 = 3;
const UNLESS: i32 = 4;
const IF: i32 = 5;
const CONSTANT: i32 = 7;

/** For each of the first `atoms` atoms the number at which its candidates begin, and one more. */
let starts: usize = 0;
let atoms: u32 = 0;
let candidates: usize = 0;
/** For each rule the number at which its program begins (or -1), the programs, and the last line on which the rule was tried. */
let programs: usize = 0;
let code: usize = 0;
let triedIn: usize = 0;
let ruleCount: u32 = 0;
let room: u32 = 0;

/** Number of rules in `TRIED`, of all lines of the call. */
export let triedCount: u32 = 0;
/** A rule found no room. */
export let isTriedFull: bool = false;

export function forgetTried(): void {
  triedCount = 0;
  isTriedFull = false;
}

export function goBackToTried(count: u32): void {
  triedCount = count;
}

/**
 * Returns the place for `count + 1` starts, `numbers` numbers of candidates, the starts of `rules` programs and `codes` numbers of programs,
 * one behind the other.
 */
export function takeCandidates(count: u32, numbers: u32, rules: u32, codes: u32): usize {
  const size = (count + 1 + numbers + 2 * rules + codes) << 2;
  if (size > room) {
    room = size * 2;
    starts = take(room);
  }
  atoms = count;
  candidates = starts + ((count + 1) << 2);
  programs = candidates + (numbers << 2);
  code = programs + (rules << 2);
  triedIn = code + (codes << 2);
  ruleCount = rules;
  memory.fill(triedIn, 0, rules << 2);
  return starts;
}

/** Adds the rules that a line with the hits [from, to) satisfies or may satisfy. */
export function tryRules(from: u32, to: u32): void {
  const line = noteLine(from, to);
  // Lines are numbered from 1 on again when the numbers run out.
  if (line === 1) memory.fill(triedIn, 0, ruleCount << 2);
  for (let at = PRESENT; at < presentEnd; at += 4) {
    const atom = load<u32>(at);
    if (atom >= atoms) continue;
    const end = candidates + (load<u32>(starts + (atom << 2), 4) << 2);
    for (let each = candidates + (load<u32>(starts + (atom << 2)) << 2); each < end; each += CANDIDATE) {
      const second = load<i32>(each);
      if (second >= 0 && !isIn(<u32>second, load<u32>(each, 4))) continue;
      const rule = load<u32>(each, 8);
      if (load<u32>(triedIn + (rule << 2)) === line) continue;
      store<u32>(triedIn + (rule << 2), line);
      tryRule(rule);
    }
  }
}

function tryRule(rule: u32): void {
  const program = load<i32>(programs + (rule << 2));
  if (program >= 0 && !holds(code + (program << 2))) return;
  if (triedCount === TRIED_MAX) {
    isTriedFull = true;
    return;
  }
  store<u32>(TRIED + (triedCount << 2), (rule << 1) | (program >= 0 ? 1 : 0));
  triedCount += 1;
}

function holds(program: usize): bool {
  let at = program;
  let result: bool = false;
  while (true) {
    const instruction = load<i32>(at);
    if (instruction === HIT) {
      result = isIn(load<u32>(at, 4), load<u32>(at, 8));
      at += 12;
    } else if (instruction === UNLESS || instruction === IF) {
      at = result === (instruction === IF) ? code + (load<u32>(at, 4) << 2) : at + 8;
    } else if (instruction === NOT) {
      result = !result;
      at += 4;
    } else if (instruction === ROW) {
      const count = load<u32>(at, 8);
      result = hasRow(at + 12, count, load<u32>(at, 4));
      at += 12 + (count << 2);
    } else if (instruction === CONSTANT) {
      result = load<u32>(at, 4) === 1;
      at += 8;
    } else return result;
  }
}
