import { expect, test } from 'vitest';
import { fuzz, fuzzMs } from './harness.ts';
import { kafkaBroker } from './kafka-broker.ts';
import { kafkaRecords } from './kafka-records.ts';

test('whatever stands in records of Kafka, each is one event, and nothing escapes, hangs or grows', async () => {
  const { steps } = await fuzz(kafkaRecords(), fuzzMs(60_000));
  expect(steps).toBeGreaterThan(20);
}, 7_200_000);

test('whatever listens in place of a Kafka broker, opening the source fails in words and in time', async () => {
  const { steps } = await fuzz(kafkaBroker(), fuzzMs(60_000));
  expect(steps).toBeGreaterThan(0);
}, 7_200_000);
