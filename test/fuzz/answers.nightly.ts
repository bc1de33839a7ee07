import { expect, test } from 'vitest';
import { ANSWERING, fuzzAnswers } from './answers.ts';
import { fewestSteps, fuzzMs } from './harness.ts';

const TEN_MINUTES_MS = 600_000;

test.each(ANSWERING)('ten minutes of whatever %s may answer', async (name) => {
  const { firstSeed, steps } = await fuzzAnswers(name, TEN_MINUTES_MS);
  process.stderr.write(`${name}: ${steps} steps from seed ${firstSeed}\n`);
  expect(steps).toBeGreaterThan(fewestSteps(1_000, fuzzMs(TEN_MINUTES_MS)));
});
