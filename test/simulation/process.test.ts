/**
 * The whole alerting process, simulated from a seed: it crashes between any two effects, starts again, is reloaded, its clock jumps,
 * partitions fall silent, return or cannot be reached, receivers are slow or refuse. In the end the settled alerts are the oracle's, and
 * what people got is just that: nothing lost, nothing twice but what says so. TOCSIN_PROCESS_RUNS, TOCSIN_SEED.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Episode } from '../../src/event/alert.ts';
import { oracle, type OracleEpisode } from '../support/oracle.ts';
import { seeded } from '../support/timelines.ts';
import { alertsOnDisk } from './process-machine.ts';
import type { Arrived } from './process-receivers.ts';
import { asSeenBy } from './process-rules.ts';
import { simulate, targets, type Simulated } from './process-world.ts';

const runs = Number(process.env['TOCSIN_PROCESS_RUNS'] ?? 1_000_000);
const withinMs = process.env['TOCSIN_PROCESS_RUNS'] === undefined ? 60_000 : Infinity;
const firstSeed = Number(process.env['TOCSIN_SEED'] ?? 1);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-process-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});

test(`through crashes and outages people get the oracle's alerts, each once (from seed ${firstSeed})`, async () => {
  const startedMs = performance.now();
  let seed = firstSeed;
  while (seed < firstSeed + runs && performance.now() - startedMs < withinMs) {
    const folder = mkdtempSync(join(dir, 'run-'));
    const run = await simulate(seeded(seed), folder);
    const context = `seed ${seed}, ${run.story.join('; ')}\n${run.rules.map(({ text }) => text('low')).join('')}`;
    expectTruth(run, folder, context);
    rmSync(folder, { recursive: true });
    seed += 1;
  }
  expect(seed - firstSeed).toBeGreaterThan(Math.min(5, runs - 1));
  if (withinMs === Infinity) process.stderr.write(`${seed - firstSeed} runs passed from seed ${firstSeed}\n`);
}, 36_000_000);

function expectTruth(run: Simulated, folder: string, context: string): void {
  const stored = alertsOnDisk(folder);
  for (const [i, rule] of run.ruleset.rules.entries()) {
    const seen = run.events.map(({ event, place }) => asSeenBy(run.rules[i]!, rule, event, place));
    const beganMs = Math.min(...seen.map(({ timeMs }) => timeMs));
    const expected = oracle(rule, seen, run.settledMs, beganMs).filter(({ state }) => state !== 'pending');
    const own = stored.filter(({ episode }) => episode.rule === rule.name);
    expect(own.map(({ episode }) => facts(episode)).sort(), context).toEqual(
      expected.map(oracleFacts).sort(),
    );
    for (const target of targets) {
      const got = run.arrived.filter((each) => each.target === target && each.notice.rule.name === rule.name);
      expectDelivered(
        got,
        own.map(({ threadId, episode }) => ({ threadId, episode })),
        `${rule.name} to ${target}; ${context}`,
      );
    }
  }
}

function expectDelivered(
  got: readonly Arrived[],
  truth: readonly { readonly threadId: string; readonly episode: Episode }[],
  context: string,
): void {
  const seen = new Set<string>();
  const standing = new Map<string, Arrived['notice']>();
  for (const { notice, possibleDuplicate, isInThread } of got) {
    const { kind, threadId, episode } = notice;
    const message = `${threadId} ${kind} ${episode.alertId} ${facts(episode)}`;
    if (seen.has(message)) {
      if (!possibleDuplicate) expect.fail(`Twice, unmarked: ${message}\n${context}`);
      continue;
    }
    seen.add(message);
    if (kind !== 'fired' && !isInThread) expect.fail(`Outside its thread: ${message}\n${context}`);
    if (kind === 'fired') {
      if (standing.has(threadId)) expect.fail(`Fired twice: ${message}\n${context}`);
      standing.set(threadId, notice);
    } else {
      if (!standing.has(threadId)) expect.fail(`Before its firing: ${message}\n${context}`);
      if (kind === 'withdrawn') standing.delete(threadId);
      else standing.set(threadId, notice);
    }
  }
  expect([...standing.keys()].sort(), context).toEqual(truth.map(({ threadId }) => threadId).sort());
  for (const { threadId, episode } of truth) {
    const last = standing.get(threadId)!;
    // A resolution says how it all was; an event alert is over as it is told.
    if (last.kind === 'resolved') expect(facts(last.episode), context).toBe(facts(episode));
    else expect(episode.reason, `Nobody heard of the end of ${threadId}\n${context}`).toBeUndefined();
  }
}

/** What a settled episode is held to; how far one that is still firing has grown is not written down at every event. */
function facts({
  group,
  state,
  pendingAtMs,
  firedAtMs,
  resolvedAtMs,
  reason,
  count,
  suppressed,
}: Episode): string {
  const grown = state === 'firing' ? undefined : count;
  const by = Object.values(group);
  return JSON.stringify([by, state, pendingAtMs, firedAtMs, resolvedAtMs, reason, grown, suppressed]);
}

function oracleFacts(episode: OracleEpisode): string {
  const { group, state, pendingAtMs, firedAtMs, resolvedAtMs, reason, count, suppressed } = episode;
  const by = JSON.parse(group) as unknown;
  const grown = state === 'firing' ? undefined : count;
  return JSON.stringify([by, state, pendingAtMs, firedAtMs, resolvedAtMs, reason, grown, suppressed]);
}
