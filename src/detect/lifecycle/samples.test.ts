import { expect, test } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import { SamplePlaces } from './sample-places.ts';
import { createSamples } from './samples.ts';

const textOf = (offset: number): { excerpt: string; fields: Record<string, never> } => ({
  excerpt: `line ${offset}`,
  fields: {},
});

test('a place is found by its position alone, whatever was added and removed before', () => {
  atEverySize((size, random) => {
    const places = new SamplePlaces();
    const plain = new Map<string, number>();
    const positions = Array.from({ length: size }, () => ({
      source: random.pick(['orders', 'b']),
      partition: random.below(3),
      offset: random.below(size) * random.pick([1, 2 ** 32, 64]),
    }));
    const name = (of: (typeof positions)[number]): string => JSON.stringify(of);
    for (const [place, position] of positions.entries()) {
      expect(places.find(position)).toBe(plain.get(name(position)) ?? -1);
      if (plain.has(name(position))) continue;
      places.add(place, position);
      plain.set(name(position), place);
      const gone = positions[random.below(place + 1)]!;
      if (random.chance(60) || !plain.has(name(gone))) continue;
      places.remove(plain.get(name(gone))!);
      plain.delete(name(gone));
    }
    for (const position of positions) expect(places.find(position)).toBe(plain.get(name(position)) ?? -1);
  });
});

test('the latest texts are kept, each event once, and the oldest are let go', () => {
  const samples = createSamples();
  const at = (offset: number) => ({ source: 'orders', partition: 0, offset });
  for (let i = 0; i < 10_000; i++) for (const again of [i, i]) samples.keep(i, at(again), textOf(i));
  const kept = samples.all().map((sample) => sample());
  expect(kept).toHaveLength(8_192);
  expect(kept.map(({ timeMs }) => timeMs)).toEqual(Array.from({ length: 8_192 }, (_, i) => 1_808 + i));
  expect(samples.of({ timeMs: 1_808, position: at(1_808) }).excerpt).toBe('line 1808');
  expect(samples.of({ timeMs: 1_807, position: at(1_807) }).excerpt).toBe('');
});
