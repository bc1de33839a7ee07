import { expect, test } from 'vitest';
import { batchOf } from '../../../test/support/batches.ts';
import { atEverySize } from '../../../test/support/growth.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { Batch } from '../../event/batch.ts';
import type { LogReader, PartitionStatus } from '../../ingest/source.ts';
import { readAhead, type Ahead } from './reading-ahead.ts';

interface Given extends LogReader {
  readonly rest: Batch[];
  readonly asked: () => number;
  readonly gone: Set<number>;
}

const statusOf = (partition: number, atEnd: boolean): PartitionStatus => ({
  partition,
  label: `file ${partition}`,
  atEnd,
  ...(atEnd && { ended: true }),
});

/** A reader of these batches. A partition that is `gone` is listed no more. */
function readerOf(batches: readonly Batch[]): Given {
  const rest = [...batches];
  const gone = new Set<number>();
  let held: ReadonlySet<number> = new Set();
  let asked = 0;
  return {
    rest,
    gone,
    asked: () => asked,
    next() {
      asked += 1;
      const at = rest.findIndex(({ partition }) => !held.has(partition));
      return Promise.resolve(at < 0 ? undefined : rest.splice(at, 1)[0]);
    },
    durable: () => undefined,
    partitions: () =>
      [...new Set(batches.map(({ partition }) => partition))]
        .filter((partition) => !gone.has(partition))
        .map((partition) => statusOf(partition, !rest.some((each) => each.partition === partition))),
    hold(partitions) {
      held = partitions;
    },
    close: () => Promise.resolve(),
  };
}

/** Batches of one line each, at the end of their partition where none follows. */
function batchesOf(partitions: readonly number[]): Batch[] {
  return partitions.map((partition, i) =>
    batchOf([`line ${i}`], i, { partition, atEnd: !partitions.slice(i + 1).includes(partition) }),
  );
}

const prepared = new WeakSet<Batch>();

/** Prepares batches in any order. */
const aheadOf = (batches: number, random: Random): Ahead => ({
  batches,
  async prepare(batch) {
    for (let turns = random.below(4); turns > 0; turns -= 1) await Promise.resolve();
    const done = { ...batch };
    prepared.add(done);
    return done;
  },
  prepared: (batch) => batch,
});

const offsets = (batches: readonly Batch[]): number[] => batches.map(({ offsets }) => offsets[0]!);

async function takeAll(reader: LogReader): Promise<Batch[]> {
  const taken: Batch[] = [];
  for (let batch = await reader.next(0); batch !== undefined; batch = await reader.next(0)) taken.push(batch);
  return taken;
}

test('batches come in the order in which they were read, prepared, and none is lost', async () => {
  const runs: Promise<void>[] = [];
  atEverySize((size, random) => {
    const given = batchesOf(Array.from({ length: Math.min(size, 300) }, () => random.below(5)));
    const reader = readAhead(readerOf(given), aheadOf(random.pick([1, 2, 8]), random));
    runs.push(takeAll(reader).then((taken) => expect(offsets(taken)).toEqual(offsets(given))));
  });
  await Promise.all(runs);
});

test('batches of a source that is behind are prepared, as many as there is room for', async () => {
  const reader = readerOf(batchesOf([0, 0, 0, 0, 0, 0]));
  const ahead = readAhead(reader, aheadOf(4, seeded(1)));
  const first = await ahead.next(0);
  expect(prepared.has(first!)).toBe(true);
  expect(reader.rest).toHaveLength(2);
});

test('a source that is not behind is asked once, and its batch is given as it is', async () => {
  const reader = readerOf(batchesOf([0]));
  const ahead = readAhead(reader, aheadOf(4, seeded(1)));
  const batch = await ahead.next(0);
  expect(prepared.has(batch!)).toBe(false);
  expect(reader.asked()).toBe(1);
});

test('a partition with a batch that waits is not at its end, even where it is gone', async () => {
  const reader = readerOf(batchesOf([0, 1, 0]));
  const ahead = readAhead(reader, aheadOf(4, seeded(1)));
  await ahead.next(0);
  expect(reader.rest).toHaveLength(0);
  reader.gone.add(1);
  expect(ahead.partitions()).toEqual([
    { partition: 0, label: 'file 0', atEnd: false },
    { partition: 1, label: 'file 1', atEnd: false },
  ]);
  await takeAll(ahead);
  expect(ahead.partitions()).toEqual([statusOf(0, true)]);
});

test('of a held partition nothing is given, also nothing that waits; others go on', async () => {
  const reader = readerOf(batchesOf([0, 1, 1, 0, 1, 0, 0]));
  const ahead = readAhead(reader, aheadOf(3, seeded(1)));
  expect(offsets([(await ahead.next(0))!])).toEqual([0]);
  ahead.hold(new Set([1]));
  expect(offsets(await takeAll(ahead))).toEqual([3, 5, 6]);
  expect(ahead.partitions()[1]).toMatchObject({ partition: 1, atEnd: false });
  ahead.hold(new Set());
  expect(offsets(await takeAll(ahead))).toEqual([1, 2, 4]);
});

test('a partition that is held while its batch is prepared gives nothing', async () => {
  const ahead = readAhead(readerOf(batchesOf([0, 1, 0])), aheadOf(3, seeded(1)));
  const taking = ahead.next(0);
  ahead.hold(new Set([0]));
  expect(offsets([(await taking)!])).toEqual([1]);
  expect(await takeAll(ahead)).toEqual([]);
  ahead.hold(new Set());
  expect(offsets(await takeAll(ahead))).toEqual([0, 2]);
});

test('however many partitions are held one after the other, few batches wait', async () => {
  const partitions = Array.from({ length: 800 }, (_, i) => Math.floor(i / 8));
  const reader = readerOf(batchesOf(partitions));
  const ahead = readAhead(reader, aheadOf(8, seeded(1)));
  const held = new Set<number>();
  let taken = 0;
  for (let batch = await ahead.next(0); batch !== undefined; batch = await ahead.next(0)) {
    taken += 1;
    ahead.hold(new Set(held.add(batch.partition)));
    expect(partitions.length - reader.rest.length - taken).toBeLessThanOrEqual(8);
  }
  expect(taken).toBe(100);
});

test('after it is closed nothing is given', async () => {
  const ahead = readAhead(readerOf(batchesOf([0, 0, 0])), aheadOf(3, seeded(1)));
  await ahead.next(0);
  await ahead.close();
  expect(ahead.partitions()).toMatchObject([{ atEnd: true }]);
});
