/** Everything that grows with the groups of a rule, against a plain model, at every size through its growths. */
import { describe, expect, it } from 'vitest';
import { exactSum } from '../../test/support/oracle-measures.ts';
import { atEverySize, inSomeOrder } from '../../test/support/growth.ts';
import { seeded, type Random } from '../../test/support/timelines.ts';
import type { Value } from '../event/event.ts';
import type { Measure } from '../rule/ast.ts';
import { countOf, measureOf } from '../../test/support/rules-by-hand.ts';
import { byteReader, byteWriter } from './columns/bytes.ts';
import { loadEvents, saveEvents } from './columns/event-bytes.ts';
import { addExactly, roundedSum } from './forms/exact-sum.ts';
import { createExtremes } from './forms/extremes.ts';
import { createQuantiles } from './forms/quantiles.ts';
import { noBytes, noDoubles, noInts, noShorts, noWords, withRoom } from './columns/columns.ts';
import { createFlags } from './columns/flags.ts';
import { GroupKeys } from './columns/group-keys.ts';
import { createGroups } from './columns/groups.ts';
import type { EventRef } from './input/event-ref.ts';
import { createEventColumn } from './columns/event-column.ts';
import { createSlotEvents } from './columns/slot-events.ts';
import { createTally } from './forms/tallies.ts';
import { Timers } from './time/timers.ts';
import { createWindows } from './columns/windows.ts';
import type { Tag } from './columns/tagged-events.ts';

const eventOf = (n: number, random: Random): EventRef => ({
  timeMs: random.chance(20) ? random.below(2 ** 31) * 2 ** 12 : 1_700_000_000_000 + n,
  position: {
    source: random.pick(['orders', 'payments']),
    partition: random.below(4),
    offset: random.chance(20) ? n * 2 ** 33 : n,
  },
});

/** `expect` is slow on thousands of equal things: it is asked only where they differ. */
function same(actual: unknown, expected: unknown, where: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual, where).toEqual(expected);
}

it('columns keep what they held and have room for what they were asked for', () => {
  atEverySize((size) => {
    for (const none of [noBytes, noShorts, noInts, noWords, noDoubles]) {
      let column: typeof none = none;
      for (let n = 0; n < size; n++) {
        column = withRoom<typeof none>(column, n + 1);
        column[n] = n % 251;
      }
      const wrong = Array.from({ length: size }, (_, n) => n).find((n) => column[n] !== n % 251);
      same([wrong, column.length >= size], [undefined, true], `${none.constructor.name} of ${size}`);
    }
  });
});

describe.each([1, 2, 3, 4, 5, 6])('slots of %d events', (width) => {
  it('give back what was set, copied and cleared, through their bytes too', () => {
    atEverySize((size, random) => {
      const slots = createSlotEvents(width);
      const model = Array.from({ length: size }, () =>
        new Array<EventRef | undefined>(width).fill(undefined),
      );
      for (const slot of inSomeOrder(size, random)) {
        const places = model[slot]!;
        const first = random.below(width);
        places[first] = eventOf(slot, random);
        slots.set(slot, places[first], first);
        for (let change = 0; change < width; change++) {
          const [from, to] = [random.below(width), random.below(width)];
          slots.copy(slot, from, to);
          places[to] = places[from];
        }
        if (!random.chance(10)) continue;
        slots.clear(slot);
        places.fill(undefined);
      }
      const found = model.map((places, slot) => places.map((_, nth) => slots.get(slot, nth)));
      same(found, model, `${size} slots`);
      const times = model.map((places, slot) => places.map((_, nth) => slots.timeMs(slot, nth)));
      same(
        times,
        model.map((places) => places.map((event) => event?.timeMs)),
        `times of ${size} slots`,
      );
      const again = createSlotEvents(width);
      const writer = byteWriter();
      for (let slot = 0; slot < size; slot++) slots.save(slot, writer);
      const reader = byteReader(writer.finish());
      for (let slot = 0; slot < size; slot++) again.load(slot, reader);
      const loaded = model.map((places, slot) => places.map((_, nth) => again.get(slot, nth)));
      same(loaded, model, `${size} slots from their bytes`);
    });
  });
});

