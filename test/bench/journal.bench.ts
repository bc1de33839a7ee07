/**
 * What it costs to be durable when 1, 10 or 50 rules match every line: CPU time an event for the matches, for the detector and for the
 * journal on a disk, the bytes of a row, and the time to read it again; then what a small batch waits for where 1, 4 or 16 partitions hand
 * theirs in side by side. `node test/bench/journal.bench.ts [LINES]`. The lines are decoded before.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '../../src/app/pipeline/committer.ts';
import { restored } from '../../src/app/pipeline/restore.ts';
import { batchInput } from '../../src/app/decoding.ts';
import { readRules } from '../../src/app/rulebook.ts';
import { loadConfig } from '../../src/config/load.ts';
import { rulesInput } from '../../src/detect/input/input.ts';
import { openStateStore } from '../../src/detect/store/store.ts';
import { silent } from '../../src/event/telemetry.ts';
import { createDecoder, type DecodedBatch } from '../../src/ingest/decode/decoder.ts';
import { compileMatcher, type Matcher } from '../../src/match/matcher.ts';
import { openOutbox } from '../../src/notify/outbox/outbox.ts';
import { threadMs } from '../../src/operate/cpu-share.ts';
import { makeBatch } from '../support/byte-batch.ts';
import { rightClock } from '../support/clock.ts';
import { seeded } from '../support/timelines.ts';
import { figure } from './figure.ts';
import { BENCH_CONFIG } from './config.ts';
import { quietEngine } from './quiet-engine.ts';

const LINES = Number(process.argv[2] ?? 20_000);
const BATCH_LINES = 500;
const ROUNDS = 3;
const BATCHES = 1_600;
const BEGIN_MS = Date.UTC(2026, 10, 23);
/** Alerts of rules that are side by side in practice. None of them fires here. */
const ALERTS = [
  'count >= 100000 within 5m by service',
  'count >= 1000000 within 5m',
  'count >= 1000 within 5m by order_id',
  'sum(ms) >= 1000000000 within 5m by service',
  'count >= 100000 within 1m by service',
];
const STEPS = ['match', 'detect', 'append', 'commit', 'read again'] as const;
type Times = Record<(typeof STEPS)[number], number>;

function linesOf(): readonly string[] {
  const random = seeded(42);
  return Array.from({ length: LINES }, (_, i) =>
    JSON.stringify({
      '@timestamp': new Date(BEGIN_MS + i).toISOString(),
      kind: random.pick(['a', 'b', 'c']),
      service: `s${random.below(200)}`,
      order_id: `o${random.below(5_000)}`,
      ms: random.below(1_000),
      trace: String(random.below(1e9)).repeat(30).slice(0, 250),
      message: `order ${i} went on to the next step of its way and waits there for what comes after it`,
    }),
  );
}

interface Prepared {
  readonly ruleset: NonNullable<ReturnType<typeof readRules>['ruleset']>;
  readonly config: NonNullable<ReturnType<typeof loadConfig>['config']>;
  readonly matcher: Matcher;
  readonly decoded: readonly DecodedBatch[];
}

function prepare(dir: string, rules: number): Prepared {
  mkdirSync(join(dir, 'rules'));
  writeFileSync(join(dir, 'tocsin.yaml'), BENCH_CONFIG);
  const text = Array.from(
    { length: rules },
    (_, i) => `rule r${i} { when kind:*  alert ${ALERTS[i % ALERTS.length]} }\n`,
  );
  writeFileSync(join(dir, 'rules/bench.rule'), text.join(''));
  const { config, problems } = loadConfig(join(dir, 'tocsin.yaml'), {});
  if (config === undefined) throw new Error(JSON.stringify(problems));
  const { ruleset, diagnostics } = readRules(config);
  if (ruleset === undefined) throw new Error(JSON.stringify(diagnostics[0]));
  const decoder = createDecoder(config.sources[0]!, config.schema);
  const matcher = compileMatcher(ruleset);
  let timing: string | undefined;
  const decoded = Array.from({ length: Math.ceil(LINES / BATCH_LINES) }, (_, i) => {
    const lines = TEXTS.slice(i * BATCH_LINES, (i + 1) * BATCH_LINES);
    const batch = decoder.decode(
      makeBatch(lines, { readAtMs: BEGIN_MS }, i * BATCH_LINES),
      timing,
      matcher.kernel,
    );
    ({ timing } = batch);
    return batch;
  });
  return { ruleset, config, matcher, decoded };
}

