/** The same as mail.test.ts, for long. */
import { test } from 'vitest';
import { fuzz, fuzzMs } from './harness.ts';
import { mailFuzzer } from './mail.ts';

test('whatever a mail server answers, each mail ends as taken, refused or perhaps arrived', async () => {
  await fuzz(mailFuzzer, fuzzMs(600_000));
});
