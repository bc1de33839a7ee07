/**
 * Recorded matches of elastalert2's FrequencyRule through `tocsin backtest`: all its timelines in time order as one log, each a case
 * of its own. (test/simulation/elastalert-frequency.test.ts compares event by event.)
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  arriving,
  inTimeOrder,
  linesOf,
  openBench,
  timestampOf,
  whatHappened,
  type Bench,
  type EpisodeLine,
} from '../support/real-logs.ts';

interface RecordedEvent {
  readonly '@timestamp': string;
  readonly n: number;
}

interface RecordedCase {
  readonly name: string;
  readonly rule: { readonly num_events: number; readonly timeframe_ms: number; readonly query_key?: string };
  readonly events: readonly RecordedEvent[];
  /** Numbers of the events that matched. */
  readonly matches: readonly number[];
}

const FIXTURE = join(import.meta.dirname, '../fixtures/elastalert-frequency.json.gz');
const { cases: CASES } = JSON.parse(linesOf(FIXTURE).join('\n')) as { cases: readonly RecordedCase[] };
const ruleName = (name: string): string => name.replaceAll('-', '_');

const LINES = inTimeOrder(
  CASES.flatMap(({ name, events }) => events.map((event) => JSON.stringify({ ...event, case: name }))),
  timestampOf,
);
let bench: Bench;

beforeAll(() => {
  const rules = CASES.map(({ name, rule }) => {
    const by = rule.query_key === undefined ? '' : ` by ${rule.query_key}`;
    return `rule ${ruleName(name)} {
  when case:"${name}"
  alert count >= ${rule.num_events} within ${rule.timeframe_ms}ms${by}
  resolve never
}\n`;
  });
  bench = openBench({
    fields: ['case: { type: keyword }', 'host: { type: keyword }', 'user.name: { type: keyword }'],
    lateness: '90s',
    rules: rules.join('\n'),
  });
});
afterAll(() => {
  bench.close();
});

test(`the ${CASES.length} cases give the recorded matches, in whatever order the events arrive`, async () => {
  const sorted = await bench.replay(LINES);
  const firings = Map.groupBy(sorted.episodes, ({ rule }: EpisodeLine) => rule);
  for (const { name, events, matches } of CASES) {
    const times = matches.map((n) => events.find((event) => event.n === n)!['@timestamp']);
    const found = (firings.get(ruleName(name)) ?? []).map(({ firedAt }) => firedAt!);
    expect(found.sort(), name).toEqual(times.sort());
  }
  const disturbed = await bench.replay(arriving(LINES, timestampOf, 90_000, 219));
  expect(disturbed.summary['late']).toBeGreaterThan(50);
  expect(whatHappened(disturbed)).toEqual(whatHappened(sorted));
});
