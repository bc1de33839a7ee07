/** `tocsin check --sample` on a real broker: the last records of each partition, and nothing left behind. */
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lineCount } from '../../src/event/batch.ts';
import { silent } from '../../src/event/telemetry.ts';
import { sampleTopic } from '../../src/ingest/kafka/sample.ts';
import type { SampledSource } from '../../src/ingest/sampled.ts';
import { rightClock } from '../support/clock.ts';
import { kafkaAvailable, startKafka, type KafkaServer } from '../support/kafka.ts';
import { kafkaBench, kafkaSourceConfig, type KafkaBench } from '../support/kafka-topic.ts';

describe.skipIf(!kafkaAvailable())('a sample of a topic', () => {
  let server: KafkaServer;
  let bench: KafkaBench;
  beforeAll(async () => {
    server = await startKafka();
    bench = await kafkaBench(server.brokers);
  });
  afterAll(async () => {
    await bench.close();
    await server.stop();
  });

  const sample = async (topic: string): Promise<SampledSource> =>
    await sampleTopic(kafkaSourceConfig(server.brokers, topic), {
      log: silent.log,
      nowMs: rightClock().nowMs(),
    });
  const linesIn = (sampled: SampledSource): Readonly<Record<string, readonly string[]>> => {
    if (!('partitions' in sampled)) throw new Error(sampled.skipped);
    return Object.fromEntries(
      sampled.partitions.map(({ label, batches }) => [
        label,
        batches.flatMap(({ bytes, starts, ends }) =>
          Array.from(starts, (start, i) => Buffer.from(bytes.subarray(start, ends[i])).toString()),
        ),
      ]),
    );
  };
  const numbered = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

  test('has the last records of each partition with their times, packed or not', async () => {
    const topic = await bench.topic(3);
    for (let from = 0; from < 1_000; from += 100) {
      await bench.send(topic, 0, numbered(from, from + 100), kafkajs.CompressionTypes.GZIP);
      await bench.send(topic, 1, numbered(from, from + 100));
    }
    const sampled = await sample(topic);
    expect(linesIn(sampled)).toEqual({
      [`${topic}/0`]: numbered(666, 1_000),
      [`${topic}/1`]: numbered(666, 1_000),
    });
    const nowMs = rightClock().nowMs();
    for (const { batches } of 'partitions' in sampled ? sampled.partitions : [])
      for (const batch of batches)
        for (let i = 0; i < lineCount(batch); i += 1)
          expect(Math.abs(batch.recordTimesMs![i]! - nowMs)).toBeLessThan(120_000);
    const groups = (await bench.admin.listGroups()).groups.map(({ groupId }) => groupId);
    expect(groups.filter((group) => /tocsin|orders/u.test(group))).toEqual([]);
  });

  test('is empty of a topic without records, and names a topic that is not there', async () => {
    expect(linesIn(await sample(await bench.topic(2)))).toEqual({});
    await expect(sample('no-such-topic')).rejects.toThrow(/no-such-topic/u);
  });
});
