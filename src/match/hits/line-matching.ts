/** Matching by the hits of a tape. Its results are those of the plain way. No event is made of a line that no rule wants. */
import type { DecodedLines } from '../../event/decoded-lines.ts';
import type { LogEvent, Schema } from '../../event/event.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import { ODD, QUIET, type Tape } from '../../event/kernel/tape.ts';
import type { Slices } from '../../event/slices.ts';
import type { Collector } from '../collector.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { createEventView, type EventView } from '../event-view.ts';
import { createAtomCounts, type LearnedTexts } from './atom-counts.ts';
import { indexingHits, type HitIndex } from './hit-index.ts';
import { ruleNeeds, type RuleNeeds } from './rule-needs.ts';
import { createVocabulary } from './vocabulary.ts';

export interface LineMatching {
  /** Reads the lines that are to be matched. */
  readonly kernel: LineKernel;
  /** Matches the lines [from, to). Odd lines are given to `odd`. */
  match(lines: DecodedLines, from: number, to: number, collector: Collector, odd: (event: LogEvent) => void): void;
  readonly learned: () => LearnedTexts;
}

/** Rules that are indexed anew at each line, after a sample was learned. The stream must not wait for thousands of rules at once. */
const INDEXED_A_LINE = 4;

/** Compiles rule by rule and yields after each. Undefined: the rules have more fields or texts than a kernel has room for. */
export function* lineMatching(
  rules: readonly CompiledRule[],
  schema: Schema,
  before?: LearnedTexts,
): Slices<LineMatching | undefined> {
  const vocabulary = createVocabulary();
  const needs: RuleNeeds[] = [];
  for (const rule of rules) {
    needs.push(ruleNeeds(rule, schema, vocabulary));
    if (!vocabulary.fits) return undefined;
    yield;
  }
  const counts = createAtomCounts(vocabulary.texts, before);
  const index = yield* indexingHits(needs, vocabulary.texts.length, counts.share);
  return new LiveMatching(vocabulary.kernel, needs, counts, index);
}

class LiveMatching implements LineMatching {
  readonly kernel: LineKernel;
  readonly #needs: readonly RuleNeeds[];
  readonly #counts: ReturnType<typeof createAtomCounts>;
  readonly #view = createEventView();
  readonly #reads = new Map<string, ReadonlySet<CompiledRule>>();
  #index: HitIndex;
  #indexing: Slices<HitIndex> | undefined;

  constructor(
    kernel: LineKernel,
    needs: readonly RuleNeeds[],
    counts: ReturnType<typeof createAtomCounts>,
    index: HitIndex,
  ) {
    this.kernel = kernel;
    this.#needs = needs;
    this.#counts = counts;
    this.#index = index;
    this.#use(index);
  }

  get learned(): () => LearnedTexts {
    return this.#counts.learned;
  }

  match(
    lines: DecodedLines,
    from: number,
    to: number,
    collector: Collector,
    odd: (event: LogEvent) => void,
  ): void {
    // Another matcher's kernel may have read the lines, while one set of rules takes over from another.
    const tape = lines.tape!.kernel === this.kernel ? lines.tape! : this.#readAgain(lines);
    const reads = this.#readersOf(lines.batch.source);
    const isRead = (rule: CompiledRule): boolean => reads.has(rule);
    let event: LogEvent;
    const view = (): EventView => {
      this.#view.look(event);
      return this.#view;
    };
    const wanted = (rule: CompiledRule, conditions: readonly string[]): void =>
      collector.take(event, rule, conditions);
    const { states } = tape;
    for (let line = from; line < to; line += 1) {
      const state = states[line];
      if (state === ODD) odd(lines.event(line));
      else {
        this.#learn(tape, line);
        if (state === QUIET && !this.#index.needsAll) continue;
        event = lines.event(line);
        this.#index.judge(tape, line, view, isRead, wanted);
      }
    }
    this.kernel.keepsAll = this.#counts.isSampling || this.#index.needsAll;
  }

  #readAgain({ batch, tape }: DecodedLines): Tape {
    const again = this.kernel.read(batch);
    // Lines that are not UTF-8 are known from the first reading.
    for (const [i, state] of tape!.states.entries()) if (state === ODD) again.states[i] = ODD;
    return again;
  }

  #readersOf(source: string): ReadonlySet<CompiledRule> {
    let readers = this.#reads.get(source);
    if (readers === undefined) {
      readers = new Set(this.#needs.map(({ rule }) => rule).filter((rule) => rule.reads(source)));
      this.#reads.set(source, readers);
    }
    return readers;
  }

  /** Learns from a line. After a sample, goes on with building the index that follows from it. */
  #learn(tape: Tape, line: number): void {
    if (this.#counts.see(tape, line))
      this.#indexing = indexingHits(this.#needs, this.#counts.size, this.#counts.share);
    for (let i = 0; this.#indexing !== undefined && i < INDEXED_A_LINE; i += 1) {
      const step = this.#indexing.next();
      if (step.done === true) this.#use(step.value);
    }
  }

  #use(index: HitIndex): void {
    this.#index = index;
    this.#indexing = undefined;
    this.kernel.setAnchors(index.anchors);
    this.kernel.keepsAll = this.#counts.isSampling || index.needsAll;
  }
}
