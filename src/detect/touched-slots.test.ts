import { expect, test } from 'vitest';
import { atEverySize } from '../../test/support/growth.ts';
import { TouchedSlots } from './touched-slots.ts';

test('touched slots are as a set has them, however many, also where some are deleted while they are visited', () => {
  atEverySize((size, random) => {
    const touched = new TouchedSlots();
    for (let round = 0; round < 3; round++) {
      const plain = new Set<number>();
      touched.clear();
      for (let i = 0; i < Math.min(size, 100); i++) {
        const slot = random.below(size);
        touched.add(slot);
        plain.add(slot);
        if (random.chance(80)) continue;
        touched.delete(slot);
        plain.delete(slot);
      }
      const visited: number[] = [];
      touched.each((slot) => {
        visited.push(slot);
        const other = random.below(size);
        if (random.chance(80) || visited.includes(other)) return;
        touched.delete(other);
        plain.delete(other);
      });
      expect(visited).toEqual([...plain]);
    }
  });
});
