/**
 * Matches events against rules: finds the rules that want an event, and makes the small record of it that `detect` works on. Every event is
 * judged alone. The matcher learns from the stream only to become faster. Only events in time match; a match of any other event is counted.
 */
import type { MatchableLines } from '../event/decoded-lines.ts';
import type { LogEvent } from '../event/event.ts';
import type { LineKernel } from '../event/kernel/line-kernel.ts';
import { whole, type Slices } from '../event/slices.ts';
import type { Ruleset } from '../rule/ast.ts';
import { createCollector, type Collector, type Matched } from './collector.ts';
import { compileRule } from './compiled-rule.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { LearnedTexts } from './hits/atom-counts.ts';
import { hitMatching } from './hits/hit-matching.ts';
import { RuleFields } from './rule-fields.ts';

export interface Matcher {
  match(events: readonly LogEvent[]): Matched;
  /** Matches the lines [from, to) of a batch. Gives what `match` gives for their events. */
  matchLines(lines: MatchableLines, from?: number, to?: number): Matched;
  /** Decode the lines for `matchLines` with it. Absent: the rules have more fields or texts than a kernel has room for. */
  readonly kernel?: LineKernel;
  /** The frequencies learned from the stream, for the next matcher. */
  readonly learned: () => LearnedTexts;
}

export function compileMatcher(ruleset: Ruleset): Matcher {
  return whole(compilingMatcher(ruleset));
}

/** Compiles a matcher of events alone: for a few events, a kernel is not worth its making. */
export function compileEventMatcher(ruleset: Ruleset): Pick<Matcher, 'match'> {
  return whole(compiling(ruleset, { forLines: false, learned: undefined }));
}

/** Compiles rule by rule and yields after each, so that the stream can go on. `learned`: frequencies of the previous matcher. */
export function compilingMatcher(ruleset: Ruleset, learned?: LearnedTexts): Slices<Matcher> {
  return compiling(ruleset, { forLines: true, learned });
}

function* compiling(
  { rules, schema }: Ruleset,
  options: { readonly forLines: boolean; readonly learned: LearnedTexts | undefined },
): Slices<Matcher> {
  const compiled: CompiledRule[] = [];
  const fields = new RuleFields();
  for (const rule of rules) {
    compiled.push(compileRule(rule, schema, compiled.length, fields));
    yield;
  }
  const ruleNames = compiled.map(({ name }) => name);
  const matching = yield* hitMatching(compiled, schema, options);
  /** Number of matches of the batch before. */
  let lastMatches = 0;
  const collected = (collect: (collector: Collector) => void, lines?: MatchableLines): Matched => {
    const collector = createCollector({ schema, ruleNames, expected: lastMatches, lines });
    collect(collector);
    matching.forget();
    fields.forget();
    const matched = collector.matched();
    lastMatches = matched.columns.length;
    return matched;
  };
  return {
    ...(matching.kernel !== undefined && { kernel: matching.kernel }),
    learned: matching.learned,
    match: (events) =>
      collected((collector) => {
        for (const event of events) matching.matchEvent(event, collector);
      }),
    matchLines: (lines, from = 0, to = lines.timesMs.length) =>
      collected((collector) => matching.matchLines(lines, from, to, collector), lines),
  };
}
