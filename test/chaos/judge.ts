/** Lets happenings happen while orders flow, and says in the end what is wrong: nothing may be. */
import { expect, test } from 'vitest';
import { until } from '../support/tocsin-process.ts';
import type { Happening } from './happenings.ts';
import { pause } from './load.ts';
import { openStage, type Stage } from './stage.ts';

/** What comes in time and is judged: lateness, deadlines and the minute after which a quiet partition counts as idle. */
const JUDGED_WITHIN_MS = 180_000;

/** One test through all that can happen here, on one stage; what cannot is skipped by its name. */
export function endured(title: string, happenings: readonly Happening[], withinMs: number): void {
  const possible = happenings.filter(({ impossible }) => impossible === undefined);
  test(title, () => endure(possible), withinMs);
  for (const { name, impossible } of happenings)
    if (impossible !== undefined) test.skip(`${name}: ${impossible}`, () => undefined);
}

async function endure(happenings: readonly Happening[]): Promise<void> {
  const stage = await openStage();
  try {
    stage.start();
    await until(
      () => stage.tocsin().stderr().includes('"message":"running"'),
      120_000,
      () => stage.describe(),
    );
    await pause(10_000);
    for (const happening of happenings) {
      process.stderr.write(`chaos: ${happening.name}\n`);
      await happening.run(stage);
      await told(stage, happening);
      await pause(5_000);
    }
    stage.load.orders(false);
    await judged(stage);
  } finally {
    await stage.close();
  }
}

async function told(stage: Stage, { name, told: rules = [] }: Happening): Promise<void> {
  for (const rule of rules)
    await until(
      () => stage.toldOfItself().has(rule),
      60_000,
      () => `nobody was told ${rule} after: ${name}\n${stage.describe()}`,
    );
}

async function judged(stage: Stage): Promise<void> {
  await until(
    () => stage.verdict().lost.length === 0,
    JUDGED_WITHIN_MS,
    () => problems(stage),
  );
  // What is false would come as late as what is true.
  await pause(30_000);
  const { load } = stage;
  process.stderr.write(`chaos: ${load.planned.size} alerts were right, of ${load.written()} lines\n`);
  expect(stage.verdict(), problems(stage)).toEqual({ lost: [], falseAlerts: [], unmarkedDoubles: [] });
}

const problems = (stage: Stage): string => `${JSON.stringify(stage.verdict())}\n${stage.describe()}`;
