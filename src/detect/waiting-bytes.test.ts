import { deepStrictEqual } from 'node:assert/strict';
import { expect, test } from 'vitest';
import { atEverySize } from '../../test/support/growth.ts';
import type { Random } from '../../test/support/timelines.ts';
import { byteReader, byteWriter } from './columns/bytes.ts';
import { groupKey } from './input/group-key.ts';
import type { Waiting } from './input/waiting.ts';
import type { WaitingColumns } from './time/saved-waiting.ts';
import { loadWaiting, saveWaiting } from './waiting-bytes.ts';

function columnsOf(matches: readonly Waiting[]): WaitingColumns {
  const numbers = new Map([...new Set(matches.map(({ key }) => key))].map((key, i) => [key, i]));
  return {
    length: matches.length,
    timeMs: (at) => matches[at]!.timeMs,
    position: (at) => matches[at]!.position,
    group: (at) => numbers.get(matches[at]!.key)!,
    key: (at) => matches[at]!.key,
    conditions: (at) => matches[at]!.conditions,
    values: (at) => matches[at]!.values,
  };
}

function bytesOf(matches: readonly Waiting[]): Uint8Array {
  const writer = byteWriter();
  saveWaiting(columnsOf(matches), 0, matches.length, writer);
  return writer.finish();
}

function anyOf(size: number, random: Random): Waiting {
  return {
    key: groupKey([random.pick(['pay', '订单', '"', '\ud800', '__proto__']), random.below(size)]),
    timeMs: 1.7e12 + random.below(10_000) - 5_000,
    position: {
      source: random.pick(['orders', 'b']),
      partition: random.below(3),
      offset: random.below(2 ** 40),
    },
    conditions: random.pick([['when'], ['a', 'b'], []]),
    values: random.chance(50) ? {} : { ms: [random.below(size) / 7, 'é', true], none: [] },
  };
}

test('matches that wait come back as they were, whatever their number', () => {
  atEverySize((size, random) => {
    const matches = Array.from({ length: size }, () => anyOf(size, random));
    const reader = byteReader(bytesOf(matches));
    deepStrictEqual(loadWaiting(reader), matches);
    reader.end();
  });
});

test('what many of them have in common is written once', () => {
  const [conditions, values, key] = [['when'], {}, groupKey(['payments'])];
  const matches = Array.from({ length: 1_000 }, (_, i) => ({
    key,
    timeMs: 1.7e12 + i,
    position: { source: 'orders', partition: 0, offset: i * 300 },
    conditions,
    values,
  }));
  expect(bytesOf(matches).length).toBeLessThan(1_000 * 10);
});
