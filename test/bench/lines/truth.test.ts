import { expect, test } from 'vitest';
import { decodeAndMatch } from '../peers/engines/decode-and-match.ts';
import { batchesOf } from '../peers/engines/lines-of.ts';
import { CHUNK_LINES } from '../peers/serve.ts';
import { HOSTILE_LINES, HOSTILE_RULES } from './hostile.ts';
import { MARKS, markedLines, markRules } from './marked-lines.ts';
import { orderLines } from './order-lines.ts';
import { orderRules, type Wanted } from './order-rules.ts';
import { silentRules } from './silent-rules.ts';
import { matchesAfter, truthOf } from './truth.ts';

const corpus = orderLines();
const FEW_LINES = corpus.lines.slice(0, 1_100);

/** Matches of Tocsin after each chunk of lines. */
function matchesOfTocsin(lines: readonly string[], rules: readonly Wanted[]): readonly number[] {
  const batches = batchesOf(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  const engine = decodeAndMatch(batches, rules);
  engine.begin();
  let sum = 0;
  return batches.map((_, i) => (sum += engine.judge(i)));
}

test.each([
  { label: 'usual lines and rules', lines: FEW_LINES, rules: orderRules(1_000, corpus) },
  ...HOSTILE_LINES.map(({ label, lines }) => ({
    label,
    lines: lines(FEW_LINES),
    rules: orderRules(200, corpus),
  })),
  ...HOSTILE_RULES.map(({ label, rules }) => ({ label, lines: FEW_LINES, rules: rules(corpus) })),
])('Tocsin matches what the words of the lines say: $label', ({ lines, rules }) => {
  expect(matchesOfTocsin(lines, rules)).toEqual(matchesAfter(lines, rules, CHUNK_LINES));
});

test('silent rules match no line, though each of their words is in some line', () => {
  const rules = silentRules(50, corpus);
  const truth = truthOf(corpus.lines, rules);
  expect(rules).toHaveLength(50);
  expect(rules.filter((rule) => truth.linesOf(rule).length > 0)).toEqual([]);
});

test('marked lines match as often as their mark says', () => {
  const lines = markedLines(FEW_LINES);
  const matches = MARKS.map(({ mark }) => matchesAfter(lines, markRules(mark, 2), FEW_LINES.length));
  expect(matches).toEqual([[0], [2 * 2], [2 * 11], [2 * 110], [2 * 1_100]]);
});
