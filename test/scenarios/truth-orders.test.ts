/**
 * Two sets of orders whose breached deadlines were counted by brute force. Neither may be shipped: `ocel` and `olist-seconds` are
 * looked for in the folder TOCSIN_DATA, and the tests are skipped where they are not.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arriving,
  dataFolder,
  linesOf,
  openBench,
  recordsOf,
  timestampOf,
  whatHappened,
  type Bench,
} from '../support/real-logs.ts';

interface Breach {
  /** `A -> B`, by their events' names. */
  readonly rule: string;
  readonly order_id: string;
  readonly opened_at: string;
  readonly deadline: string;
}

interface DataSet {
  readonly name: string;
  readonly waits: readonly { readonly first: string; readonly then: string; readonly within: string }[];
  readonly counts: readonly number[];
}

const SETS: readonly DataSet[] = [
  {
    name: 'ocel',
    waits: [
      { first: 'place order', then: 'confirm order', within: '24h' },
      { first: 'confirm order', then: 'pay order', within: '14d' },
      { first: 'payment reminder', then: 'pay order', within: '7d' },
    ],
    counts: [683, 558, 228],
  },
  {
    name: 'olist-seconds',
    waits: [
      { first: 'purchased', then: 'approved', within: '24h' },
      { first: 'approved', then: 'shipped', within: '7d' },
      { first: 'shipped', then: 'delivered', within: '21d' },
    ],
    counts: [1755, 758, 748],
  },
];
const lateness = { text: '6h', ms: 6 * 3_600_000 };

describe.each(SETS)('$name', ({ name, waits, counts }) => {
  const folder = dataFolder(name);
  if (folder === undefined) {
    test.skip(`not on this machine: set TOCSIN_DATA to the folder that has ${name}`, () => undefined);
    return;
  }
  let bench: Bench;
  beforeAll(() => {
    const ruleOf = (i: number, form: 'event' | 'state'): string => `rule ${form}_${i} {
  let a = event:"${waits[i]!.first}"
  let b = event:"${waits[i]!.then}"
  alert a not followed by b within ${waits[i]!.within} by order_id
  ${form === 'event' ? 'resolve never' : 'resolve after 30d'}
}\n`;
    const rules = [...waits.keys()].map((i) => ruleOf(i, 'event')).concat(ruleOf(2, 'state'));
    bench = openBench({
      fields: ['event: { type: keyword }', 'order_id: { type: keyword }'],
      lateness: lateness.text,
      rules: rules.join('\n'),
    });
  });
  afterAll(() => {
    bench.close();
  });

  test('each breach is found once, and the same when the events arrive out of order', async () => {
    const lines = linesOf(join(folder, 'events.ndjson.gz'));
    const breaches = recordsOf<Breach>(join(folder, 'expected-breaches.ndjson.gz'));
    const sorted = await bench.replay(lines);
    expect(sorted.summary).toMatchObject({ events: lines.length, tooLate: 0, undecodable: 0 });
    for (const [i, { first, then }] of waits.entries()) {
      const expected = breaches.filter(({ rule }) => rule === `${first} -> ${then}`);
      const found = sorted.episodes.filter(({ rule }) => rule === `event_${i}`);
      expect(found).toHaveLength(counts[i]!);
      // Sorted, since breaches of one instant have no order among themselves.
      expect(
        found
          .map(({ firedAt, group, firstEvent }) =>
            [firedAt, group['order_id'], firstEvent['@timestamp']].join(' '),
          )
          .sort(),
      ).toEqual(
        expected.map(({ deadline, order_id, opened_at }) => `${deadline} ${order_id} ${opened_at}`).sort(),
      );
    }
    // As a state: breaches of an order that comes to no rest are one episode, which counts them.
    const states = sorted.episodes.filter(({ rule }) => rule === 'state_2');
    expect(states.reduce((sum, { count }) => sum + count, 0)).toBe(counts[2]);

    const disturbed = await bench.replay(arriving(lines, timestampOf, lateness.ms, 20_200_825));
    expect(disturbed.summary['late']).toBeGreaterThan(lines.length / 10);
    expect(disturbed.summary['tooLate']).toBe(0);
    expect(whatHappened(disturbed)).toEqual(whatHappened(sorted));
  }, 120_000);
});
