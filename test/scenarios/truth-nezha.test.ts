/**
 * A day of micro-service logs in the order it was written: 86 % of its lines are earlier than the line before them. Bursts of ERROR per
 * service as counted by brute force (fixtures/nezha); the whole day of `nezha-0129` where the folder TOCSIN_DATA has it.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arriving,
  dataFolder,
  inTimeOrder,
  linesOf,
  openBench,
  timestampOf,
  whatHappened,
  type Backtest,
  type Bench,
} from '../support/real-logs.ts';

interface Alert {
  readonly at: string;
  readonly service: string;
  readonly count_in_window: number;
}

const FIXTURE = join(import.meta.dirname, '../fixtures/nezha');
const lateness = { text: '120s', ms: 120_000 };
const isZeroTime = (line: string): boolean => timestampOf(line) < 0;

let bench: Bench;
beforeAll(() => {
  bench = openBench({
    fields: ['service: { type: keyword }', 'level: { type: keyword }'],
    lateness: lateness.text,
    rules: `rule error_burst {
  when level:ERROR
  alert count >= 5 within 60s by service
  resolve never
  cooldown 300s
}
rule error_state {
  when level:ERROR
  alert count >= 10 within 60s by service
  for 5s
  cooldown 1m
}
`,
  });
});
afterAll(() => {
  bench.close();
});

describe.each([
  ['fixtures/nezha', FIXTURE],
  ['nezha-0129', dataFolder('nezha-0129')],
])('%s', (name, folder) => {
  if (folder === undefined) {
    test.skip(`not on this machine: set TOCSIN_DATA to the folder that has ${name}`, () => undefined);
    return;
  }
  const lines = linesOf(join(folder, 'events.ndjson.gz'));
  const sorted = inTimeOrder(
    lines.filter((line) => !isZeroTime(line)),
    timestampOf,
  );
  let asWritten: Backtest;

  test('as written: what has no real time is too late, repeats count, and the 80 bursts are found', async () => {
    asWritten = await bench.replay(lines);
    expect(asWritten.summary).toMatchObject({ events: lines.length, tooLate: 45, undecodable: 0 });
    expect(bursts(asWritten)).toEqual(counted(sorted));
    expect(bursts(asWritten)).toHaveLength(80);
  }, 60_000);

  test('in whatever order within the lateness the lines arrive, the episodes are the same', async () => {
    const disturbed = await bench.replay(arriving(sorted, timestampOf, lateness.ms, 129));
    expect(disturbed.summary['late']).toBeGreaterThan(sorted.length / 4);
    expect(disturbed.summary['tooLate']).toBe(0);
    expect(whatHappened(disturbed)).toEqual(whatHappened(asWritten));
    expect(disturbed.episodes.filter(({ rule }) => rule === 'error_state').length).toBeGreaterThan(10);
  }, 60_000);
});

test('without the repeats there are the 79 bursts of the list', async () => {
  const once = [...new Set(linesOf(join(FIXTURE, 'events.ndjson.gz')))];
  const expected = JSON.parse(linesOf(join(FIXTURE, 'expected-alerts.json')).join('\n')) as Alert[];
  expect(bursts(await bench.replay(once))).toEqual(
    expected.map(({ at, service, count_in_window: count }) => `${at} ${service} ${count}`).sort(),
  );
});

function bursts({ episodes }: Backtest): string[] {
  return episodes
    .filter(({ rule }) => rule === 'error_burst')
    .map(({ firedAt, group, count }) => `${firedAt} ${group['service']} ${count}`)
    .sort();
}

/** By brute force from the lines, which are in time order. */
function counted(sorted: readonly string[]): string[] {
  const errors = sorted
    .map((line) => JSON.parse(line) as { service: string; level?: string; '@timestamp': string })
    .filter(({ level }) => level === 'ERROR');
  return [...Map.groupBy(errors, ({ service }) => service)]
    .flatMap(([service, own]) => {
      const times = own.map((event) => Date.parse(event['@timestamp']));
      let lastMs = -Infinity;
      return times.flatMap((atMs, i) => {
        const count = times.filter((timeMs, j) => j <= i && timeMs > atMs - 60_000).length;
        if (count < 5 || atMs - lastMs < 300_000) return [];
        lastMs = atMs;
        return [`${new Date(atMs).toISOString()} ${service} ${count}`];
      });
    })
    .sort();
}
