import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dailyIndex, dayOf, dayOfIndex, daysKept, Placement, placing } from './placement.ts';
import { PositionStore } from './position-store.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 23, 23, 59);
const kept = daysKept(NOW_MS, 30 * DAY_MS);
const tomorrow = daysKept(NOW_MS + DAY_MS, 30 * DAY_MS);

test('an event goes to the index of its UTC day, one outside of the days kept is put aside', () => {
  const place = placing('orders');
  const at = (ms: number): string => place(ms, kept);
  expect(at(NOW_MS)).toBe('orders-2026.11.23');
  expect(at(Date.UTC(2026, 10, 24, 23, 59, 59, 999))).toBe('orders-2026.11.24');
  expect(at(Date.UTC(2026, 10, 25))).toBe('orders-undated');
  expect(at(Date.UTC(2026, 9, 24))).toBe('orders-2026.10.24');
  expect(at(Date.UTC(2026, 9, 24) - 1)).toBe('orders-undated');
  expect(at(-1e14)).toBe('orders-undated');
});

test('only a daily index of ours has a day', () => {
  expect(dayOfIndex('orders', dailyIndex('orders', 20_000))).toBe(20_000);
  for (const name of [
    'orders-undated',
    'orders-2026.13.01',
    'orders-eu-2026.11.23',
    'order-2026.11.23',
    'orders-2026.11.23-x',
  ]) {
    expect(dayOfIndex('orders', name)).toBeUndefined();
  }
  expect(dayOf(-1)).toBe(-1);
});

describe('placement', () => {
  let folder: string;
  let store: PositionStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-placement-'));
    store = new PositionStore(folder);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const judge = (offsets: number[], range = kept): number[] =>
    new Placement(store)
      .judge('orders', 0, offsets, range)
      .map(({ newestDay }) => newestDay - kept.newestDay);

  function crash(): void {
    store.close();
    store = new PositionStore(folder);
  }

  test('decides a replay as it did at first, and what is new by the new day', () => {
    expect(judge([0, 1, 2])).toEqual([0, 0, 0]);
    crash();
    expect(judge([0, 1, 2, 3, 4], tomorrow)).toEqual([0, 0, 0, 1, 1]);
    crash();
    expect(judge([1, 2, 3, 4, 5], tomorrow)).toEqual([0, 0, 1, 1, 1]);
  });

  test('keeps partitions apart', () => {
    judge([0, 1, 2]);
    expect(new Placement(store).judge('orders', 1, [0], tomorrow)).toEqual([{ ...tomorrow, fromOffset: 0 }]);
  });

  test('forgets what no replay can ask for', () => {
    judge([0, 1]);
    store.savePositions([{ source: 'orders', partition: 0, position: { offset: 2, proof: '' }, timing: '' }]);
    judge([2, 3], tomorrow);
    expect(store.judged('orders', 0)).toEqual({ until: 4, ranges: [{ ...tomorrow, fromOffset: 2 }] });
  });

  test('decides anew for a log that begins anew', () => {
    judge([100, 101]);
    store.savePositions([
      { source: 'orders', partition: 0, position: { offset: 102, proof: '' }, timing: '' },
    ]);
    expect(judge([0, 1], tomorrow)).toEqual([1, 1]);
    expect(judge([], tomorrow)).toEqual([]);
  });
});
