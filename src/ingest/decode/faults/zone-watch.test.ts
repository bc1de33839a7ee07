import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeBatch } from '../../../../test/support/byte-batch.ts';
import { parseConfig } from '../../../config/load.ts';
import type { Batch } from '../../../event/batch.ts';
import { createDecoder } from '../decoder.ts';
import { createZoneWatch } from './zone-watch.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 14, 0);
const HOUR_MS = 3_600_000;
const { config } = parseConfig(
  'sources: { orders: { stdin: {} } }\nchannels: { terminal: {} }\nroutes: [{ to: [terminal] }]\n',
  '/tocsin.yaml',
  {},
);
const decoder = createDecoder(config!.sources[0]!, config!.schema);

/** Feeds a batch a step; returns the sum of what the watch counted after each. */
function watched(
  batches: readonly { readonly atMs: number; readonly aheadMs: number; readonly lines: number }[],
  more: (atMs: number, lines: number) => Partial<Batch> = () => ({}),
): readonly number[] {
  const watch = createZoneWatch();
  let timing: string | undefined;
  let sum = 0;
  return batches.map(({ atMs, aheadMs, lines }) => {
    const text = JSON.stringify({ '@timestamp': new Date(NOW_MS + atMs + aheadMs).toISOString() });
    const batch = makeBatch(Array<string>(lines).fill(text), {
      readAtMs: NOW_MS + atMs,
      ...more(NOW_MS + atMs, lines),
    });
    const decoded = decoder.decode(batch, timing);
    ({ timing } = decoded);
    return (sum += watch.behind(decoded));
  });
}

const stream = (seconds: number, aheadMs: (second: number) => number, lines = 3) =>
  Array.from({ length: seconds }, (_, second) => ({ atMs: second * 1_000, aheadMs: aheadMs(second), lines }));

test('lines of a zone further west are counted from a minute on, all of them', () => {
  const counted = watched(stream(90, (second) => -8 * HOUR_MS - (second % 7) * 1_000));
  expect(counted.slice(0, 60)).toEqual(Array<number>(60).fill(0));
  expect(counted.slice(60)).toEqual(Array.from({ length: 30 }, (_, i) => (61 + i) * 3));
});

test('records of a topic are held against their own time, and lines after the fact against nothing', () => {
  const days = 3 * 24 * HOUR_MS;
  const late = watched(
    stream(90, () => -8 * HOUR_MS - days),
    (atMs, lines) => ({
      recordTimesMs: new Float64Array(lines).fill(atMs - days),
    }),
  );
  expect(late.at(-1)).toBe(270);
  expect(
    watched(
      stream(90, () => -8 * HOUR_MS),
      (atMs) => ({ writtenByMs: atMs }),
    ).at(-1),
  ).toBe(0);
});

test('delays, old lines, a pause of the zone and times ahead are counted at no time', () => {
  for (const aheadMs of [
    () => -5_000,
    (second: number) => -2 * HOUR_MS - second * 900,
    (second: number) => (second % 50 === 49 ? 0 : -8 * HOUR_MS),
    () => 8 * HOUR_MS,
    () => -40 * HOUR_MS,
  ])
    expect(watched(stream(200, aheadMs)).at(-1)).toBe(0);
});

test('however lines are cut into batches, a source that is well is counted at no time', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.integer({ min: 1, max: 30_000 }),
          fc.integer({ min: 0, max: 50_000 }),
          fc.integer({ min: 1, max: 60 }),
        ),
        { minLength: 1, maxLength: 60 },
      ),
      (steps) => {
        let atMs = 0;
        const batches = steps.map(([passed, delay, lines]) => ({
          atMs: (atMs += passed),
          aheadMs: -delay,
          lines,
        }));
        expect(watched(batches).at(-1)).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});
