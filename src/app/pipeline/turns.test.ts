import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import { createTurns } from './turns.ts';

/** Turns that note the groups they run; at most `max` things share one. */
function noting(max = Infinity): { turns: ReturnType<typeof createTurns<number>>; groups: number[][] } {
  const groups: number[][] = [];
  const turns = createTurns<number>({
    mayJoin: (_thing, group) => group.length < max,
    together(group) {
      groups.push(group.map(({ thing }) => thing));
      for (const { resolve } of group) resolve();
      return Promise.resolve();
    },
  });
  return { turns, groups };
}

test('a thing waits for those that follow it soon, and runs with them', async () => {
  const { turns, groups } = noting();
  const [one, two] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const done = [turns.join(1, one.promise)];
  await setTimeout(5);
  expect(groups).toEqual([]);
  done.push(turns.join(2, two.promise));
  // Another has followed, so it no longer matters that the first is alone.
  one.resolve(undefined);
  await setTimeout(5);
  expect(groups).toEqual([]);
  two.resolve(undefined);
  await Promise.all(done);
  expect(groups).toEqual([[1, 2]]);
});

test.each([
  ['beside one that waits for nothing', (join: (n: number) => Promise<void>) => join(3)],
  ['before work of another kind', (_join: unknown, take: () => Promise<void>) => take()],
])('a thing that waits for others does not hold up what is handed in behind it: %s', async (_name, after) => {
  const { turns, groups } = noting();
  const never = new Promise<undefined>(() => undefined);
  const waiting = turns.join(1, never);
  await setTimeout(5);
  await after(
    (thing) => turns.join(thing),
    () => turns.take(() => Promise.resolve()),
  );
  await waiting;
  expect(groups[0]![0]).toBe(1);
});

test('one that waits for nothing does not wait for one behind it that does', async () => {
  const { turns, groups } = noting();
  const never = new Promise<undefined>(() => undefined);
  const first = turns.join(1);
  void turns.join(2, never);
  await first;
  expect(groups).toEqual([[1, 2]]);
});

test('all things run once, in their order, whenever each of them knows that it is alone', async () => {
  const runs: Promise<void>[] = [];
  atEverySize((size, random) => {
    const { turns, groups } = noting(1 + random.below(8));
    const run = async (): Promise<void> => {
      const done: Promise<void>[] = [];
      for (let thing = 0; thing < Math.min(size, 300); thing++) {
        const alone = random.chance(60) ? setTimeout(random.below(3), undefined) : undefined;
        done.push(turns.join(thing, alone));
        if (random.chance(10)) void turns.take(() => Promise.resolve());
        if (random.chance(30)) await Promise.resolve();
        if (random.chance(5)) await done.at(-1);
      }
      await Promise.all(done);
      expect(groups.flat()).toEqual(done.map((_, i) => i));
    };
    runs.push(run());
  });
  await Promise.all(runs);
});
