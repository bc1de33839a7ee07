/** The same as patterns.test.ts, for long. */
import { test } from 'vitest';
import { fuzz, fuzzMs } from './harness.ts';
import { patterns } from './patterns.ts';

test('any pattern of a person is refused or ends in linear time', async () => {
  await fuzz(patterns, fuzzMs(600_000));
});
