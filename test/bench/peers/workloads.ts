/** What is measured: the cases of each workload, made one after the other, since their lines take memory. */
import { HOSTILE_LINES, HOSTILE_RULES } from '../lines/hostile.ts';
import { MARKS, markedLines, markRules } from '../lines/marked-lines.ts';
import { orderLines, type OrderLines } from '../lines/order-lines.ts';
import { orderRules, type Wanted } from '../lines/order-rules.ts';
import { silentRules } from '../lines/silent-rules.ts';
import { matchesAfter } from '../lines/truth.ts';
import type { Case } from './measure.ts';
import { CHUNK_LINES } from './serve.ts';

export interface Workload<Asked> {
  readonly title: string;
  /** In words, for the page and the screen. */
  readonly about: string;
  readonly cases: (sizes: readonly number[]) => Iterable<Case<Asked>>;
}

type Rules = readonly Wanted[];

const withTruth = (made: {
  readonly label: string;
  readonly lines: readonly string[];
  readonly rules: Rules;
}): Case<Rules> => ({
  label: made.label,
  lines: made.lines,
  asked: made.rules,
  rules: made.rules.length,
  expected: matchesAfter(made.lines, made.rules, CHUNK_LINES),
});

const inWords = (count: number): string => count.toLocaleString('en');

/** Rules that all cases of a workload have beside those that it is about. */
const USUAL_RULES = 100;
const HOSTILE_LINE_COUNT = 20_000;

function* sized(
  sizes: readonly number[],
  rulesOf: (count: number, corpus: OrderLines) => Rules,
): Iterable<Case<Rules>> {
  const corpus = orderLines();
  for (const count of sizes)
    yield withTruth({ label: inWords(count), lines: corpus.lines, rules: rulesOf(count, corpus) });
}

export const matchWorkloads: Readonly<Record<string, Workload<Rules>>> = {
  rules: {
    title: 'Rules',
    about:
      'Decoding and matching by the number of rules. More rules match more: from 0.01 to 1.5 and 15 matches a line.',
    cases: (sizes) => sized(sizes, orderRules),
  },
  'constant-matches': {
    title: 'Rules, at constant matches',
    about: 'The same, but all rules beside the first match nothing, though all their words are in the lines.',
    cases: (sizes) =>
      sized(sizes, (count, corpus) => [...orderRules(1, corpus), ...silentRules(count - 1, corpus)]),
  },
  'match-rate': {
    title: 'Match rate',
    about: `${USUAL_RULES} rules that match nothing, and some that match a share of the lines.`,
    *cases() {
      const corpus = orderLines();
      const lines = markedLines(corpus.lines);
      const silent = silentRules(USUAL_RULES, corpus);
      for (const { mark, label } of MARKS)
        yield withTruth({ label, lines, rules: [...silent, ...markRules(mark, 1)] });
      yield withTruth({
        label: '10 rules match every line',
        lines,
        rules: [...silent, ...markRules('markedalways', 10)],
      });
      yield withTruth({
        label: '50 rules match every line',
        lines,
        rules: [...silent, ...markRules('markedalways', 50)],
      });
    },
  },
  hostile: {
    title: 'Hostile lines and rules',
    about: `Lines that are hard to read, with ${USUAL_RULES} rules; and rules that are hard to index, with usual lines.`,
    *cases() {
      const corpus = orderLines();
      const usual = orderRules(USUAL_RULES, corpus);
      const some = corpus.lines.slice(0, HOSTILE_LINE_COUNT);
      yield withTruth({ label: 'usual lines and rules', lines: some, rules: usual });
      for (const { label, lines } of HOSTILE_LINES)
        yield withTruth({ label, lines: lines(some), rules: usual });
      for (const { label, rules } of HOSTILE_RULES)
        yield withTruth({ label, lines: some, rules: rules(corpus) });
    },
  },
};
