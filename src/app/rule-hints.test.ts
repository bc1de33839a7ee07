/** Whoever does as a hint says gets a rule that fires on the line that they meant, and on no other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { testRules } from './past/rule-tests.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { lintRules } from '../rule/lint/all.ts';
import { loadRuleTexts } from '../rule/load.ts';
import { mended } from '../rule/mending.ts';
import { ruleContext } from './rulebook.ts';

let folder: string;
let config: Config;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-hints-'));
  writeFileSync(
    join(folder, 'tocsin.yaml'),
    `sources: { orders: { stdin: {} } }
fields:
  level: { type: keyword }
  status: { type: keyword }
  order_id: { type: keyword }
  path: { type: keyword }
  http_status: { type: long }
  duration_ms: { type: double }
  message: { type: text }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  config = loadConfig(join(folder, 'tocsin.yaml'), {}).config!;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Findings of check and of lint about what is meant, not about what is missing around it. */
function findings(text: string) {
  const load = loadRuleTexts([{ file: 'a.rule', text }], ruleContext(config));
  const lint = lintRules(load, {
    schema: config.schema,
    retentionMs: 30 * 86_400_000,
    readFile: () => undefined,
  });
  return lint.filter(({ severity, code }) => severity === 'error' || code === 'TOC314' || code === 'TOC315');
}

function asHinted(text: string): string {
  let now = text;
  for (let step = 0; step < 10; step += 1) {
    const [fix] = findings(now).find(({ fixes }) => fixes !== undefined)?.fixes ?? [];
    if (fix === undefined) break;
    now = mended(now, fix);
  }
  return now;
}

async function unmet(text: string): Promise<readonly string[]> {
  const file = join(folder, 'a.rule');
  writeFileSync(file, text);
  const failed: string[] = [];
  await testRules(config, {
    rules: [file],
    onResult: ({ test, unmet: steps }) => {
      if (steps.length > 0) failed.push(test.name);
      return Promise.resolve();
    },
  });
  return failed;
}

const lets = (...names: readonly string[]): string =>
  names.map((name) => `let ${name} = status:${name.toUpperCase()}`).join('\n  ');
const say = (status: string, at = '0s'): string => `at ${at} { status: ${status}, order_id: A1 }`;

/** What was written, events that it is meant to fire on, and events that it is not. */
const CASES: readonly (readonly [clauses: string, fires: string, quiet: string])[] = [
  [
    `let failed = status:FAILED\n  let every = status:*\n  alert count(failed) / count(every) > 5 % and count(every) >= 100 within 5m`,
    'at 0s x 94 every 1s { status: OK }\n at 2m x 6 every 1s { status: FAILED }',
    'at 0s x 96 every 1s { status: OK }\n at 2m x 4 every 1s { status: FAILED }',
  ],
  [
    'when http_status:5*\n  alert count >= 1 within 5m',
    'at 0s { http_status: 503 }',
    'at 0s { http_status: 404 }',
  ],
  [
    'when http_status:5xx\n  alert count >= 1 within 5m',
    'at 0s { http_status: 599 }',
    'at 0s { http_status: 5 }',
  ],
  [
    'when NOT http_status:5* AND http_status:*\n  alert count >= 1 within 5m',
    'at 0s { http_status: 404 }',
    'at 0s { http_status: 500 }',
  ],
  ["when level = 'ERROR'\n  alert count >= 1 within 5m", 'at 0s { level: ERROR }', 'at 0s { level: INFO }'],
  [
    "when level = 'ERROR' and status not in ('OK', 'DONE')\n  alert count >= 1 within 5m",
    'at 0s { level: ERROR, status: FAILED }',
    'at 0s { level: ERROR, status: DONE }',
  ],
  [
    'when order_id is null\n  alert count >= 1 within 5m',
    'at 0s { level: ERROR }',
    'at 0s { level: ERROR, order_id: A1 }',
  ],
  [
    "when path like '/api/%'\n  alert count >= 1 within 5m",
    'at 0s { path: "/api/orders" }',
    'at 0s { path: "/health" }',
  ],
  [
    'severity: high\n  when: level:ERROR\n  alert: count >= 1 within 5m',
    'at 0s { level: ERROR }',
    'at 0s { level: INFO }',
  ],
  [
    `${lets('paid', 'shipped')}\n  alert paid without shipped within 10m by order_id`,
    say('PAID'),
    `${say('PAID')}\n ${say('SHIPPED', '5m')}`,
  ],
  [
    `${lets('failed')}\n  alert failed x 3 within 10m by order_id`,
    [say('FAILED'), say('FAILED', '1m'), say('FAILED', '2m')].join('\n '),
    [say('FAILED'), say('FAILED', '1m')].join('\n '),
  ],
  [
    `${lets('failed', 'paid')}\n  alert count(failed) >= 3 then paid within 10m by order_id`,
    [say('FAILED'), say('FAILED', '1m'), say('FAILED', '2m'), say('PAID', '3m')].join('\n '),
    [say('FAILED'), say('FAILED', '1m'), say('PAID', '3m')].join('\n '),
  ],
  [
    `${lets('paid', 'shipped')}\n  alert paid -> shipped -> paid within 10m by order_id`,
    [say('PAID'), say('SHIPPED', '1m'), say('PAID', '2m')].join('\n '),
    [say('PAID'), say('SHIPPED', '1m')].join('\n '),
  ],
  [
    'when level:ERROR\n  alert count > 5% within 5m',
    'at 0s x 6 every 1s { level: ERROR }',
    'at 0s x 5 every 1s { level: ERROR }',
  ],
  [
    'when duration_ms > 800 AND NOT path:"/health*"\n  alert count >= 1 within 5m',
    'at 0s { path: "/api", duration_ms: 900 }',
    'at 0s { path: "/health/live", duration_ms: 900 }',
  ],
  [
    'let bad = status:FAILED\n  let ok = status:OK\n  alert count(bad) / count(ok) > 1 and count(bad) >= 10 within 5m',
    'at 0s x 50 every 1s { status: FAILED }',
    'at 0s x 50 every 1s { status: FAILED }\n at 0s x 60 every 1s { status: OK }',
  ],
];

it.each(CASES)('%s', async (clauses, fires, quiet) => {
  const rule = `rule a {
  ${clauses}
  test "meant" {
    ${fires}
    expect fire
  }
  test "not meant" {
    ${quiet}
    expect nothing
  }
}
`;
  const written = findings(rule);
  expect(written.length).toBeGreaterThan(0);
  for (const { fixes } of written) expect(fixes).toBeDefined();
  const text = asHinted(rule);
  expect(text).not.toBe(rule);
  expect(findings(text)).toEqual([]);
  expect(await unmet(text)).toEqual([]);
});