it.each([1, 2, 3, 5, 8])(
  'windows in blocks of %d are queues, whatever the number of groups',
  (blockEvents) => {
    atEverySize((size, random) => {
      const windows = createWindows({ blockEvents, keepsMasks: true, keepsValues: true });
      const model = Array.from({ length: size }, () => [] as { event: EventRef; tag: Tag }[]);
      for (const slot of inSomeOrder(size, random)) {
        const queue = model[slot]!;
        for (let n = random.below(10); n >= 0; n--) {
          const one = {
            event: eventOf(n, random),
            tag: { mask: random.below(2 ** 30), values: [[random.below(9)]] },
          };
          windows.push(slot, one.event, one.tag);
          queue.push(one);
          if (random.chance(25)) same(windows.shift(slot), queue.shift()!.tag, `slot ${slot} of ${size}`);
        }
      }
      same(
        model.map((_, slot) => [windows.size(slot), windows.oldest(slot) ?? null, windows.newest(slot)]),
        model.map((queue) => [
          queue.length,
          queue[0]?.event ?? null,
          queue.slice(-2).map(({ event }) => event),
        ]),
        `${size} windows`,
      );
      for (const [slot, queue] of model.entries())
        while (queue.length > 0) same(windows.shift(slot), queue.shift()!.tag, `slot ${slot} of ${size}`);
      expect(windows.total).toBe(0);
    });
  },
);

it('flags are what was set last', () => {
  atEverySize((size, random) => {
    const flags = createFlags();
    const model = new Array<number>(size).fill(0);
    for (const slot of inSomeOrder(size, random)) {
      const bit = 2 ** random.below(8);
      flags.set(slot, bit, true);
      model[slot] = model[slot]! | bit;
      if (!random.chance(20)) continue;
      flags.setAll(slot, 0);
      model[slot] = 0;
    }
    same(
      model.map((_, slot) => flags.all(slot)),
      model,
      `${size} flags`,
    );
  });
});

it('groups are found by their keys, and keys by their groups', () => {
  const keyOf = (n: number, random: Random): string =>
    `${n} ${random.pick(['', '订单', 'é', 'x'.repeat(250 + (n % 10)), '长'.repeat(90)])}`;
  atEverySize((size, random) => {
    const keys = new GroupKeys();
    const model = new Map<number, string>();
    for (const slot of inSomeOrder(size, random)) {
      const key = keyOf(slot, random);
      keys.add(key, slot);
      model.set(slot, key);
      const [gone] = model.keys();
      if (!random.chance(10) || gone === undefined) continue;
      keys.remove(gone);
      same(keys.find(model.get(gone)!), -1, `${size} keys`);
      model.delete(gone);
    }
    same(
      [...model].map(([slot, key]) => [keys.find(key), keys.key(slot)]),
      [...model],
      `${size} keys`,
    );
  });
});

it('groups keep the order of their latest match', () => {
  atEverySize((size, random) => {
    const groups = createGroups();
    const model = new Map<string, number>();
    for (const n of inSomeOrder(size, random)) {
      const key = `group${n}`;
      model.set(key, groups.add(key));
      const [oldest] = model;
      if (oldest === undefined || !random.chance(30)) continue;
      groups.touch(oldest[1]);
      model.delete(oldest[0]);
      model.set(...oldest);
    }
    same(
      [...groups.slots()].map((slot) => [groups.key(slot), slot]),
      [...model],
      `${size} groups`,
    );
  });
});

it('timers give every slot at its time', () => {
  atEverySize((size, random) => {
    const timers = new Timers();
    const due = inSomeOrder(size, random).map((slot) => [random.below(size), slot] as const);
    for (const [atMs, slot] of due) timers.arm(slot, atMs);
    const taken: number[] = [];
    for (let slot = timers.take(Infinity); slot >= 0; slot = timers.take(Infinity)) taken.push(slot);
    const sorted = [...due].sort(([a, slotA], [b, slotB]) => a - b || slotA - slotB);
    same(
      taken,
      sorted.map(([, slot]) => slot),
      `${size} timers`,
    );
  });
});

const MEASURES: readonly (readonly [Measure, (tags: readonly Tag[]) => number | undefined])[] = [
  [countOf('failed'), (tags) => tags.filter(({ mask }) => mask === 1).length],
  [measureOf('distinct', 'amount'), (tags) => new Set(tags.flatMap(valuesOf)).size],
  [measureOf('sum', 'amount'), (tags) => total(tags)],
  [measureOf('avg', 'amount'), (tags) => (tags.length === 0 ? undefined : total(tags) / tags.length)],
  [measureOf('min', 'amount'), (tags) => sorted(tags)[0]],
  [measureOf('p50', 'amount'), (tags) => sorted(tags)[Math.ceil(tags.length / 2) - 1]],
  [measureOf('max', 'amount'), (tags) => sorted(tags).at(-1)],
];

const valuesOf = ({ values }: Tag): readonly number[] => (values?.[0] ?? []).map(Number);
/** Exact: whole numbers. */
const total = (tags: readonly Tag[]): number => tags.flatMap(valuesOf).reduce((sum, n) => sum + n, 0);
const sorted = (tags: readonly Tag[]): readonly number[] => tags.flatMap(valuesOf).sort((a, b) => a - b);

