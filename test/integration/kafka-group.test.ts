/** Who reads a topic on a real broker: one reader a group, whatever joins beside it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import kafkajs from 'kafkajs';
import { silent } from '../../src/event/telemetry.ts';
import { openKafkaSource } from '../../src/ingest/kafka/source.ts';
import { type LogReader } from '../../src/ingest/source.ts';
import { kafkaAvailable, startKafka, type KafkaServer } from '../support/kafka.ts';
import {
  kafkaBench,
  kafkaSourceConfig,
  nothingTaken,
  readUntil,
  resumeFrom,
  type KafkaBench,
} from '../support/kafka-topic.ts';
import { FixableError } from '../../src/event/fixable-error.ts';

describe.skipIf(!kafkaAvailable())('a consumer group', () => {
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

  const isAtEnd = (reader: LogReader): boolean => reader.partitions().every(({ atEnd }) => atEnd);
  const numbered = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

  /** What the reader ends with. */
  async function refusalOf(reader: LogReader): Promise<FixableError> {
    const giveUpAtMs = Date.now() + 60_000;
    while (Date.now() < giveUpAtMs) {
      try {
        expect(await reader.next(200)).toBeUndefined();
      } catch (error) {
        expect(error).toBeInstanceOf(FixableError);
        return error as FixableError;
      }
    }
    throw new Error('not refused');
  }

  test('a second reader for alerting is given nothing and is told what to do; the first reads on without a gap', async () => {
    const topic = await bench.topic(3);
    const config = kafkaSourceConfig(server.brokers, topic);
    const taken = nothingTaken();
    const one = await openKafkaSource(config, silent);
    const first = await one.open(resumeFrom('alert', taken));
    await readUntil(first, taken, () => isAtEnd(first), 60_000);
    const two = await openKafkaSource(config, silent);
    const second = await two.open(resumeFrom('alert', nothingTaken()));
    const refused = refusalOf(second);
    for (let i = 0; i < 10; i++) {
      for (const partition of [0, 1, 2]) await bench.send(topic, partition, numbered(i * 10, i * 10 + 10));
      await readUntil(first, taken, (lines) => lines >= (i + 1) * 30, 60_000);
    }
    const { message, fix } = await refused;
    expect(message).toContain(
      `another process (${(await import('node:os')).hostname()}, pid ${process.pid}) reads the topic ${topic}`,
    );
    expect(fix).toContain('tocsin run --standby');
    await two.close();
    await bench.send(topic, 1, ['after it left']);
    await readUntil(first, taken, (lines) => lines >= 301, 60_000);
    expect(taken.lines.get(0)).toEqual(numbered(0, 100));
    expect(taken.lines.get(1)).toEqual([...numbered(0, 100), 'after it left']);
    await one.close();
  });

  test('a second reader for the archive waits, says for whom, and reads on where the first ended', async () => {
    const topic = await bench.topic(2);
    const config = kafkaSourceConfig(server.brokers, topic);
    const [one, two] = await Promise.all([openKafkaSource(config, silent), openKafkaSource(config, silent)]);
    const taken = nothingTaken();
    const first = await one.open(resumeFrom('archive', taken));
    await bench.send(topic, 0, numbered(0, 10));
    await readUntil(first, taken, (lines) => lines >= 10, 60_000);
    const second = await two.open(resumeFrom('archive', nothingTaken()));
    const later = nothingTaken();
    const waits = (): boolean =>
      second.partitions().some(({ unreachable }) => /reads the topic/.test(unreachable ?? ''));
    await readUntil(second, later, waits, 60_000);
    expect(later.lines.size).toBe(0);
    await one.close();
    await bench.send(topic, 0, numbered(10, 20));
    await readUntil(second, later, (lines) => lines >= 10, 60_000);
    expect(later.lines.get(0)).toEqual(numbered(10, 20));
    expect(second.partitions().some(({ unreachable }) => unreachable !== undefined)).toBe(false);
    await two.close();
  });

  test('sources of different topics may share a group', async () => {
    const topics = [await bench.topic(2), await bench.topic(3)];
    const readers = await Promise.all(
      topics.map(async (topic) => {
        const source = await openKafkaSource(
          kafkaSourceConfig(server.brokers, topic, { group: `shared-${topics[0]}` }),
          silent,
        );
        return { topic, source, reader: await source.open(resumeFrom('alert', nothingTaken())) };
      }),
    );
    for (const { topic, reader } of readers) {
      await bench.send(topic, 1, numbered(0, 10));
      const taken = nothingTaken();
      await readUntil(reader, taken, (lines) => lines >= 10, 60_000);
      await readUntil(reader, taken, () => isAtEnd(reader), 60_000);
    }
    await Promise.all(readers.map(({ source }) => source.close()));
  });

  test('a group that belongs to another kind of program is left to it, with what to do', async () => {
    const topic = await bench.topic(1);
    const kafka = new kafkajs.Kafka({ brokers: server.brokers, logLevel: kafkajs.logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: `g-${topic}.alert` });
    await consumer.connect();
    await consumer.subscribe({ topic });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ eachMessage: () => Promise.resolve() });
    await joined;
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent);
    const { message, fix } = await refusalOf(await source.open(resumeFrom('alert', nothingTaken())));
    expect(message).toContain(`the consumer group g-${topic}.alert is in use by another kind of program`);
    expect(fix).toContain('sources.orders.kafka.group');
    await Promise.all([source.close(), consumer.disconnect()]);
  });

  test('positions that are older than those of the group are told of, with what is read again', async () => {
    const topic = await bench.topic(1);
    const config = kafkaSourceConfig(server.brokers, topic);
    await bench.send(topic, 0, numbered(0, 10));
    const copied = nothingTaken();
    const source = await openKafkaSource(config, silent);
    await readUntil(await source.open(resumeFrom('alert', copied)), copied, (lines) => lines >= 10, 60_000);
    await source.close();
    await bench.send(topic, 0, numbered(10, 30));
    const taken = { lines: new Map(), positions: new Map(copied.positions) };
    const next = await openKafkaSource(config, silent);
    await readUntil(await next.open(resumeFrom('alert', taken)), taken, (lines) => lines >= 20, 60_000);
    await next.close();

    const told: unknown[] = [];
    const readFurther = (...further: readonly number[]): void => void told.push(further);
    const older = await openKafkaSource(config, silent);
    await older.open({ ...resumeFrom('alert', copied), readFurther });
    expect(told.splice(0)).toEqual([[0, 10, 30]]);
    await older.close();
    const same = await openKafkaSource(config, silent);
    await same.open({ ...resumeFrom('alert', taken), readFurther });
    expect(told).toEqual([]);
    await same.close();
  });
});
