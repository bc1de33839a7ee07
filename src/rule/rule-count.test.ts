import { expect, it } from 'vitest';
import { orderContext } from '../../test/support/rule-context.ts';
import { whole } from '../event/slices.ts';
import { loadRuleTexts } from './load.ts';
import { countingRules, RULES_MAX } from './rule-count.ts';
import type { RuleText } from './rule-files.ts';

/** Two files with so many rules of this form together. */
function files(rules: number, form: (name: string) => string): RuleText[] {
  const some = Array.from({ length: rules }, (_, i) => form(`r${i}`));
  return [
    { file: 'a.rule', text: some.slice(0, 15_000).join('\n') },
    { file: 'b.rule', text: some.slice(15_000).join('\n') },
  ];
}

const valid = (name: string): string => `rule ${name} "Title {" { when "x" alert count > 0 within 1m }`;
const wrong = (name: string): string => `rule ${name} {}`;
/** A beginning of a rule that is seen as one only where it is parsed. */
const odd = (name: string): string => `rule ${name} # here\n{ when "x" alert count > 0 within 1m }`;

it('more rules than people write are refused before any of them is parsed', () => {
  const { ruleset, diagnostics, trees } = loadRuleTexts(files(RULES_MAX + 1, wrong), orderContext);
  expect(ruleset).toBeUndefined();
  expect(trees).toEqual([]);
  expect(diagnostics).toMatchObject([
    {
      code: 'TOC120',
      severity: 'error',
      file: 'b.rule',
      line: RULES_MAX - 15_000 + 1,
      column: 1,
      message: 'the rule files hold more than 20000 rules together',
      hint: expect.stringContaining('split them over several processes') as string,
    },
  ]);
});

it('as many rules as may be are not too many, nor are words that only look like more', () => {
  expect(whole(countingRules(files(RULES_MAX, valid)))).toBeUndefined();
  expect(whole(countingRules(files(RULES_MAX + 1, valid)))).toBeDefined();
  const words = '# this rule says\nlabels { rule = "x" }\nwhen overrule or rule:"a" { b';
  expect(whole(countingRules(files(RULES_MAX + 1, () => words)))).toBeUndefined();
});

it.each([
  ['a comment', (name: string) => `# rule ${name} { when "x" }`],
  ['a comment behind a quote', (name: string) => `"a" # rule ${name} {`],
  ['a text', (name: string) => `when "x \\" rule ${name} {"`],
  ['a text that is not closed', (name: string) => `when "# rule ${name} {`],
  ['a text in curly quotes', (name: string) => `when “rule ${name} {”`],
])('what stands in %s is no rule', (_what, form) => {
  expect(whole(countingRules(files(RULES_MAX + 1, form)))).toBeUndefined();
  const beside = files(RULES_MAX + 1, (name) => `${form(name)}\n${valid(name)} # "`);
  expect(whole(countingRules(beside))).toMatchObject({ file: 'b.rule' });
});

it.each(['rule a ', 'rule ', '"', '“', "'", '#', 'rule a "', 'rule a "x"  '])(
  'counts in a time that grows with the text only: %j',
  (part) => {
    const before = performance.now();
    const text = part.repeat(Math.ceil(4_000_000 / part.length));
    expect(whole(countingRules([{ file: 'a.rule', text }]))).toBeUndefined();
    // Where it grew with the square it would be minutes.
    expect(performance.now() - before).toBeLessThan(10_000);
  },
);

it('rules that are found only when they are parsed are counted all the same', () => {
  const { diagnostics, trees } = loadRuleTexts(files(RULES_MAX + 1, odd), orderContext);
  expect(trees).toEqual([]);
  expect(diagnostics).toMatchObject([{ code: 'TOC120', file: 'b.rule', column: 1 }]);
}, 120_000);
