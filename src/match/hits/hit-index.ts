/**
 * Judges lines by their hits. A rule is tried on a line that has one of its anchors, and, if there is a second necessary atom, that one too.
 * So the cost of a line grows with its hits, not with the rules.
 */
import { HIT_NUMBERS, LANE_SHIFT, type Hits, type Tape } from '../../event/kernel/tape.ts';
import type { Candidates } from '../../event/kernel/line-kernel.ts';
import type { Slices } from '../../event/slices.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import type { EventView } from '../event-view.ts';
import { anchorsOf, necessaryOf, type AtomShare, type Necessary } from './anchoring.ts';
import { createPrograms, type LineHits, type Programs } from './program.ts';
import type { Pairs } from './pairs.ts';
import type { RuleNeeds } from './rule-needs.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface HitIndex {
  /** The rules that are tried on a line, by its atoms. */
  readonly candidates: Candidates;
  /** Some rule has no anchor, and so is tried on every line. */
  readonly needsAll: boolean;
  /** Calls `client.wanted` for each rule that wants the line, in the order of the rules, with the conditions that the line satisfies. */
  judge(of: Hits, line: number, client: JudgeClient): void;
  /** As `judge`, for a line that a kernel with these candidates, or earlier ones of the same rules, has read. */
  judgeWanted(tape: Tape, line: number, client: JudgeClient): void;
}

/** Whoever asks for judgements: knows the event of the line that is judged. */
export interface JudgeClient {
  /** 1 for each rule that reads the source of the line, by the number of the rule. */
  readonly readers: Uint8Array;
  /** Called only where hits cannot tell. */
  view(): EventView;
  wanted(rule: CompiledRule, conditions: readonly string[]): void;
}

/** Numbers of a candidate. */
const ENTRY = 3;

/** Builds the index rule by rule, and yields after each. */
export function* indexingHits(
  rules: readonly RuleNeeds[],
  { texts, pairs }: Pick<Vocabulary, 'texts' | 'pairs'>,
  share: AtomShare,
): Slices<HitIndex> {
  const programs = createPrograms();
  const always: number[] = [];
  const byAnchor = new Map<number, number[]>();
  const judges: RuleJudge[] = [];
  for (const [number, needs] of rules.entries()) {
    const anchors = anchorsOf(needs.necessary, share);
    if (anchors === undefined) always.push(number);
    const necessary = necessaryOf(needs.necessary);
    for (const anchor of new Set(anchors)) {
      const { atom, lanes } = secondOf(anchor, necessary, share);
      const list = byAnchor.get(anchor) ?? [];
      byAnchor.set(anchor, list);
      list.push(atom, lanes, number);
    }
    judges.push(judgeOf(needs, programs, share));
    yield;
  }
  const flat = yield* flatten(byAnchor, texts.length);
  // The kernel knows no pairs, so the rarer of its two tokens stands for a pair.
  const anchors = [...byAnchor.keys()].map((atom) => {
    const [first, second] = pairs.tokensOf(atom) ?? [atom, atom];
    return share(first) < share(second) ? first : second;
  });
  const deciding = judges.map(({ when, lets }) =>
    when === undefined || lets.length > 0 || programs.asksEvent(when) ? -1 : programs.startOf(when),
  );
  const candidates = { ...flat, anchors, programs: Int32Array.from(deciding), code: programs.code() };
  return new LiveIndex(candidates, always, judges, programs, pairs);
}

const NO_SECOND: Necessary = { atom: -1, lanes: 0 };

/** Returns the rarest atom that is necessary beside the anchor. */
function secondOf(anchor: number, necessary: readonly Necessary[], share: AtomShare): Necessary {
  let best = NO_SECOND;
  for (const each of necessary) {
    if (each.atom === anchor) continue;
    if (best === NO_SECOND || share(each.atom) < share(best.atom)) best = each;
  }
  return best;
}

/** The programs of a rule. */
interface RuleJudge {
  readonly rule: CompiledRule;
  readonly when: number | undefined;
  readonly lets: readonly { readonly name: string; readonly program: number }[];
}

function judgeOf({ rule, when, lets }: RuleNeeds, programs: Programs, share: AtomShare): RuleJudge {
  return {
    rule,
    when: when && programs.add(when, share),
    lets: lets.map(({ name, need }) => ({ name, program: programs.add(need, share) })),
  };
}

type Flat = Pick<Candidates, 'starts' | 'entries'>;

const FLATTENED_AT_ONCE = 1_000;

function* flatten(byAnchor: ReadonlyMap<number, readonly number[]>, atoms: number): Slices<Flat> {
  const starts = new Uint32Array(atoms + 1);
  for (const [atom, list] of byAnchor) starts[atom + 1] = list.length;
  for (let atom = 0; atom < atoms; atom += 1) starts[atom + 1]! += starts[atom]!;
  const entries = new Int32Array(starts[atoms]!);
  let written = 0;
  for (const [atom, list] of byAnchor) {
    entries.set(list, starts[atom]);
    written += 1;
    if (written % FLATTENED_AT_ONCE === 0) yield;
  }
  return { starts, entries };
}

const ascending = (a: number, b: number): number => a - b;
const WHEN_ALONE: readonly string[] = ['when'];

