import { expect, test } from 'vitest';
import { fuzz, fuzzMs } from './harness.ts';
import { mailFuzzer } from './mail.ts';

test('whatever a mail server answers, each mail ends as taken, refused or perhaps arrived', async () => {
  const { steps } = await fuzz(mailFuzzer, fuzzMs(60_000));
  expect(steps).toBeGreaterThan(0);
}, 600_000);
