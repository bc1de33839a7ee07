import type { Client } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { silent } from '../../event/telemetry.ts';
import { Ageing } from '../ageing.ts';
import { dropOldIndices } from './indices.ts';
import { dailyIndex, DAY_MS, dayOf } from './placement.ts';

const TODAY = dayOf(Date.parse('2026-03-01T12:00:00Z'));
const config = {
  kind: 'elasticsearch',
  node: 'http://127.0.0.1:9200',
  index: 'logs',
  retentionMs: 30 * DAY_MS,
} as const;

const answer = (body: object) => Promise.resolve({ statusCode: 200, body });

/** Names of the indices that are left of those of these days, by a clock that stands on this day. */
async function leftOf(days: readonly number[], clockDay: number): Promise<number[]> {
  const left = new Map(days.map((day) => [dailyIndex('logs', TODAY + day), day]));
  const client = {
    indices: {
      getSettings: () =>
        answer(Object.fromEntries([...left.keys(), 'logs-undated'].map((name) => [name, {}]))),
      delete: ({ index }: { index: string }) => answer({ acknowledged: left.delete(index) }),
    },
  } as unknown as Client;
  const clock = rightClock(() => (TODAY + clockDay) * DAY_MS + 1);
  await dropOldIndices(client, config, new Ageing(clock), silent);
  return [...left.values()];
}

test('the indices of days before the retention are deleted, and no other', async () => {
  expect(await leftOf([-31, -30, -1, 0], 0)).toEqual([-30, -1, 0]);
  expect(await leftOf([-40, -31, -30, -1, 0, 1], 0)).toEqual([-30, -1, 0, 1]);
});

test('a clock that is 40 days ahead at a start deletes none that is younger than the newest less the retention', async () => {
  expect(await leftOf([-31, -30, -1, 0], 40)).toEqual([-30, -1, 0]);
  expect(await leftOf([], 40)).toEqual([]);
});
