/**
 * The whole alerting process, simulated from a seed: it crashes between any two effects, stands still, starts again; its rules are edited,
 * its clock jumps, its disk is full; partitions appear, fall silent, return, wait for a transaction or cannot be reached; receivers are slow
 * or refuse. In the end the settled alerts are the oracle's, and what people got is just that: nothing lost, nothing twice but what says so.
 * TOCSIN_PROCESS_RUNS, TOCSIN_SEED.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seeded } from '../support/timelines.ts';
import { untruthOf } from './process-truth.ts';
import { describeRun, simulate } from './process-world.ts';

const RUNS = Number(process.env['TOCSIN_PROCESS_RUNS'] ?? 1_000_000);
const WITHIN_MS = process.env['TOCSIN_PROCESS_RUNS'] === undefined ? 60_000 : Infinity;
const FIRST_SEED = Number(process.env['TOCSIN_SEED'] ?? 1);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-process-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

test(`through crashes and outages people get the oracle's alerts, each once (from seed ${FIRST_SEED})`, async () => {
  const startedMs = performance.now();
  let seed = FIRST_SEED;
  while (seed < FIRST_SEED + RUNS && performance.now() - startedMs < WITHIN_MS) {
    const folder = mkdtempSync(join(dir, 'run-'));
    const run = await simulate(seeded(seed), folder);
    const untruth = untruthOf(run, folder);
    if (untruth !== undefined) expect.fail(`seed ${seed}, ${describeRun(run)}\n${untruth}`);
    rmSync(folder, { recursive: true });
    seed += 1;
  }
  expect(seed - FIRST_SEED).toBeGreaterThan(Math.min(5, RUNS - 1));
  if (WITHIN_MS === Infinity)
    process.stderr.write(`${seed - FIRST_SEED} runs passed from seed ${FIRST_SEED}\n`);
}, 36_000_000);
