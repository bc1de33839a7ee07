/**
 * Recorded matches of elastalert2's FrequencyRule (its unmodified class, run on timelines of our own): for events in time order an
 * event alert must fire at the same ones. Its periodic clean-up and out-of-order reading are not what we mean, and left out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createDetector } from '../../src/detect/detector.ts';
import { countRule, rulesetOf } from '../support/rules-by-hand.ts';

interface RecordedEvent {
  readonly '@timestamp': string;
  readonly n: number;
  readonly [key: string]: unknown;
}

interface RecordedCase {
  readonly name: string;
  readonly rule: { readonly num_events: number; readonly timeframe_ms: number; readonly query_key?: string };
  readonly events: readonly RecordedEvent[];
  /** Numbers of the events that matched. */
  readonly matches: readonly number[];
}

const FIXTURE = join(import.meta.dirname, '../fixtures/elastalert-frequency.json.gz');
const { cases: CASES } = JSON.parse(gunzipSync(readFileSync(FIXTURE)).toString()) as {
  cases: readonly RecordedCase[];
};

it.each(CASES.map((recorded) => [recorded.name, recorded] as const))('%s', (_name, recorded) => {
  const { num_events: atLeast, timeframe_ms: windowMs, query_key: key } = recorded.rule;
  const ruleset = rulesetOf(countRule(atLeast, windowMs, { resolveNever: true }));
  const detector = createDetector(ruleset, {
    sources: [{ name: 'orders', latenessMs: 0 }],
    provisional: false,
  });
  detector.step({
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: 0,
    matches: recorded.events.map((event, offset) => ({
      rule: 'a_rule',
      conditions: ['when'],
      group: [JSON.stringify(key === undefined ? null : valueAt(event, key))],
      timeMs: Date.parse(event['@timestamp']),
      position: { source: 'orders', partition: 0, offset },
      shown: { excerpt: String(event.n), fields: {} },
    })),
  });
  const fired = detector.step({ kind: 'finalise', untilMs: 'end' });
  const numbers = fired.map(({ episode }) => Number(episode.samples.at(-1)!.excerpt));
  expect(numbers.sort((a, b) => a - b)).toEqual([...recorded.matches].sort((a, b) => a - b));
});

/** The value under the key itself, or along its dots. */
function valueAt(event: RecordedEvent, key: string): unknown {
  if (key in event) return event[key];
  let value: unknown = event;
  for (const part of key.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}
