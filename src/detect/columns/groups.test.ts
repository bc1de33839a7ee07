import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createGroups } from './groups.ts';

const keys = fc.oneof(
  fc.nat(40).map((n) => JSON.stringify([`ORD-${n}`])),
  fc.nat(4).map((n) => JSON.stringify([`订单-${n}`, n])),
  fc.nat(4).map((n) => JSON.stringify(['x'.repeat(240 + n * 5), true])),
  fc.nat(2).map((n) => JSON.stringify(['长'.repeat(300 + n)])),
);

it('finds each group by its key, and the one whose match is oldest, as a map in order of insertion would', () => {
  const change = fc.tuple(fc.constantFrom('match', 'match', 'match', 'remove', 'drop'), keys);
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
      const groups = createGroups();
      const model = new Map<string, number>();
      for (const [kind, key] of changes) {
        const slot = groups.find(key);
        expect(slot).toBe(model.get(key) ?? -1);
        if (kind === 'match') {
          if (slot >= 0) groups.touch(slot);
          const now = slot >= 0 ? slot : groups.add(key);
          expect([...model].find(([other, at]) => at === now && other !== key)).toBeUndefined();
          model.delete(key);
          model.set(key, now);
        } else if (kind === 'remove' && slot >= 0) {
          groups.remove(slot);
          model.delete(key);
        } else if (kind === 'drop' && model.size > 0) {
          const [[oldest, at]] = model as Iterable<[string, number]> as [[string, number]];
          expect(groups.oldest()).toBe(at);
          groups.remove(at);
          model.delete(oldest);
        }
      }
      expect([...groups.slots()].map((slot) => groups.key(slot))).toEqual([...model.keys()]);
      expect(groups.size).toBe(model.size);
    }),
    { numRuns: 200 },
  );
});

it('gives the places of removed groups out again', () => {
  const groups = createGroups();
  for (let round = 0; round < 50; round++) {
    const slots = Array.from({ length: 100 }, (_, i) => groups.add(`key-${round}-${i}`));
    expect(Math.max(...slots)).toBeLessThan(100);
    for (const slot of slots) groups.remove(slot);
  }
  expect(groups.slotCount).toBe(100);
});
