import { expect, it } from 'vitest';
import { PartitionTable, WHOLE_SOURCE } from './partition-table.ts';

const health = (table: PartitionTable): string[] =>
  table.all.map(({ partition, hasEnded }) => `${partition}${hasEnded ? ' ended' : ''}`);

const batch = (partition: number, offset: number, lastTimeMs: number) =>
  ({
    kind: 'batch',
    source: 'orders',
    partition,
    clockMs: 0,
    lastTimeMs,
    watermarkMs: lastTimeMs - 5,
    matches: [{ position: { source: 'orders', partition, offset } }],
  }) as unknown as Parameters<PartitionTable['read']>[0];

it('counts a source as a whole until partitions take its place, and again when all of them are gone', () => {
  const table = new PartitionTable();
  table.count('orders');
  expect(health(table)).toEqual([`${WHOLE_SOURCE}`]);
  table.own('orders', [0, 1]);
  expect(health(table)).toEqual(['0', '1']);
  table.own('orders', []);
  expect(health(table)).toEqual(['0 ended', '1 ended', `${WHOLE_SOURCE}`]);
});

it('goes on in time and offset only, whatever a batch says', () => {
  const table = new PartitionTable();
  expect(table.read(batch(0, 7, 100))).toBe(-1);
  expect(table.read(batch(0, 3, 50))).toBe(7);
  expect(table.of('orders', 0)).toMatchObject({ watermarkMs: 95, lastTimeMs: 100, matchOffset: 7 });
});

it('takes a partition back of which a batch comes', () => {
  const table = new PartitionTable();
  table.own('orders', []);
  table.read(batch(2, 1, 10));
  expect(health(table)).toEqual(['2']);
});
