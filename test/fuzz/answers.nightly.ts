import { expect, test } from 'vitest';
import { answering, fuzzAnswers } from './answers.ts';
import { fewestSteps, fuzzMs } from './harness.ts';

const tenMinutesMs = 600_000;

test.each(answering)('ten minutes of whatever %s may answer', async (name) => {
  const { firstSeed, steps } = await fuzzAnswers(name, tenMinutesMs);
  process.stderr.write(`${name}: ${steps} steps from seed ${firstSeed}\n`);
  expect(steps).toBeGreaterThan(fewestSteps(1_000, fuzzMs(tenMinutesMs)));
});
