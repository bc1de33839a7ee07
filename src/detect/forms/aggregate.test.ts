/** Forms that only grow with events, against a plain count of the events of their window. */
import { expect, test } from 'vitest';
import { aggregate, comparison, countOf, measureOf } from '../../../test/support/rules-by-hand.ts';
import { atEverySize } from '../../../test/support/growth.ts';
import type { TakenMatch } from '../input/event-ref.ts';
import { createAggregate } from './aggregate.ts';

const WINDOW_MS = 100;

const eventOf = (timeMs: number, users: readonly string[]): TakenMatch => ({
  timeMs,
  position: { source: 'orders', partition: 0, offset: timeMs },
  conditions: ['when', 'a'],
  values: { user: users },
});

test('a form is due before anything changes that no event changes, and holds behind an event as it is judged', () => {
  let spared = 0;
  atEverySize((size, random) => {
    const kind = random.pick(['count', 'a', 'distinct']);
    const min = 1 + random.below(30);
    const measure =
      kind === 'distinct' ? measureOf('distinct', 'user') : countOf(kind === 'a' ? 'a' : undefined);
    const operator = createAggregate(aggregate([comparison(measure, '>=', min)], WINDOW_MS));
    const valueAt = (atMs: number): number => {
      const inWindow = events.filter(({ timeMs }) => timeMs > atMs - WINDOW_MS && timeMs <= atMs);
      if (kind !== 'distinct') return inWindow.length;
      return new Set(inWindow.flatMap(({ values }) => values['user']!)).size;
    };
    let events: TakenMatch[] = [];
    let timeMs = 0;
    const gapMax = random.pick([1, 3, 8]);
    for (let i = 0; i < Math.min(size, 60); i++) {
      timeMs += random.chance(3) ? 150 : random.below(gapMax + 1);
      const event = eventOf(
        timeMs,
        Array.from({ length: random.below(3) }, () => `u${random.below(60)}`),
      );
      events = [...events.filter((each) => each.timeMs > timeMs - 2 * WINDOW_MS), event];
      operator.apply(0, event);
      const heldSize = operator.heldSize!(0);
      const judged = operator.judge(0, timeMs);
      expect(judged.holds).toBe(valueAt(timeMs) >= min);
      expect(heldSize).toBe(judged.holds ? judged.size : -1);
      const dueMs = operator.nextMs(0);
      expect(dueMs).toBeGreaterThan(timeMs);
      for (let atMs = timeMs; atMs < Math.min(dueMs, timeMs + 2 * WINDOW_MS); atMs++)
        expect(valueAt(atMs) >= min, `size ${size}, at ${atMs} of ${dueMs}`).toBe(judged.holds);
      const oldest = events.find((each) => each.timeMs > timeMs - WINDOW_MS)!;
      if (judged.holds && dueMs > oldest.timeMs + WINDOW_MS) spared++;
    }
  });
  expect(spared).toBeGreaterThan(100);
});
