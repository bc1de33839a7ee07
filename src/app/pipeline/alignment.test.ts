import { beforeEach, expect, it } from 'vitest';
import type { PartitionRef } from '../../detect/input/input.ts';
import type { Uneven } from '../../detect/time/watermarks.ts';
import { silent } from '../../event/telemetry.ts';
import type { LogReader, LogSource } from '../../ingest/source.ts';
import { createAlignment, type Alignment } from './alignment.ts';

type Ref = readonly [source: string, partition: number];

let waiting: number;
let uneven: Uneven;
let alignment: Alignment;
let said: string[];
const held = new Map<string, readonly number[]>();

/** A reader that notes what it is to hold. */
const reading = (name: string): { source: Pick<LogSource, 'name'>; reader: Pick<LogReader, 'hold'> } => ({
  source: { name },
  reader: { hold: (partitions) => void held.set(name, [...partitions]) },
});

const READERS = [reading('orders'), reading('payments')];

beforeEach(() => {
  [waiting, uneven, said] = [0, { behind: [], ahead: [] }, []];
  held.clear();
  const note = (_: unknown, message: string): void => void said.push(message);
  const telemetry = { ...silent, log: { ...silent.log, info: note, warn: note } };
  alignment = createAlignment({ waiting: () => waiting, uneven: () => uneven }, telemetry, 100);
});

function align(count: number, behind: readonly Ref[], ahead: readonly Ref[]): void {
  const refs = (of: readonly Ref[]): PartitionRef[] =>
    of.map(([source, partition]) => ({ source, partition }));
  waiting = count;
  uneven = { behind: refs(behind), ahead: refs(ahead) };
  alignment.align(READERS);
}

it('holds what is ahead while too much waits, until half of it is gone', () => {
  const [a, b, c]: readonly Ref[] = [
    ['orders', 1],
    ['orders', 2],
    ['payments', 0],
  ];
  align(100, [a!], [b!, c!]);
  expect(held.size).toBe(0);
  align(101, [a!], [b!, c!]);
  expect(Object.fromEntries(held)).toEqual({ orders: [2], payments: [0] });
  expect(alignment.problem()).toContain('orders/1');
  align(80, [b!], [a!]);
  expect(Object.fromEntries(held)).toEqual({ orders: [1], payments: [] });
  align(50, [b!], [a!]);
  expect(Object.fromEntries(held)).toEqual({ orders: [], payments: [] });
  expect(alignment.problem()).toBeUndefined();
  align(100, [b!], [a!]);
  expect(Object.fromEntries(held)).toEqual({ orders: [], payments: [] });
  expect(said).toHaveLength(2);
});
