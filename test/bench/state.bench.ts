/**
 * What each alert form costs: matches a second through the detector, by one rule over 5,000 groups, and by 1,000 rules of `count`.
 * `node test/bench/state.bench.ts [LINES]`. CPU time of the fastest of three runs; the lines are matched before.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRules } from '../../src/app/rulebook.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createDetector } from '../../src/detect/detector.ts';
import type { AnyBatch } from '../../src/detect/input/input.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import { compileMatcher } from '../../src/match/matcher.ts';
import { threadMs } from '../../src/operate/cpu-share.ts';
import { makeBatch } from '../support/byte-batch.ts';
import { seeded } from '../support/timelines.ts';
import { figure } from './figure.ts';
import { BENCH_CONFIG } from './config.ts';

const LINES = Number(process.argv[2] ?? 100_000);
const BATCH_LINES = 1_000;
const GROUPS = 5_000;
const BEGIN_MS = Date.UTC(2026, 10, 23);

const FORMS: Readonly<Record<string, string>> = {
  count: 'when kind:*  alert count >= 60 within 10m by order_id',
  distinct: 'when kind:*  alert distinct(service) >= 40 within 10m by order_id',
  quantile: 'when kind:*  alert p95(ms) > 2000 within 10m by service',
  ratio:
    'let bad = kind:c\n  let every = kind:*\n  alert count(bad) / count(every) > 90% within 10m by service',
  baseline: 'when kind:*  alert count > 9 * baseline(24h) within 10m by service',
  then: 'let a = kind:a\n  let b = kind:b\n  let c = kind:c\n  alert a then b then c within 2m by order_id',
  'all of':
    'let a = kind:a\n  let b = kind:b\n  let c = kind:c\n  alert all of a, b, c within 2m by order_id',
  'not followed by': 'let a = kind:a\n  let b = kind:b\n  alert a not followed by b within 10m by order_id',
  nothing: 'when kind:*  alert nothing for 10m by order_id seen within 1h',
  stays: 'when kind:*  alert kind stays a for 10m by order_id',
  changes: 'when kind:*  alert kind changes from a to b within 10m by order_id',
  new: 'when kind:*  alert new service within 7d by order_id',
};

const MANY = Array.from(
  { length: 1_000 },
  (_, i) => `rule r${i} { when service:s${i % 200} AND kind:*  alert count >= 60 within 10m by order_id }\n`,
).join('');

function linesOf(): readonly string[] {
  const random = seeded(42);
  return Array.from({ length: LINES }, (_, i) =>
    JSON.stringify({
      '@timestamp': new Date(BEGIN_MS + i * 5).toISOString(),
      kind: random.pick(['a', 'b', 'c']),
      service: `s${random.below(200)}`,
      order_id: `o${random.below(GROUPS)}`,
      ms: random.below(1_000),
      message: 'order went on',
    }),
  );
}

interface Prepared {
  readonly ruleset: NonNullable<ReturnType<typeof readRules>['ruleset']>;
  readonly config: NonNullable<ReturnType<typeof loadConfig>['config']>;
  readonly inputs: readonly AnyBatch[];
}

/** The rules as `tocsin run` reads them, and the lines as its detector gets them. */
function prepare(rules: string): Prepared {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  try {
    mkdirSync(join(dir, 'rules'));
    writeFileSync(join(dir, 'tocsin.yaml'), BENCH_CONFIG);
    writeFileSync(join(dir, 'rules/bench.rule'), rules);
    const { config, problems } = loadConfig(join(dir, 'tocsin.yaml'), {});
    if (config === undefined) throw new Error(JSON.stringify(problems));
    const { ruleset, diagnostics } = readRules(config);
    if (ruleset === undefined) throw new Error(JSON.stringify(diagnostics[0]));
    return { ruleset, config, inputs: inputsOf({ ruleset, config }) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function inputsOf({ ruleset, config }: Pick<Prepared, 'ruleset' | 'config'>): readonly AnyBatch[] {
  const matcher = compileMatcher(ruleset);
  const decoder = createDecoder(config.sources[0]!, config.schema);
  let timing: string | undefined;
  return Array.from({ length: Math.ceil(LINES / BATCH_LINES) }, (_, i) => {
    const lines = TEXTS.slice(i * BATCH_LINES, (i + 1) * BATCH_LINES);
    const batch = makeBatch(lines, { readAtMs: BEGIN_MS + LINES * 5 }, i * BATCH_LINES);
    const decoded = decoder.decode(batch, timing, matcher.kernel);
    timing = decoded.timing;
    const [firstTimeMs, lastTimeMs] = [decoded.timesMs[0]!, decoded.timesMs.at(-1)!];
    return {
      kind: 'batch',
      source: 'orders',
      partition: 0,
      clockMs: lastTimeMs,
      firstTimeMs,
      lastTimeMs,
      watermarkMs: lastTimeMs - 1_000,
      matches: matcher.matchLines(decoded).columns,
    };
  });
}

/** CPU time of the detector for these inputs, ms: the fastest of three runs. */
function stepMs({ ruleset, config: { sources }, inputs }: Prepared): number {
  const times = [1, 2, 3].map(() => {
    const detector = createDetector(ruleset, { sources });
    const fromMs = threadMs();
    for (const input of inputs) detector.step(input);
    return threadMs() - fromMs;
  });
  return Math.min(...times);
}

function measure(label: string, rules: string): void {
  const prepared = prepare(rules);
  const matches = prepared.inputs.reduce((sum, input) => sum + input.matches.length, 0);
  const rate = matches / (stepMs(prepared) / 1_000);
  figure(`${label}: matches/s`, rate);
  process.stdout.write(
    `${label.padEnd(18)}${Math.round(rate).toLocaleString('en').padStart(12)} matches/s  (${matches} matches)\n`,
  );
}

const TEXTS = linesOf();
for (const [label, clauses] of Object.entries(FORMS)) measure(label, `rule bench {\n  ${clauses}\n}\n`);
measure('1,000 rules', MANY);
