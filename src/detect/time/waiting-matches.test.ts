/** The columns of waiting matches, against plain lists of them. */
import { deepStrictEqual } from 'node:assert/strict';
import { expect, test } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import type { Random } from '../../../test/support/timelines.ts';
import { groupKey } from '../input/group-key.ts';
import type { Waiting } from '../input/waiting.ts';
import { compareEvents } from './event-order.ts';
import type { SavedWaiting } from './saved-waiting.ts';
import { newSharedWaiting, type SharedWaiting } from './waiting-keys.ts';
import { WaitingMatches } from './waiting-matches.ts';

const CONDITIONS = [['when'], ['a', 'b'], [], ['when', 'a']];
const weight = ({ conditions }: Pick<Waiting, 'conditions'>): number => 1 + conditions.length;

function anyMatch(offset: number, spread: number, random: Random): Waiting {
  return {
    key: groupKey([random.below(1 + (spread >> 2))]),
    timeMs: 1.7e12 + offset + random.below(spread),
    position: { source: random.pick(['orders', 'b']), partition: random.below(2), offset },
    conditions: random.pick(CONDITIONS),
    values: random.chance(20) ? { ms: [random.below(9)] } : {},
  };
}

const copyOf = ({ key, timeMs, position, conditions, values }: Waiting): Waiting => ({
  key,
  timeMs,
  position,
  conditions,
  values,
});

const listOf = (saved: SavedWaiting): readonly Waiting[] =>
  Array.from({ length: saved.length }, (_, at) => ({
    key: saved.key(at),
    timeMs: saved.timeMs(at),
    position: saved.position(at),
    conditions: saved.conditions(at),
    values: saved.values(at),
  }));

function addAll(to: WaitingMatches, { events, keys }: SharedWaiting, matches: readonly Waiting[]): void {
  for (const { key, timeMs, position, conditions, values } of matches)
    to.add(events.add(timeMs, position), to.groupOf(keys.of(key)), conditions, values);
  to.endBatch();
}

test('matches wait in the order of events, all together and in each group, however they come and go', () => {
  let reordered = 0;
  atEverySize((size, random) => {
    const shared = newSharedWaiting();
    const emptied: string[] = [];
    const onEmptied = ({ key }: { readonly key: string }): void => void emptied.push(key);
    const waiting = new WaitingMatches({ shared, weight, onEmptied });
    const spread = random.pick([1, 3, 40, 2 * size]);
    const looksFrom = random.below(size);
    const looks = (): boolean => offset >= looksFrom;
    let plain: Waiting[] = [];
    let saving: { readonly saved: SavedWaiting; readonly as: readonly Waiting[] } | undefined;
    let offset = 0;
    while (offset < size) {
      const arrived = Array.from({ length: 1 + random.below(30) }, () => anyMatch(offset++, spread, random));
      addAll(waiting, shared, arrived);
      plain = [...plain, ...arrived].sort(compareEvents);
      saving ??= random.chance(40) ? { saved: waiting.saved(), as: plain } : undefined;
      for (let left = random.below(2 + 2 * arrived.length); left > 0 && plain.length > 0; left--) {
        expect(waiting.nextMs()).toBe(plain[0]!.timeMs);
        expect(waiting.firstGroup().key).toBe(plain[0]!.key);
        deepStrictEqual(copyOf(waiting.first()), plain[0]);
        const gone = plain[0]!.key;
        plain = plain.slice(1);
        waiting.shift();
        if (plain.every(({ key }) => key !== gone)) expect(emptied.pop()).toBe(gone);
      }
      if (saving !== undefined && random.chance(40)) {
        deepStrictEqual(listOf(saving.saved), saving.as);
        saving.saved.end();
        saving = undefined;
      }
      expect(waiting.size).toBe(plain.length);
      const key = plain[random.below(Math.max(1, plain.length))]?.key ?? 'none';
      const group = waiting.find(key);
      const of = plain.filter((match) => match.key === key);
      if (group?.takeReordered() === true) reordered++;
      expect((group?.to ?? 0) - (group?.from ?? 0)).toBe(of.length);
      if (group === undefined || !looks()) continue;
      expect(group.weight).toBe(of.reduce((sum, match) => sum + weight(match), 0));
      for (const [i, match] of of.entries()) {
        const number = group.from + (random.chance(80) ? i : random.below(of.length));
        expect(group.timeMs(number)).toBe(of[number - group.from]!.timeMs);
        deepStrictEqual(copyOf(group.at(group.from + i) as Waiting), match);
      }
    }
    expect(emptied).toEqual([]);
  });
  expect(reordered).toBeGreaterThan(20);
});

test('an event takes the place of one that is over, and none that still waits or is being saved', () => {
  const shared = newSharedWaiting();
  const waiting = new WaitingMatches({ shared, weight, onEmptied: () => undefined });
  const match = (offset: number): Waiting => ({
    ...anyMatch(0, 1, {
      below: () => 0,
      pick: ([first]: readonly unknown[]) => first,
      chance: () => false,
    } as never),
    timeMs: offset,
  });
  addAll(waiting, shared, [match(1), match(2)]);
  const saved = waiting.saved();
  waiting.shift();
  waiting.shift();
  const { events } = shared;
  expect(events.add(3, match(3).position)).toBe(2);
  deepStrictEqual(
    listOf(saved).map(({ timeMs }) => timeMs),
    [1, 2],
  );
  saved.end();
  expect([events.add(4, match(4).position), events.add(5, match(5).position)].sort()).toEqual([0, 1]);
});
