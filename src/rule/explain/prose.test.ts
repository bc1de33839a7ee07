import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { orderContext, orderSchema } from '../../../test/support/rule-context.ts';
import { loadRuleTexts } from '../load.ts';
import { toProse } from './prose.ts';

const TEXT = readFileSync(
  new URL('../../../test/fixtures/rules/right/examples.rule', import.meta.url),
  'utf8',
);
const RULES = loadRuleTexts([{ file: 'examples.rule', text: TEXT }], orderContext).ruleset!.rules;

it.each(['en', 'zh'] as const)('the examples read as sentences in %s', async (language) => {
  const prose = RULES.map((rule) => `${rule.name}: ${toProse(rule, language, orderSchema)}\n`).join('');
  expect(prose).not.toMatch(/undefined|\[object/);
  await expect(prose).toMatchFileSnapshot(
    new URL(`../../../test/fixtures/rules/prose.${language}.txt`, import.meta.url).pathname,
  );
});

it('a skew is said in both languages', () => {
  const skewed = `rule r {\n let a = x\n let b = y\n alert a not followed by b within 10m by order_id skew 30s\n}`;
  const [rule] = loadRuleTexts([{ file: 'x.rule', text: skewed }], orderContext).ruleset!.rules;
  expect(toProse(rule!, 'en')).toContain(
    'is not followed by “b” within 10 minutes (“b” up to 30 seconds earlier counts too, since the clocks may differ), for each',
  );
  expect(toProse(rule!, 'zh')).toContain('10 分钟内没有“b”（时钟可能不一致，早至 30 秒的“b”也算）');
});
