import { expect, it } from 'vitest';
import { orderContext, orderSchema } from '../../test/support/rule-context.ts';
import type { Explanation } from './explain.ts';
import { explainRule } from './explain.ts';
import { loadRuleTexts } from './load.ts';

function explain(clauses: string, language: 'en' | 'zh' = 'en'): Explanation {
  const load = loadRuleTexts([{ file: 'x.rule', text: `rule r {\n${clauses}\n}` }], orderContext);
  expect(load.diagnostics).toEqual([]);
  return explainRule(load.ruleset!.rules[0]!, orderSchema, language);
}

it('says how a condition is cut into words and what the archive is asked', () => {
  const { conditions, normalised, memory } = explain(
    'when "payment-gateway timeout" AND service:pay-api\nalert count >= 5 within 5m by service\nmax_groups 5000',
  );
  expect(conditions).toMatchObject([
    {
      name: 'when',
      text: '"payment-gateway timeout" AND service:pay-api',
      phrases: [{ text: 'payment-gateway timeout', tokens: ['payment', 'gateway', 'timeout'] }],
      kql: expect.stringContaining('"payment-gateway timeout"') as string,
      elasticsearch: { bool: {} },
    },
  ]);
  expect(normalised).toEqual([{ field: 'level', as: 'upper' }]);
  expect(memory.slice(0, 2)).toEqual([
    'the time of every matching event of the last 5m, and what is measured of it.',
    'This for each service by itself, at most 5,000 groups; above that the least recently seen is dropped.',
  ]);
});

it.each([
  [
    'when status:A\n alert count > 3 * baseline(24h) within 5m',
    'the measure of each earlier window of the last 1d',
  ],
  [
    'let a = x\n let b = y\n alert a not followed by b within 10m by order_id',
    'a deadline for every first event',
  ],
  [
    'let a = x\n let b = y\n alert a not followed by b within 10m by order_id skew 30s',
    'the last answer, for 30s',
  ],
  [
    'let a = x\n let b = y\n alert a then b within 10m by order_id',
    'the events of the 2 steps of the last 10m',
  ],
  [
    'when status:A\n alert status stays A for 72h by order_id',
    'the last value of status and when it came, for 3d',
  ],
  ['when status:A\n alert new error_code within 30d', 'every value of error_code of the last 30d'],
  ['when status:A\n alert nothing for 10m by service seen within 2d', 'the time of the last event, for 2d'],
])('says what is kept for %s', (clauses, kept) => {
  expect(explain(clauses).memory[0]).toContain(kept);
  expect(explain(clauses, 'zh').memory.join('')).toMatch(/保留|最近/u);
});
