import { expect, test } from 'vitest';
import { all, either, field, not, prefix, words } from '../../lines/order-rules.ts';
import { luceneQueries } from './lucene.ts';
import { sigmaRules, type SigmaWay } from './sigma.ts';

const rule = all(
  field('service', 'order-api'),
  words('lock timeout'),
  either(words('cart'), words('stock')),
  not(prefix('refund')),
);

test('a rule as a Lucene query', () => {
  expect(luceneQueries([rule])).toBe(
    '(+service:"order-api" +all:"lock timeout" +(all:"cart" OR all:"stock") -all:refund*)\n',
  );
});

test.each<[SigmaWay, object]>([
  [
    'fields',
    {
      s0: { 'message|contains': ['cart', 'stock'] },
      s1: { 'message|contains': ['refund'] },
      s2: { service: 'order-api', 'message|contains': 'lock timeout' },
      condition: '(s2 and s0 and not s1)',
    },
  ],
  [
    'keywords',
    {
      s0: ['cart', 'stock'],
      s1: ['refund'],
      s2: { '|all': ['lock timeout'] },
      s3: { service: 'order-api' },
      condition: '(s3 and s0 and not s1 and s2)',
    },
  ],
])('a rule in Sigma by %s', (way, detection) => {
  expect((JSON.parse(sigmaRules([rule], way)) as { detection: object }).detection).toEqual(detection);
});

test('a whole word in Sigma stands between blanks, at the beginning or at the end', () => {
  const { detection } = JSON.parse(sigmaRules([words('cart')], 'words')) as { detection: object };
  expect(detection).toEqual({
    s0: [
      { 'message|contains': ' cart ' },
      { 'message|startswith': 'cart ' },
      { 'message|endswith': ' cart' },
    ],
    condition: 's0',
  });
});
