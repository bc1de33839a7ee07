import { expect, it } from 'vitest';
import { orderContext, orderSchema } from '../../test/support/rule-context.ts';
import { interestOf } from './interest.ts';
import { toKql } from './kql.ts';
import { loadRuleTexts } from './load.ts';

it.each([
  ['when level:ERROR\nalert count >= 5 within 5m', 'level:"ERROR"'],
  [
    'let paid = message:paid\nlet synced = message:synced\nalert paid not followed by synced within 10m by order_id',
    'message:"paid" or message:"synced"',
  ],
  [
    'let paid = status:SUCCESS\nlet gone = status:CLOSED AND vip:true\nlet back = message:refunded\nalert all of paid, gone within 30m by order_id until back',
    'status:"SUCCESS" or (status:"CLOSED" and vip:true) or message:"refunded"',
  ],
  ['let failed = status:FAILED\nalert count(failed) >= 5 within 5m', 'status:"FAILED"'],
])('of %s a link to Kibana shows every line that counts', (clauses, kql) => {
  const load = loadRuleTexts([{ file: 'x.rule', text: `rule r {\n${clauses}\n}` }], orderContext);
  const [rule] = load.ruleset!.rules;
  expect(toKql(interestOf(rule!), orderSchema)).toBe(kql);
});
