import { expect, test } from 'vitest';
import { fewestSteps, fuzz, fuzzMs, type Fuzzer } from './harness.ts';
import { kafkaBroker } from './kafka-broker.ts';
import { kafkaRecords } from './kafka-records.ts';

const TEN_MINUTES_MS = 600_000;

test.each<[string, () => Fuzzer<unknown>]>([
  ['in records of Kafka', kafkaRecords],
  ['from what listens in place of a broker', kafkaBroker],
])('ten minutes of whatever may come %s', async (_what, fuzzer) => {
  const { name } = fuzzer();
  const forMs = fuzzMs(TEN_MINUTES_MS);
  const { firstSeed, steps } = await fuzz(fuzzer(), forMs);
  process.stderr.write(`${name}: ${steps} steps from seed ${firstSeed}\n`);
  expect(steps).toBeGreaterThan(fewestSteps(5, forMs));
});
