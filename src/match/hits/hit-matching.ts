/**
 * Matching by hits: those that the line kernel has found in the bytes of lines, or those of the values of an event. No event is made of a
 * line that no rule may want.
 */
import type { MatchableLines } from '../../event/decoded-lines.ts';
import type { LogEvent, Schema } from '../../event/event.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import { ODD, QUIET, type Hits, type Tape } from '../../event/kernel/tape.ts';
import type { Slices } from '../../event/slices.ts';
import type { Collector } from '../collector.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { createEventView, type EventView } from '../event-view.ts';
import { LineInHand } from '../line-in-hand.ts';
import { createAtomCounts, type AtomCounts, type LearnedTexts } from './atom-counts.ts';
import { createEventHits, type EventHits } from './event-hits.ts';
import { indexingHits, type HitIndex, type JudgeClient } from './hit-index.ts';
import { ruleNeeds, type RuleNeeds } from './rule-needs.ts';
import { createVocabulary, type Vocabulary } from './vocabulary.ts';

export interface HitMatching {
  /** Reads lines that are to be matched. Undefined: none was asked for, or the rules have more fields or texts than a kernel has room for. */
  readonly kernel: LineKernel | undefined;
  /** Matches the lines [from, to). */
  matchLines(lines: MatchableLines, from: number, to: number, collector: Collector): void;
  matchEvent(event: LogEvent, collector: Collector): void;
  /** Lets go of the last line or event, which may hold a whole batch. */
  forget(): void;
  readonly learned: () => LearnedTexts;
}

/** Rules that are indexed anew at each line, after a sample was learned. The stream must not wait for thousands of rules at once. */
const INDEXED_A_LINE = 4;

interface HitMatchingOptions {
  /** With a kernel. */
  readonly forLines: boolean;
  /** Frequencies of the previous matching. */
  readonly learned: LearnedTexts | undefined;
}

/** Compiles rule by rule and yields after each. */
export function* hitMatching(
  rules: readonly CompiledRule[],
  schema: Schema,
  { forLines, learned }: HitMatchingOptions,
): Slices<HitMatching> {
  const vocabulary = createVocabulary(forLines);
  const needs: RuleNeeds[] = [];
  for (const rule of rules) {
    needs.push(ruleNeeds(rule, schema, vocabulary));
    for (const field of rule.fields) vocabulary.keep(field);
    yield;
  }
  const counts = createAtomCounts(vocabulary.texts, vocabulary.pairs, learned);
  const index = yield* indexingHits(needs, vocabulary, counts.share);
  return new LiveMatching(vocabulary, needs, counts, index);
}

class LiveMatching implements HitMatching, JudgeClient {
  readonly kernel: LineKernel | undefined;
  readonly learned: () => LearnedTexts;
  readonly #vocabulary: Vocabulary;
  readonly #needs: readonly RuleNeeds[];
  readonly #counts: AtomCounts;
  readonly #eventHits: EventHits;
  readonly #view = createEventView();
  readonly #readersOf = new Map<string, Uint8Array>();
  readers: Uint8Array = new Uint8Array(0);
  /** The event that is judged, or undefined and the line that is judged; and who takes its matches. */
  #event: LogEvent | undefined;
  readonly #line = new LineInHand();
  #collector!: Collector;
  #index: HitIndex;
  #indexing: Slices<HitIndex> | undefined;

  constructor(vocabulary: Vocabulary, needs: readonly RuleNeeds[], counts: AtomCounts, index: HitIndex) {
    this.kernel = vocabulary.kernel;
    this.learned = counts.learned;
    this.#vocabulary = vocabulary;
    this.#needs = needs;
    this.#counts = counts;
    this.#eventHits = createEventHits(vocabulary);
    this.#index = index;
    this.#use(index);
  }

  matchLines(lines: MatchableLines, from: number, to: number, collector: Collector): void {
    const tape = this.#tapeOf(lines);
    for (let line = from; line < to; line += 1) {
      const state = tape === undefined ? ODD : tape.states[line];
      if (state === ODD) {
        this.matchEvent(lines.event(line), collector);
        continue;
      }
      this.#learn(tape!, line);
      if (state === QUIET && !this.#index.needsAll) continue;
      this.#event = undefined;
      this.#line.look(lines, line);
      this.#view.look(this.#line);
      this.#prepare(lines.batch.source, collector);
      this.#index.judgeWanted(tape!, line, this);
    }
    this.#tellKernel();
  }

  forget(): void {
    this.#line.forget();
    this.#event = undefined;
    this.#view.forget();
  }

  matchEvent(event: LogEvent, collector: Collector): void {
    this.#event = event;
    this.#view.look(event);
    const hits = this.#eventHits.of(this.view());
    this.#learn(hits, 0);
    this.#prepare(event.position.source, collector);
    this.#index.judge(hits, 0, this);
  }

  #prepare(source: string, collector: Collector): void {
    this.#collector = collector;
    this.readers = this.#readersFor(source);
  }

  view(): EventView {
    return this.#view;
  }

  wanted(rule: CompiledRule, conditions: readonly string[]): void {
    if (this.#event === undefined) this.#collector.takeLine(this.#line, rule, conditions);
    else this.#collector.take(this.#event, rule, conditions);
  }

  /** Returns the tape; undefined if there is none. While one set of rules takes over from another, the other's kernel has read the lines. */
  #tapeOf({ batch, tape }: MatchableLines): Tape | undefined {
    if (tape === undefined || this.kernel === undefined) return undefined;
    if (tape.kernel === this.kernel) return tape;
    const program = tape.program && this.kernel.programOf(tape.program.steps);
    if (tape.program !== undefined && program === undefined) return undefined;
    const again = this.kernel.read(batch, undefined, program);
    // Lines that are not UTF-8 are known from the first reading.
    for (const [i, state] of tape.states.entries()) if (state === ODD) again.states[i] = ODD;
    return again;
  }

  #readersFor(source: string): Uint8Array {
    let readers = this.#readersOf.get(source);
    if (readers === undefined) {
      readers = Uint8Array.from(this.#needs, ({ rule }) => (rule.reads(source) ? 1 : 0));
      this.#readersOf.set(source, readers);
    }
    return readers;
  }

  /** Learns from a line. After a sample, goes on with building the index that follows from it. */
  #learn(hits: Hits, line: number): void {
    if (this.#counts.see(hits, line))
      this.#indexing = indexingHits(this.#needs, this.#vocabulary, this.#counts.share);
    for (let i = 0; this.#indexing !== undefined && i < INDEXED_A_LINE; i += 1) {
      const step = this.#indexing.next();
      if (step.done === true) this.#use(step.value);
    }
  }

  #use(index: HitIndex): void {
    this.#index = index;
    this.#indexing = undefined;
    this.kernel?.setCandidates(index.candidates);
    this.#tellKernel();
  }

  #tellKernel(): void {
    if (this.kernel !== undefined) this.kernel.keepsAll = this.#counts.isSampling || this.#index.needsAll;
  }
}
