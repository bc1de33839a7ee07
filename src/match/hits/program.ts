/** Needs as numbers of one array, run by a small machine: no object is looked at and nothing is called to judge a line by its hits. */
import { LANE_SHIFT } from '../../event/kernel/tape.ts';
import type { Predicate } from '../condition.ts';
import type { EventView } from '../event-view.ts';
import type { AtomShare } from './anchoring.ts';
import type { Need } from './need.ts';

/** Instructions, each with its operands behind it. The kernel knows the same (event/kernel/assembly/candidates.ts). */
const END = 0;
const HIT = 1; // atom, lanes
const ROW = 2; // lanes, number of atoms, atoms
const NOT = 3;
const UNLESS = 4; // where to go on if false
const IF = 5; // where to go on if true
const EVENT = 6; // number of a predicate
const CONSTANT = 7; // 0 or 1

/** The hits of the line that is judged. */
export interface LineHits {
  /** For each atom the last line that had it. */
  readonly seenIn: Uint32Array;
  /** For each atom the bits of the lanes in which that line had it. */
  readonly lanesOf: Int32Array;
  /** Number of the line in `seenIn`. */
  line: number;
  /** The hits of the tape, and the range of the line's. */
  hits: Uint32Array;
  from: number;
  to: number;
}

interface Viewed {
  view(): EventView;
}

export interface Programs {
  /** Adds a program; returns its number. Needs that fewer lines meet are tried first. */
  add(need: Need, share: AtomShare): number;
  /** All programs as numbers; the one of `program` begins at `startOf(program)`. The kernel runs those that ask no event. */
  code(): Int32Array;
  startOf(program: number): number;
  asksEvent(program: number): boolean;
  /** Runs a program on a line. `event.view` is called only where hits cannot tell. */
  holds(program: number, line: LineHits, event: Viewed): boolean;
}

export function createPrograms(): Programs {
  const predicates: Predicate[] = [];
  const starts: number[] = [];
  const asking = new Set<number>();
  let code = new Int32Array(1_024);
  let size = 0;

  const put = (...numbers: readonly number[]): void => {
    if (size + numbers.length > code.length) {
      const longer = new Int32Array(2 * (code.length + numbers.length));
      longer.set(code);
      code = longer;
    }
    for (const number of numbers) code[size++] = number;
  };

  function write(need: Need, share: AtomShare): void {
    switch (need.kind) {
      case 'hit':
        put(HIT, need.atom, need.lanes);
        return;
      case 'row':
        put(ROW, need.lanes, need.atoms.length);
        for (const atom of need.atoms) put(atom);
        return;
      case 'event':
        put(EVENT, predicates.push(need.holds) - 1);
        asking.add(starts.length - 1);
        return;
      case 'not':
        write(need.of, share);
        put(NOT);
        return;
      case 'all':
      case 'any':
        writeList(need.kind, need.of, share);
    }
  }

  function writeList(kind: 'all' | 'any', needs: readonly Need[], share: AtomShare): void {
    if (needs.length === 0) {
      put(CONSTANT, kind === 'all' ? 1 : 0);
      return;
    }
    const sign = kind === 'all' ? 1 : -1;
    const weighed = needs.map((need) => ({ need, weight: likelihood(need, share) }));
    const sorted = weighed.sort((a, b) => costOf(a.need) - costOf(b.need) || sign * (a.weight - b.weight));
    const jumps: number[] = [];
    for (const [i, { need }] of sorted.entries()) {
      if (i > 0) {
        put(kind === 'all' ? UNLESS : IF, 0);
        jumps.push(size - 1);
      }
      write(need, share);
    }
    for (const jump of jumps) code[jump] = size;
  }

  return {
    add(need, share) {
      starts.push(size);
      write(need, share);
      put(END);
      return starts.length - 1;
    },
    code: () => code.slice(0, size),
    startOf: (program) => starts[program]!,
    asksEvent: (program) => asking.has(program),
    holds: (program, line, event) => run(code, starts[program]!, line, predicates, event),
  };
}

/** Asking the event costs more than all hits together. */
function costOf(need: Need): number {
  if (need.kind === 'event') return 1;
  if (need.kind === 'not') return costOf(need.of);
  return need.kind === 'all' || need.kind === 'any' ? Math.max(0, ...need.of.map(costOf)) : 0;
}

function likelihood(need: Need, share: AtomShare): number {
  switch (need.kind) {
    case 'hit':
      return share(need.atom);
    case 'row':
      return Math.min(...need.pairs.map(share));
    case 'event':
      return 0.5;
    case 'not':
      return 1 - likelihood(need.of, share);
    case 'all':
      return Math.min(1, ...need.of.map((each) => likelihood(each, share)));
    case 'any':
      return Math.min(
        1,
        need.of.reduce((sum, each) => sum + likelihood(each, share), 0),
      );
  }
}

function run(
  code: Int32Array,
  start: number,
  line: LineHits,
  predicates: readonly Predicate[],
  event: Viewed,
): boolean {
  let at = start;
  let holds = false;
  for (;;) {
    switch (code[at]!) {
      case HIT: {
        const atom = code[at + 1]!;
        holds = line.seenIn[atom] === line.line && (line.lanesOf[atom]! & code[at + 2]!) !== 0;
        at += 3;
        break;
      }
      case ROW: {
        const count = code[at + 2]!;
        holds = hasRow(code, at + 3, count, code[at + 1]!, line);
        at += 3 + count;
        break;
      }
      case NOT:
        holds = !holds;
        at += 1;
        break;
      case UNLESS:
        at = holds ? at + 2 : code[at + 1]!;
        break;
      case IF:
        at = holds ? code[at + 1]! : at + 2;
        break;
      case EVENT:
        holds = predicates[code[at + 1]!]!(event.view());
        at += 2;
        break;
      case CONSTANT:
        holds = code[at + 1] === 1;
        at += 2;
        break;
      default:
        return holds;
    }
  }
}

/** The hits of a line are in the order of its tokens, so those of a phrase follow each other, and their positions count up. */
function hasRow(code: Int32Array, atoms: number, count: number, lanes: number, line: LineHits): boolean {
  for (let i = 0; i < count; i += 1) if (line.seenIn[code[atoms + i]!] !== line.line) return false;
  const { hits } = line;
  const last = line.to - count;
  for (let first = line.from; first <= last; first += 1) {
    if (hits[2 * first] !== code[atoms]) continue;
    const place = hits[2 * first + 1]!;
    if ((lanes & (1 << (place >>> LANE_SHIFT))) === 0) continue;
    let i = 1;
    while (i < count && hits[2 * (first + i)] === code[atoms + i] && hits[2 * (first + i) + 1] === place + i)
      i += 1;
    if (i === count) return true;
  }
  return false;
}