/** CPU times of one run over all lines, ms, and the size of the journal that it wrote. */
async function run(
  dir: string,
  { ruleset, config, matcher, decoded }: Prepared,
): Promise<{ readonly times: Times; readonly bytes: number }> {
  const path = join(mkdtempSync(join(dir, 'data-')), 'state.db');
  const times: Times = { match: 0, detect: 0, append: 0, commit: 0, 'read again': 0 };
  const timed =
    <A extends unknown[], T>(step: keyof Times, work: (...args: A) => T): ((...args: A) => T) =>
    (...args) => {
      const fromMs = threadMs();
      const result = work(...args);
      times[step] += threadMs() - fromMs;
      return result;
    };
  const files = openStateStore(path);
  const detector = restored(files);
  detector.step = timed('detect', detector.step.bind(detector));
  const engine = createEngine({
    clock: rightClock(),
    detector,
    store: {
      ...files,
      append: timed('append', files.append.bind(files)),
      transaction: timed('commit', files.transaction.bind(files)),
    },
    outbox: openOutbox(files.tables, Date.now),
    telemetry: silent,
    planner: () => () => [],
    onTransitions: () => undefined,
    logBytesMin: Infinity,
  });
  const match = timed('match', (lines: DecodedBatch) => matcher.matchLines(lines));
  await engine.take(rulesInput(ruleset, config.sources, BEGIN_MS));
  for (const batch of decoded) {
    const matched = match(batch);
    const from = { source: 'orders', partition: 0, readAtMs: BEGIN_MS };
    await engine.take(batchInput(from, batch, matched.columns));
    matched.leaveBatch();
  }
  times.commit -= times.append;
  timed('read again', () => {
    for (const { input } of files.load().inputs)
      if (input.kind === 'finalise') throw new Error('not written');
  })();
  const bytes = Number(files.tables.sql('SELECT total(octet_length(input)) AS n FROM inputs').get()?.['n']);
  files.close();
  return { times, bytes };
}

/** The time until a batch without matches is durable, and the CPU time for it, where so many partitions hand theirs in. */
async function measureTogether(partitions: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const store = openStateStore(join(dir, 'state.db'));
  const engine = quietEngine(store, { logBytesMin: Infinity });
  const [beganMs, cpuMs] = [performance.now(), threadMs()];
  const one = async (partition: number): Promise<void> => {
    for (let i = 0; i < BATCHES / partitions; i++) {
      const position = { offset: i, proof: '', timing: null };
      const moved = { source: 'orders', partition, position };
      await engine.take({ kind: 'batch', source: 'orders', partition, clockMs: i, matches: [] }, moved);
    }
  };
  await Promise.all(Array.from({ length: partitions }, (_, partition) => one(partition)));
  const usedUs = ((threadMs() - cpuMs) / BATCHES) * 1_000;
  const us = ((performance.now() - beganMs) / BATCHES) * 1_000;
  store.close();
  rmSync(dir, { recursive: true });
  figure(`${partitions} partitions: µs a batch`, us);
  process.stdout.write(
    `${partitions} partitions: ${us.toFixed(0)} µs a batch, ${usedUs.toFixed(0)} µs of CPU time\n`,
  );
}

async function measure(rules: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  try {
    const prepared = prepare(dir, rules);
    const rounds: Awaited<ReturnType<typeof run>>[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await run(dir, prepared));
    const least = STEPS.map((step) => (Math.min(...rounds.map(({ times }) => times[step])) / LINES) * 1_000);
    const bytes = rounds[0]!.bytes / LINES;
    const label = `${rules} ${rules === 1 ? 'rule' : 'rules'}`;
    for (const [i, step] of STEPS.entries()) figure(`${label}, ${step}: µs an event`, least[i]!);
    figure(`${label}: bytes an event`, bytes);
    const columns = [...least.map((us) => us.toFixed(1)), bytes.toFixed(0)];
    process.stdout.write(`${label.padEnd(10)}${columns.map((text) => text.padStart(12)).join('')}\n`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const TEXTS = linesOf();
process.stdout.write(
  `µs an event${[...STEPS, 'bytes']
    .map((name) => name.padStart(12))
    .join('')
    .slice(1)}\n`,
);
for (const rules of [1, 10, 50]) await measure(rules);
for (const partitions of [1, 4, 16]) await measureTogether(partitions);
