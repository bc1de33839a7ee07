import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { orderContext, orderSchema } from '../../../test/support/rule-context.ts';
import { loadRuleTexts } from '../load.ts';
import { toProse } from './prose.ts';

const text = readFileSync(
  new URL('../../../test/fixtures/rules/right/examples.rule', import.meta.url),
  'utf8',
);
const rules = loadRuleTexts([{ file: 'examples.rule', text }], orderContext).ruleset!.rules;

it.each(['en', 'zh'] as const)('the examples read as sentences in %s', async (language) => {
  const prose = rules.map((rule) => `${rule.name}: ${toProse(rule, language, orderSchema)}\n`).join('');
  expect(prose).not.toMatch(/undefined|\[object/);
  await expect(prose).toMatchFileSnapshot(
    new URL(`../../test/fixtures/rules/prose.${language}.txt`, import.meta.url).pathname,
  );
});