class LiveIndex implements HitIndex {
  readonly candidates: Candidates;
  readonly needsAll: boolean;
  readonly #pairs: Pairs;
  #found = new Uint32Array(64);
  #present = new Uint32Array(64);
  #presentCount = 0;
  readonly #always: readonly number[];
  readonly #judges: readonly RuleJudge[];
  readonly #programs: Programs;
  readonly #line: LineHits;
  readonly #triedIn: Uint32Array;
  readonly #tried: number[] = [];

  constructor(
    candidates: Candidates,
    always: readonly number[],
    judges: readonly RuleJudge[],
    programs: Programs,
    pairs: Pairs,
  ) {
    const atoms = candidates.starts.length - 1;
    this.candidates = candidates;
    this.#pairs = pairs;
    this.needsAll = always.length > 0;
    this.#always = always;
    this.#judges = judges;
    this.#programs = programs;
    this.#triedIn = new Uint32Array(judges.length);
    this.#line = {
      seenIn: new Uint32Array(atoms),
      lanesOf: new Int32Array(atoms),
      line: 0,
      hits: new Uint32Array(0),
      from: 0,
      to: 0,
    };
  }

  judge(of: Hits, line: number, client: JudgeClient): void {
    this.#look(of, line);
    this.#collect();
    const tried = this.#tried;
    if (tried.length > 1) tried.sort(ascending);
    const { readers } = client;
    for (const number of tried) if (readers[number] !== 0) this.#decide(number, client);
  }

  judgeWanted(tape: Tape, line: number, client: JudgeClient): void {
    // The kernel does not try rules without an anchor.
    if (this.needsAll) {
      this.judge(tape, line, client);
      return;
    }
    const tried = tape.tried.subarray(tape.triedFrom[line], tape.triedFrom[line + 1]);
    if (tried.length > 1) tried.sort();
    let isLookedAt = false;
    for (const each of tried) {
      const number = each >>> 1;
      if (client.readers[number] === 0) continue;
      if ((each & 1) === 1) {
        client.wanted(this.#judges[number]!.rule, WHEN_ALONE);
        continue;
      }
      if (!isLookedAt) this.#look(tape, line);
      isLookedAt = true;
      this.#decide(number, client);
    }
  }

  #decide(number: number, client: JudgeClient): void {
    const { rule, when, lets } = this.#judges[number]!;
    if (when !== undefined && !this.#programs.holds(when, this.#line, client)) return;
    if (lets.length === 0) {
      if (when !== undefined) client.wanted(rule, WHEN_ALONE);
      return;
    }
    const conditions = this.#letsOf(number, client);
    if (conditions.length > 0) client.wanted(rule, conditions);
  }

  /** Notes the hits and the pairs of a line. */
  #look(of: Hits, line: number): void {
    const at = this.#line;
    at.line = (at.line + 1) >>> 0;
    if (at.line === 0) {
      at.seenIn.fill(0);
      this.#triedIn.fill(0);
      at.line = 1;
    }
    at.hits = of.hits;
    at.from = of.hitsFrom[line]!;
    at.to = of.hitsFrom[line + 1]!;
    const numbers = HIT_NUMBERS * (at.to - at.from);
    if (this.#found.length < numbers) {
      this.#found = new Uint32Array(2 * numbers);
      this.#present = new Uint32Array(2 * numbers);
    }
    this.#presentCount = 0;
    this.#note(of.hits, HIT_NUMBERS * at.from, HIT_NUMBERS * at.to);
    this.#note(this.#found, 0, this.#pairs.inLine(of, line, this.#found));
  }

  #note(hits: Uint32Array, from: number, to: number): void {
    const { seenIn, lanesOf, line } = this.#line;
    for (let i = from; i < to; i += HIT_NUMBERS) {
      const atom = hits[i]!;
      const bit = 1 << (hits[i + 1]! >>> LANE_SHIFT);
      if (seenIn[atom] === line) lanesOf[atom]! |= bit;
      else {
        seenIn[atom] = line;
        lanesOf[atom] = bit;
        this.#present[this.#presentCount++] = atom;
      }
    }
  }

  /** Collects the rules to try. */
  #collect(): void {
    const tried = this.#tried;
    tried.length = 0;
    for (const number of this.#always) tried.push(number);
    const { seenIn, lanesOf, line } = this.#line;
    const { starts, entries } = this.candidates;
    const triedIn = this.#triedIn;
    for (let i = 0; i < this.#presentCount; i += 1) {
      const atom = this.#present[i]!;
      const end = starts[atom + 1]!;
      for (let entry = starts[atom]!; entry < end; entry += ENTRY) {
        const second = entries[entry]!;
        if (second >= 0 && (seenIn[second] !== line || (lanesOf[second]! & entries[entry + 1]!) === 0))
          continue;
        const rule = entries[entry + 2]!;
        if (triedIn[rule] === line) continue;
        triedIn[rule] = line;
        tried.push(rule);
      }
    }
  }

  #letsOf(number: number, client: JudgeClient): readonly string[] {
    const { when, lets } = this.#judges[number]!;
    const held = lets
      .filter(({ program }) => this.#programs.holds(program, this.#line, client))
      .map(({ name }) => name);
    return when === undefined ? held : ['when', ...held];
  }
}
