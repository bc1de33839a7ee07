import { expect, it } from 'vitest';
import { orderSchema } from '../../test/support/rule-context.ts';
import type { Query } from './elasticsearch.ts';
import { toElasticsearch } from './elasticsearch.ts';
import { toKql } from './kql.ts';
import { parseCondition } from './load.ts';

const phrase = (query: string, ...fields: string[]): Query => ({
  multi_match: { query, type: 'phrase', fields, lenient: true },
});

const CASES: readonly [condition: string, query: Query, kql: string][] = [
  [
    '"ERROR" AND order_timeout',
    {
      bool: {
        filter: [
          phrase('ERROR', 'level', 'message', 'error.message'),
          {
            bool: {
              should: [phrase('ORDER_TIMEOUT', 'level'), phrase('order_timeout', 'message', 'error.message')],
              minimum_should_match: 1,
            },
          },
        ],
      },
    },
    '"ERROR" and ("order_timeout" or level:"ORDER_TIMEOUT")',
  ],
  [
    'level:error OR (NOT service:pay)',
    {
      bool: {
        should: [
          { term: { level: { value: 'ERROR' } } },
          { bool: { must_not: [{ term: { service: { value: 'pay' } } }] } },
        ],
        minimum_should_match: 1,
      },
    },
    'level:"ERROR" or (not service:"pay")',
  ],
  [
    'status:(FAILED OR TIME*)',
    {
      bool: {
        should: [{ term: { status: { value: 'FAILED' } } }, { prefix: { status: { value: 'TIME' } } }],
        minimum_should_match: 1,
      },
    },
    'status:("FAILED" or TIME*)',
  ],
  ['message:Order*', { prefix: { message: { value: 'order' } } }, 'message:order*'],
  ['message:"say \\"hi\\""', { match_phrase: { message: 'say "hi"' } }, 'message:"say \\"hi\\""'],
  ['duration_ms >= 1.5', { range: { duration_ms: { gte: 1.5 } } }, 'duration_ms >= 1.5'],
  ['retries:3', { term: { retries: { value: 3 } } }, 'retries:3'],
  ['vip:false', { term: { vip: { value: false } } }, 'vip:false'],
  ['order_state:*', { exists: { field: 'order_state' } }, 'order_state:*'],
  [
    'paid_at > "2026-11-20T08:00:00.000+08:00"',
    { range: { paid_at: { gt: '2026-11-20T00:00:00.000Z', format: 'strict_date_time||epoch_millis' } } },
    'paid_at > "2026-11-20T00:00:00.000Z"',
  ],
  [
    'paid_at:"2026-11-20T00:00:00.000Z"',
    {
      range: {
        paid_at: {
          gte: '2026-11-20T00:00:00.000Z',
          lte: '2026-11-20T00:00:00.000Z',
          format: 'strict_date_time||epoch_millis',
        },
      },
    },
    'paid_at:"2026-11-20T00:00:00.000Z"',
  ],
];

it.each(CASES)('%s becomes its Elasticsearch query and its KQL', (text, query, kql) => {
  const { condition } = parseCondition(text, orderSchema);
  expect(toElasticsearch(condition!, orderSchema)).toEqual(query);
  expect(toKql(condition!, orderSchema)).toBe(kql);
});
