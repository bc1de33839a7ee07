import { expect, test } from 'vitest';
import { fuzz, fuzzMs } from './harness.ts';
import { patterns } from './patterns.ts';

test('any pattern of a person is refused or ends in linear time', async () => {
  expect((await fuzz(patterns, fuzzMs(20_000))).steps).toBeGreaterThan(0);
}, 700_000);
