import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { testRules } from './rule-tests.ts';
import type { RuleTestResult } from './rule-test.ts';
import { timeline } from './timeline.ts';

/** Results by the name of the test, of rules in a folder of their own with the shipped fields. */
async function results(
  rules: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Map<string, RuleTestResult>> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-rule-tests-'));
  try {
    writeFileSync(join(folder, 'a.rule'), rules);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { config } = loadConfig('tocsin.yaml', {});
    const found = new Map<string, RuleTestResult>();
    await testRules(config!, {
      rules: [folder],
      onResult: (result) => {
        found.set(result.test.name, result);
        return Promise.resolve();
      },
    });
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const passed = (found: Map<string, RuleTestResult>): Record<string, boolean> =>
  Object.fromEntries([...found].map(([name, { unmet }]) => [name, unmet.length === 0]));

const SYNC = `rule order_sync {
  when "ERROR" AND "order_timeout"
  alert count >= 5 within 5m by service
  for 1m
  `;

it('fires at the fifth event after the hold and resolves with the window, to the millisecond', async () => {
  const found = await results(`${SYNC}
  test "on time" {
    at 0s x 5 every 10s { level: error, message: "order_timeout", service: pay }
    expect fire at 1m40s { service: pay }
    expect resolve at 10m { service: pay }
    expect nothing after 1m40s
  }
  test "too early" {
    at 0s x 5 every 10s { level: ERROR, message: "order_timeout", service: pay }
    expect fire at 1m39s999ms
  }
  test "another group" {
    at 0s x 5 every 10s { level: ERROR, message: "order_timeout", service: pay }
    expect fire { service: cart }
  }
  test "four are too few" {
    at 0s x 4 every 10s { level: ERROR, message: "order_timeout", service: pay }
    expect nothing
  }
  test "nothing is wrong here" {
    at 0s x 5 every 10s { level: ERROR, message: "order_timeout", service: pay }
    expect nothing
  }
}`);
  expect(passed(found)).toEqual({
    'on time': true,
    'too early': false,
    'another group': false,
    'four are too few': true,
    'nothing is wrong here': false,
  });
});

it('lets every deadline run out, whatever order the steps stand in, and types the values as the fields are', async () => {
  const found = await results(`rule ghost {
  let paid = "payment succeeded" AND duration_ms >= 10
  let synced = "inventory synced"
  alert paid not followed by synced within 10m by order_id
  test "healed" {
    at 25m { message: "inventory synced", order_id: A1 }
    at 0s { message: "payment succeeded", order_id: A1, duration_ms: 12.5 }
    expect fire at 10m { order_id: A1 }
    expect resolve at 25m
  }
  test "expires" {
    at 0s { message: "payment succeeded", order_id: A1, duration_ms: 10 }
    expect resolve at 169h10m5s
  }
}`);
  expect(passed(found)).toEqual({ healed: true, expires: false });
  expect(found.get('expires')!.episodes[0]).toMatchObject({ reason: 'expired' });
});

it('replays a recorded file by its own times, in the order of time', async () => {
  const line = (second: number, id: string): string =>
    JSON.stringify({
      '@timestamp': `2026-11-20T03:00:${second}.000Z`,
      'service.name': id,
      message: 'ERROR order_timeout',
    });
  const lines = ['no time at all', ...[50, 10, 20, 40, 30].map((second) => line(second, 'pay'))];
  const found = await results(
    `${SYNC.replace('"ERROR" AND ', '').replace('  for 1m\n', '')}
  test "the night of the 20th" { replay "night.ndjson"  expect fire { service: pay } }
}`,
    { 'night.ndjson': lines.join('\n') },
  );
  const [result] = [...found.values()];
  expect(result!.unmet).toEqual([]);
  expect(result!.episodes).toMatchObject([
    {
      firedAtMs: Date.parse('2026-11-20T03:00:50.000Z'),
      resolvedAtMs: Date.parse('2026-11-20T03:10:10.000Z'),
    },
  ]);
});

it('draws what the window held at each event', async () => {
  const found = await results(`rule ratio {
  let failed = status:FAILED
  let asked = status:*
  alert count(failed) / count(asked) >= 50% and count(asked) >= 3 within 1m by channel
  test "course" {
    at 0s  { status: SUCCESS, channel: card }
    at 30s { status: FAILED, channel: card }
    at 40s { message: "something else" }
    at 50s { status: FAILED, channel: card }
    expect fire at 50s
  }
}`);
  const { rule, events, matches, episodes } = found.get('course')!;
  const { rows } = timeline({ alert: rule.alert, events, matches, episodes, max: 40 });
  expect(rows.map(({ kind, window }) => [kind, window])).toEqual([
    ['event', 'count(failed) / count(asked) = 0, count(asked) = 1'],
    ['event', 'count(failed) / count(asked) = 0.5, count(asked) = 2'],
    ['event', undefined],
    ['event', 'count(failed) / count(asked) = 0.666667, count(asked) = 3'],
    ['fired', 'count 3'],
    ['resolved', undefined],
  ]);
});

it('a baseline counts from the first event of the source: what is normally silent fires as it begins to fail', async () => {
  const found = await results(`rule error_spike {
  when level:ERROR
  alert count > 3 * baseline(24h) and count >= 20 within 5m by service
  test "a healthy service begins to fail" {
    at 0s x 1800 every 1m { level: INFO, service: pay, message: "ok" }
    at 30h x 1800 every 1s { level: ERROR, service: pay, message: "x" }
    expect fire at 30h19s { service: pay }
  }
  test "nothing is known yet" {
    at 0s { level: INFO, service: pay, message: "ok" }
    at 1h x 30 every 1s { level: ERROR, service: pay, message: "x" }
    expect nothing
  }
}
rule two_bursts {
  when level:ERROR
  alert count > 3 * baseline(1h) and count >= 20 within 5m by service
  test "100 errors, 25 minutes of silence, 400 errors" {
    at 0s x 100 every 1s { level: ERROR, service: pay }
    at 30m x 400 every 500ms { level: ERROR, service: pay }
    expect fire { service: pay }
  }
  test "the same with one more error in the silence" {
    at 0s x 100 every 1s { level: ERROR, service: pay }
    at 5m30s { level: ERROR, service: pay }
    at 30m x 400 every 500ms { level: ERROR, service: pay }
    expect fire { service: pay }
  }
}`);
  expect(passed(found)).toEqual({
    'a healthy service begins to fail': true,
    'nothing is known yet': true,
    '100 errors, 25 minutes of silence, 400 errors': true,
    'the same with one more error in the silence': true,
  });
});
