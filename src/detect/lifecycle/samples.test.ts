import { expect, test } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import { seeded } from '../../../test/support/timelines.ts';
import { MatchEvents } from '../../event/match-events.ts';
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

test('events that are kept by their numbers are found as if each had been looked up at once', () => {
  for (const size of [1, 100, 8_191, 8_192, 8_193, 20_000, 40_000])
    for (const seed of [1, 2]) {
      const random = seeded(size + seed);
      const samples = createSamples();
      const plain = new Map<string, number>();
      const offsets = [0, 0, 0];
      for (let i = 0; i < size;) {
        const partition = random.below(3);
        const position = (offset: number) => ({ source: 'orders', partition, offset });
        const events = new MatchEvents();
        for (let left = 1 + random.below(2_000); left > 0; left--, i++) {
          const offset = random.chance(95) ? offsets[partition]!++ : random.below(offsets[partition]! + 1);
          const event = events.add(i, position(offset), textOf(offset));
          samples.keepEvent(events, event);
          const key = `${partition} ${offset}`;
          if (plain.has(key)) continue;
          plain.set(key, i);
          if (plain.size > 8_192) plain.delete(plain.keys().next().value!);
        }
        if (random.chance(40)) continue;
        const offset = random.below(offsets[partition]! + 1);
        const isKept = plain.has(`${partition} ${offset}`);
        const { excerpt } = samples.of({ timeMs: -1, position: position(offset) });
        expect(excerpt).toBe(isKept ? `line ${offset}` : '');
      }
      expect(samples.all().map((sample) => sample().timeMs)).toEqual([...plain.values()]);
    }
});
