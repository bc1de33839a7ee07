import { expect, it } from 'vitest';
import { countOf, measureOf } from '../../../test/support/rules-by-hand.ts';
import { tagLayout } from './tag-layout.ts';

it('keeps a bit for each condition and the values of each field that a measure names, once', () => {
  const layout = tagLayout([
    countOf('slow'),
    countOf(),
    measureOf('sum', 'paid'),
    countOf('failed'),
    measureOf('avg', 'paid'),
  ]);
  const event = { timeMs: 1, position: { source: 'orders', partition: 0, offset: 7 } };
  const conditions = ['failed', 'when'];
  expect(layout.tagOf({ ...event, conditions, values: { paid: [3, 4], other: [1] } })).toEqual({
    mask: 1 << layout.bit('failed'),
    values: [[3, 4]],
  });
  expect(layout.tagOf({ ...event, conditions, values: {} }).values).toEqual([[]]);
  expect(tagLayout([countOf()]).tagOf({ ...event, conditions, values: {} })).toEqual({
    mask: 0,
    values: undefined,
  });
});
