/** The Kafka source while its broker dies, hangs and comes back: it goes on by itself and loses nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rightClock } from '../support/clock.ts';
import { silent } from '../../src/event/telemetry.ts';
import { openKafkaSource } from '../../src/ingest/kafka/source.ts';
import { kafkaAvailable, startKafka, type KafkaServer } from '../support/kafka.ts';
import {
  kafkaBench,
  kafkaSourceConfig,
  listening,
  nothingTaken,
  readUntil,
  resumeFrom,
  type KafkaBench,
} from '../support/kafka-topic.ts';

describe.skipIf(!kafkaAvailable())('the Kafka source through an outage', () => {
  let server: KafkaServer;
  let bench: KafkaBench;
  beforeAll(async () => {
    server = await startKafka({ own: true });
    bench = await kafkaBench(server.brokers);
  });
  afterAll(async () => {
    await bench.close();
    await server.stop();
  });

  const numbered = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

  test('a broker that is killed and comes back costs no line and doubles none', async () => {
    const topic = await bench.topic(3);
    for (const partition of [0, 1, 2]) await bench.send(topic, partition, numbered(0, 1000));
    const told = listening();
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), told, rightClock());
    const taken = nothingTaken();
    const reader = await source.open(resumeFrom('alert', taken));
    await readUntil(reader, taken, (lines) => lines >= 3000);

    await server.kill();
    // Nothing vouches for a partition that cannot be reached.
    await readUntil(reader, taken, () => /cannot be asked/.test(told.messages.join()));
    expect(reader.partitions().some(({ atEnd }) => atEnd)).toBe(false);
    for (const { unreachable } of reader.partitions()) expect(unreachable).toMatch(/cannot reach Kafka at /);
    await server.restart();
    await bench.close();
    bench = await kafkaBench(server.brokers);
    for (const partition of [0, 1, 2]) await bench.send(topic, partition, numbered(1000, 2000));
    await readUntil(reader, taken, (lines) => lines >= 6000, 40_000);
    for (const partition of [0, 1, 2]) expect(taken.lines.get(partition)).toEqual(numbered(0, 2000));
    await expect.poll(() => reader.partitions().every(({ atEnd }) => atEnd), { timeout: 30_000 }).toBe(true);
    expect(reader.partitions().some(({ unreachable }) => unreachable !== undefined)).toBe(false);
    await source.close();
  }, 90_000);

  test('a broker that hangs and goes on costs no line', async () => {
    const topic = await bench.topic();
    await bench.send(topic, 0, numbered(0, 100));
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const taken = nothingTaken();
    const reader = await source.open(resumeFrom('alert', taken));
    await readUntil(reader, taken, (lines) => lines >= 100);
    server.pause();
    expect(await reader.next(3000)).toBeUndefined();
    server.resume();
    await bench.send(topic, 0, numbered(100, 200));
    await readUntil(reader, taken, (lines) => lines >= 200, 40_000);
    expect(taken.lines.get(0)).toEqual(numbered(0, 200));
    await source.close();
  }, 90_000);

  test('a topic that is deleted while it is read does not end the reader, which reads it when it is there again', async () => {
    const topic = await bench.topic();
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const taken = nothingTaken();
    const reader = await source.open(resumeFrom('alert', taken));
    await expect
      .poll(() => reader.partitions().map(({ atEnd }) => atEnd), { timeout: 10_000 })
      .toEqual([true]);
    await bench.admin.deleteTopics({ topics: [topic] });
    await expect.poll(() => reader.partitions().some(({ atEnd }) => atEnd), { timeout: 20_000 }).toBe(false);
    const create = (): Promise<boolean> =>
      bench.admin
        .createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
        .catch(() => false);
    await expect.poll(create, { timeout: 10_000 }).toBe(true);
    await bench.send(topic, 0, numbered(0, 10));
    await readUntil(reader, taken, (lines) => lines >= 10);
    expect(taken.lines.get(0)).toEqual(numbered(0, 10));
    await source.close();
  }, 60_000);

  test('closing ends within 5 s while the broker does not answer', async () => {
    const topic = await bench.topic();
    await bench.send(topic, 0, numbered(0, 10));
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const taken = nothingTaken();
    await readUntil(await source.open(resumeFrom('alert', taken)), taken, (lines) => lines >= 10);
    server.pause();
    const startedAt = performance.now();
    await source.close();
    server.resume();
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
