import { expect, it } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import type { Value } from '../../event/event.ts';
import { differentValues, withoutValue, withValue, type ValueCounts } from './value-counts.ts';

it('different values are counted as they come and leave, in lists and in maps', () => {
  atEverySize((size, random) => {
    const window: Value[] = [];
    let counts: ValueCounts | undefined;
    for (let n = 0; n < Math.min(size * 3, 300); n++) {
      const number = random.below(size);
      const value = random.pick<Value>([number, String(number), number % 2 === 0]);
      window.push(value);
      counts = withValue(counts, value);
      while (window.length > 0 && random.chance(window.length > size ? 60 : 30))
        counts = withoutValue(counts!, window.shift()!);
      const expected = new Set(window).size;
      if (differentValues(counts) !== expected)
        expect(differentValues(counts), `${n} of size ${size}`).toBe(expected);
    }
    for (const value of window) counts = withoutValue(counts!, value);
    expect(counts).toBeUndefined();
  });
});
