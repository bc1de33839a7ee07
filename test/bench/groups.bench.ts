/**
 * What a million live groups of `count >= 5 within 10m by order_id` cost, each with as many events as it can have without firing:
 * bytes a group in memory, and the time from the start of a process to its standing there with that state after a SIGKILL. The
 * longest time that saving it kept the stream waiting is said too.
 * `node --expose-gc test/bench/groups.bench.ts [GROUPS] [EVENTS]`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '../../src/app/engine.ts';
import { restored } from '../../src/app/restore.ts';
import { createDetector } from '../../src/detect/detector.ts';
import { rulesInput, type BatchInput } from '../../src/detect/input.ts';
import { openStateStore } from '../../src/detect/store.ts';
import type { Match } from '../../src/event/match.ts';
import { silent } from '../../src/event/telemetry.ts';
import { openOutbox } from '../../src/notify/outbox.ts';
import { countRule, rulesetOf } from '../support/rules-by-hand.ts';

const [groups, eventsEach] = [1_000_000, 4].map((usual, i) => Number(process.argv[2 + i] ?? usual)) as [
  number,
  number,
];
const total = groups * eventsEach;
const batchMatches = 2_000;
const startMs = Date.UTC(2026, 10, 23);
const ruleset = rulesetOf(countRule(5, 600_000));
const sources = [{ name: 'orders', latenessMs: 1_000 }];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function batch(from: number): BatchInput {
  const matches = Array.from({ length: Math.min(batchMatches, total - from) }, (_, i): Match => {
    const n = from + i;
    const order = `ORD-${String(n % groups).padStart(8, '0')}`;
    return {
      rule: 'a_rule',
      conditions: ['when'],
      group: [order],
      timeMs: startMs + Math.floor(n / 20),
      position: { source: 'orders', partition: 0, offset: n },
      excerpt: `{"level":"ERROR","service":"order","message":"order_timeout","order_id":"${order}"}`,
      fields: { level: ['ERROR'], service: ['order'], message: ['order_timeout'], order_id: [order] },
    };
  });
  const lastTimeMs = matches.at(-1)!.timeMs;
  const watermarkMs = lastTimeMs - 1_000;
  return {
    ...{ kind: 'batch', source: 'orders', partition: 0, clockMs: lastTimeMs, watermarkMs, matches },
    ...{ firstTimeMs: matches[0]!.timeMs, lastTimeMs },
  };
}

function usedBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function memory(): void {
  const detector = createDetector(ruleset, { sources });
  const before = usedBytes();
  let stepMs = 0;
  for (let from = 0; from < total; from += batchMatches) {
    const input = batch(from);
    const begunMs = performance.now();
    detector.step(input);
    stepMs += performance.now() - begunMs;
  }
  detector.step({ kind: 'settle', untilMs: 'last' });
  const bytes = usedBytes() - before;
  const [report] = detector.report();
  const rate = Math.round(total / (stepMs / 1000)).toLocaleString('en');
  say(
    `${report!.groups} groups of ${eventsEach} events: ${(bytes / groups).toFixed(1)} B a group; ${rate} matches/s`,
  );
}

/** The process that is killed: takes all batches durably, then stays. */
async function feed(dir: string): Promise<void> {
  const store = openStateStore(join(dir, 'state.db'));
  const engine = createEngine({
    ...{ detector: restored(store), store, outbox: openOutbox(store.database), telemetry: silent },
    plan: () => [],
    onTransitions: () => undefined,
  });
  await engine.take(rulesInput(ruleset, sources, startMs));
  const begunMs = performance.now();
  let longestMs = 0;
  let lastMs = begunMs;
  for (let from = 0; from < total; from += batchMatches) {
    const input = batch(from);
    const takenMs = performance.now();
    await engine.take(input);
    // What saving took between two batches shows as the wait for one.
    longestMs = Math.max(longestMs, performance.now() - takenMs);
    lastMs = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (lastMs - begunMs) / 1000;
  say(`fed durably: ${Math.round(total / seconds).toLocaleString('en')} matches/s`);
  say(`longest wait for a batch of ${batchMatches} to be durable: ${Math.round(longestMs)} ms`);
  say('fed');
  setInterval(() => undefined, 1_000);
}

/** The process after it. */
async function restore(dir: string): Promise<void> {
  const store = openStateStore(join(dir, 'state.db'));
  const unsaved = store.snapshots.unsavedChars();
  const detector = restored(store);
  const [report] = detector.report();
  say(`back with ${report!.groups} groups, ${Math.round(unsaved / 1e6)} MB of log replayed`);
  say('back');
  await Promise.resolve();
  store.close();
}

async function child(step: string, dir: string): Promise<ReturnType<typeof spawn>> {
  const begun = spawn(
    process.execPath,
    [import.meta.filename, String(groups), String(eventsEach), step, dir],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  for await (const chunk of begun.stdout as AsyncIterable<Buffer>) {
    const lines = chunk.toString().trim().split('\n');
    for (const line of lines) if (line !== 'fed' && line !== 'back') say(line);
    if (lines.at(-1) === 'fed' || lines.at(-1) === 'back') return begun;
  }
  throw new Error(`${step} ended early`);
}

async function killAndReturn(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  try {
    const fed = await child('feed', dir);
    fed.kill('SIGKILL');
    await once(fed, 'exit');
    const begunMs = performance.now();
    const back = await child('restore', dir);
    say(`from the start of the process to its state: ${((performance.now() - begunMs) / 1000).toFixed(1)} s`);
    await once(back, 'exit');
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const [, , , , step, dir] = process.argv;
if (step === 'feed') await feed(dir!);
else if (step === 'restore') await restore(dir!);
else {
  memory();
  await killAndReturn();
}