it.each(MEASURES.map(([measure, of]) => [measure.kind, measure, of] as const))(
  'a running %s is that of what is left, whatever the number of groups',
  (_name, measure, of) => {
    atEverySize((size, random) => {
      const tally = createTally(measure, { bit: () => 0, column: () => 0 }, () => 0);
      const model = Array.from({ length: size }, () => [] as Tag[]);
      for (const slot of inSomeOrder(size, random)) {
        const tags = model[slot]!;
        for (let n = random.below(5); n >= 0; n--) {
          const values: readonly (readonly Value[])[] = [[random.below(20) - 5]];
          tags.push({ mask: random.below(2), values });
          tally.add(slot, tags.at(-1)!);
        }
        while (tags.length > 0 && random.chance(40)) tally.remove(slot, tags.shift()!);
        if (!random.chance(10)) continue;
        tally.clear(slot);
        tags.length = 0;
      }
      same(
        model.map((_, slot) => tally.value(slot) ?? null),
        model.map((tags) => of(tags) ?? null),
        `${size} groups`,
      );
    });
  },
);

it('events stay what they are where more than 65,536 of their partitions are told apart', () => {
  const events = createEventColumn();
  const random = seeded(1);
  const all = Array.from({ length: 66_000 }, (_, partition): EventRef => {
    const { timeMs, position } = eventOf(partition, random);
    return { timeMs, position: { ...position, partition } };
  });
  for (const [at, event] of all.entries()) {
    events.grow(at + 1);
    events.set(at, event);
  }
  const wrong = all.findIndex((event, at) => JSON.stringify(events.get(at)) !== JSON.stringify(event));
  expect(wrong).toBe(-1);
});

it('a sum is exact, and percentiles are of the values that are left, however many there are', () => {
  atEverySize((size, random) => {
    const partials: number[] = [];
    const quantiles = createQuantiles(Infinity);
    const values: number[] = [];
    for (let n = 0; n < size; n++) {
      const value = (random.below(2_000_001) - 1_000_000) * 10 ** (random.below(25) - 12);
      values.push(value);
      addExactly(partials, value);
      quantiles.add(value);
      if (!random.chance(30)) continue;
      const gone = values.splice(random.below(values.length), 1)[0]!;
      addExactly(partials, -gone);
      quantiles.remove(gone);
    }
    const inOrder = [...values].sort((a, b) => a - b);
    same(
      [roundedSum(partials), ...[0, 50, 99, 100].map((percent) => quantiles.rank(percent) ?? null)],
      [
        exactSum(values),
        ...[0, 50, 99, 100].map(
          (percent) => inOrder[Math.max(0, Math.ceil((percent * values.length) / 100) - 1)] ?? null,
        ),
      ],
      `${size} values`,
    );
  });
});

it('percentiles and extremes are right after each value that comes or leaves, exact or in buckets', () => {
  atEverySize((size, random) => {
    const [exact, sketch] = [createQuantiles(), createQuantiles(size >> 1)];
    const [min, max] = [createExtremes('min'), createExtremes('max')];
    const all = [exact, sketch, min, max];
    const percent = random.pick([50, 90, 95, 99]);
    const values: number[] = [];
    for (let n = 0; n < Math.min(size, 1_000); n++) {
      values.push((random.below(2_001) - 1_000) * random.pick([1, 1, 1e-3, 1e9]));
      for (const each of all) each.add(values.at(-1)!);
      while (values.length > 0 && random.chance(45)) {
        const [gone] = values.splice(0, 1) as [number];
        for (const each of all) each.remove(gone);
      }
      if (!random.chance(20)) continue;
      const inOrder = [...values].sort((a, b) => a - b);
      const expected = inOrder[Math.max(0, Math.ceil((percent * values.length) / 100) - 1)];
      same(
        [exact.rank(percent), min.value(), max.value()],
        [expected, inOrder[0], inOrder.at(-1)],
        `${n} of ${size} values`,
      );
      if (Math.abs((sketch.rank(percent) ?? 0) - (expected ?? 0)) > Math.abs(expected ?? 0) / 100)
        expect(sketch.rank(percent), `in buckets, ${n} of ${size} values`).toBeCloseTo(expected!);
    }
  });
});

it('events come back from their bytes, however many there are', () => {
  atEverySize((size, random) => {
    const events = inSomeOrder(size, random).map((n) => eventOf(n, random));
    const writer = byteWriter();
    saveEvents(events, writer);
    same(loadEvents(byteReader(writer.finish())), events, `${size} events`);
  });
});
