/**
 * What a million live groups of `count >= 5 within 10m by order_id` cost, each with as many events as it can have without firing:
 * bytes a group in memory, and the time from the start of `tocsin run` until it is ready with that state after a SIGKILL.
 * `node --expose-gc test/bench/groups.bench.ts [GROUPS] [EVENTS]`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRules } from '../../src/app/rulebook.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createDetector } from '../../src/detect/detector.ts';
import { rulesInput, type BatchInput } from '../../src/detect/input/input.ts';
import { openStateStore } from '../../src/detect/store/store.ts';
import type { Match } from '../../src/event/match.ts';
import { startTocsin, until } from '../support/tocsin-process.ts';
import { figure } from './figure.ts';
import { quietEngine } from './quiet-engine.ts';

const [GROUPS, EVENTS_EACH] = [1_000_000, 4].map((usual, i) => Number(process.argv[2 + i] ?? usual)) as [
  number,
  number,
];
const TOTAL = GROUPS * EVENTS_EACH;
const BATCH_MATCHES = 2_000;
const START_MS = Date.now() - 600_000;
const PORT = 20_000 + (process.pid % 10_000);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** A folder that `tocsin run` runs in. */
function prepare(dir: string): void {
  mkdirSync(join(dir, 'rules'));
  writeFileSync(
    join(dir, 'tocsin.yaml'),
    `sources: { orders: { file: { path: "logs/*.log" }, lateness: 1s } }
fields: { level: { type: keyword }, order_id: { type: keyword }, message: { type: text } }
routes: [{ to: [terminal] }]
channels: { terminal: {} }
rules: ./rules
http: { listen: "127.0.0.1:${PORT}" }
`,
  );
  writeFileSync(
    join(dir, 'rules', 'orders.rule'),
    'rule stuck { when level:ERROR  alert count >= 5 within 10m by order_id }\n',
  );
}

function configOf(dir: string): {
  config: NonNullable<ReturnType<typeof loadConfig>['config']>;
  ruleset: NonNullable<ReturnType<typeof readRules>['ruleset']>;
} {
  const { config } = loadConfig(join(dir, 'tocsin.yaml'), {});
  const { ruleset } = readRules(config!);
  return { config: config!, ruleset: ruleset! };
}

function batch(from: number): BatchInput {
  const matches = Array.from({ length: Math.min(BATCH_MATCHES, TOTAL - from) }, (_, i): Match => {
    const n = from + i;
    const order = `ORD-${String(n % GROUPS).padStart(8, '0')}`;
    return {
      rule: 'stuck',
      conditions: ['when'],
      group: [order],
      timeMs: START_MS + Math.floor(n / 20),
      position: { source: 'orders', partition: 0, offset: n },
      shown: {
        excerpt: `{"level":"ERROR","service":"order","message":"order_timeout","order_id":"${order}"}`,
        fields: { level: ['ERROR'], message: ['order_timeout'], order_id: [order] },
      },
    };
  });
  const lastTimeMs = matches.at(-1)!.timeMs;
  const watermarkMs = lastTimeMs - 1_000;
  return {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: lastTimeMs,
    watermarkMs,
    matches,
    firstTimeMs: matches[0]!.timeMs,
    lastTimeMs,
  };
}

function usedBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function memory(dir: string): void {
  const { config, ruleset } = configOf(dir);
  const detector = createDetector(ruleset, { sources: config.sources });
  const before = usedBytes();
  let stepMs = 0;
  for (let from = 0; from < TOTAL; from += BATCH_MATCHES) {
    const input = batch(from);
    const begunMs = performance.now();
    detector.step(input);
    stepMs += performance.now() - begunMs;
  }
  detector.step({ kind: 'finalise', untilMs: 'last' });
  const bytes = usedBytes() - before;
  figure('bytes a group', bytes / GROUPS);
  figure('in memory: matches/s', TOTAL / (stepMs / 1000));
  const rate = Math.round(TOTAL / (stepMs / 1000)).toLocaleString('en');
  say(
    `${detector.report()[0]!.groups} groups of ${EVENTS_EACH} events: ${(bytes / GROUPS).toFixed(1)} B a group; ${rate} matches/s`,
  );
}

/** The process that is killed: takes all batches durably, as `tocsin run` does, then stays. */
async function feed(dir: string): Promise<void> {
  const { config, ruleset } = configOf(dir);
  const store = openStateStore(join(config.dataDir, 'state.db'));
  const engine = quietEngine(store);
  await engine.take(rulesInput(ruleset, config.sources, START_MS));
  const begunMs = performance.now();
  const waitsMs: number[] = [];
  for (let from = 0; from < TOTAL; from += BATCH_MATCHES) {
    const input = batch(from);
    const takenMs = performance.now();
    await engine.take(input);
    waitsMs.push(performance.now() - takenMs);
    // Slices of the snapshot come in between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (performance.now() - begunMs) / 1000;
  waitsMs.sort((a, b) => a - b);
  const [half, max] = [waitsMs[Math.floor(waitsMs.length / 2)]!, waitsMs.at(-1)!];
  figure('durably: matches/s', TOTAL / seconds);
  figure('median wait for a batch: ms', half);
  figure('longest wait for a batch: ms', max);
  say(`fed durably: ${Math.round(TOTAL / seconds).toLocaleString('en')} matches/s`);
  say(
    `wait for a batch of ${BATCH_MATCHES} to be durable: half ${Math.round(half)} ms, longest ${Math.round(max)} ms`,
  );
  say(`${Math.round(store.checkpoints.unsavedBytes() / 1e6)} MB of log behind the last snapshot`);
  say('fed');
  setInterval(() => undefined, 1_000);
}

async function feedAndKill(dir: string): Promise<void> {
  const fed = spawn(process.execPath, [import.meta.filename, String(GROUPS), String(EVENTS_EACH), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  fed.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  await until(() => text.includes('fed\n') || fed.exitCode !== null, 900_000);
  say(text.replace(/fed\n$/, '').trimEnd());
  fed.kill('SIGKILL');
  await once(fed, 'exit');
}

async function comeBack(dir: string): Promise<void> {
  const ask = async (path: string): Promise<Response | undefined> =>
    await fetch(`http://127.0.0.1:${PORT}${path}`).catch(() => undefined);
  const begunMs = performance.now();
  const running = startTocsin(['run'], dir);
  await until(
    async () => (await ask('/readyz'))?.ok,
    120_000,
    () => running.stderr(),
  );
  const readyS = (performance.now() - begunMs) / 1000;
  figure('from the start until ready: s', readyS);
  say(`from the start of the process until it is ready: ${readyS.toFixed(1)} s`);
  const live = await until(
    async () => /tocsin_live_groups\{.*\} (\d+)/u.exec((await (await ask('/metrics'))?.text()) ?? '')?.[1],
    30_000,
  );
  say(`with ${live} groups`);
  await running.end('SIGKILL');
}

if (process.argv[4] !== undefined) await feed(process.argv[4]);
else {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  try {
    prepare(dir);
    memory(dir);
    await feedAndKill(dir);
    await comeBack(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
