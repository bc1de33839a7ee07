import { expect, it } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import type { Value } from '../../event/event.ts';
import { CountedValues } from './counted-values.ts';

const TEXTS = ['', '0', 'true', '订单', '1.5', 'x'.repeat(300), 'y'.repeat(9_000)];

it('different values are counted as they come and leave', () => {
  atEverySize((size, random) => {
    const counted = new CountedValues();
    const slots = 1 + random.below(4);
    const windows = Array.from({ length: slots }, (): { value: Value; entry: number }[] => []);
    for (let n = 0; n < Math.min(size * 3, 300); n++) {
      const number = random.below(size);
      const slot = random.below(slots);
      const window = windows[slot]!;
      const value = random.pick<Value>([
        ...[number, String(number), number % 2 === 0, number / 7 - 5, 0, -0],
        random.pick(TEXTS),
      ]);
      window.push({ value, entry: counted.add(slot, value) });
      while (window.length > 0 && random.chance(window.length > size ? 60 : 30)) {
        const { value: gone, entry } = window.shift()!;
        const found = counted.find(slot, gone);
        if (found !== entry) expect(found, `${n} of size ${size}`).toBe(entry);
        counted.remove(entry);
      }
      if (random.chance(3)) {
        counted.clear(slot);
        window.length = 0;
      }
      const expected = new Set(window.map((each) => each.value)).size;
      if (counted.different(slot) !== expected)
        expect(counted.different(slot), `${n} of size ${size}`).toBe(expected);
    }
    for (const [slot, window] of windows.entries()) {
      // A set takes 0 and -0 for one, too.
      for (const { value, entry } of window) expect(new Set([value]).has(counted.value(entry))).toBe(true);
      for (const { entry } of window) counted.remove(entry);
      expect(counted.different(slot)).toBe(0);
    }
  });
});
