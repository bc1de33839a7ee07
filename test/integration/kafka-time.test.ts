/** What of a topic holds the time back on a real broker: partitions that were added, open transactions, a topic that is gone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import kafkajs, { type Producer } from 'kafkajs';
import { rightClock } from '../support/clock.ts';
import { silent } from '../../src/event/telemetry.ts';
import { openKafkaSource } from '../../src/ingest/kafka/source.ts';
import type { LogReader, PartitionStatus } from '../../src/ingest/source.ts';
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

describe.skipIf(!kafkaAvailable())('what holds the time back', () => {
  let server: KafkaServer;
  let bench: KafkaBench;
  let producer: Producer | undefined;
  beforeAll(async () => {
    server = await startKafka();
    bench = await kafkaBench(server.brokers);
  });
  afterAll(async () => {
    await producer?.disconnect();
    await bench.close();
    await server.stop();
  });

  const statusOf = (reader: LogReader, partition: number): PartitionStatus | undefined =>
    reader.partitions().find((status) => status.partition === partition);
  const isAtEnd = (reader: LogReader): boolean =>
    reader.partitions().length > 0 && reader.partitions().every(({ atEnd }) => atEnd);

  test('every partition of the topic is there from the moment on at which the reader is open', async () => {
    const topic = await bench.topic(3);
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    expect(reader.partitions().map(({ partition, atEnd }) => ({ partition, atEnd }))).toEqual(
      [0, 1, 2].map((partition) => ({ partition, atEnd: false })),
    );
    await source.close();
  });

  test('partitions that are added count within seconds, and are read from their first line', async () => {
    const topic = await bench.topic(1);
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const taken = nothingTaken();
    await readUntil(reader, taken, () => isAtEnd(reader), 60_000);

    await bench.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    const seen: PartitionStatus[] = [];
    const notice = (): boolean => {
      const status = statusOf(reader, 2);
      if (status !== undefined) seen.push(status);
      return status !== undefined;
    };
    await readUntil(reader, taken, notice, 30_000);
    expect(seen[0]).toMatchObject({ atEnd: false });
    await bench.send(topic, 2, ['first']);
    await readUntil(reader, taken, (lines) => lines >= 1, 30_000);
    expect(taken.lines.get(2)).toEqual(['first']);
    await readUntil(reader, taken, () => isAtEnd(reader), 60_000);
    expect(reader.partitions()).toHaveLength(3);
    await source.close();
  });

  async function openTransaction(topic: string) {
    const kafka = new kafkajs.Kafka({ brokers: server.brokers, logLevel: kafkajs.logLevel.NOTHING });
    producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'in the transaction' }] });
    return transaction;
  }

  test('a partition with an open transaction is not at its end, its lag is to the end, and its lines come when it ends', async () => {
    const topic = await bench.topic();
    await bench.send(topic, 0, ['before']);
    const told = listening();
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), told, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const taken = nothingTaken();
    await readUntil(reader, taken, () => isAtEnd(reader), 60_000);
    const transaction = await openTransaction(topic);
    await bench.send(topic, 0, ['behind', 'behind too']);

    await readUntil(reader, taken, () => statusOf(reader, 0)?.lag === 3, 30_000);
    expect(statusOf(reader, 0)).toMatchObject({ atEnd: false });
    await readUntil(reader, taken, () => statusOf(reader, 0)?.waits !== undefined, 60_000);
    expect(statusOf(reader, 0)?.waits?.because).toMatch(/transaction.* offset 1 .* open/);
    expect(isAtEnd(reader)).toBe(false);
    expect(taken.lines.get(0)).toEqual(['before']);

    await transaction.commit();
    await readUntil(reader, taken, (lines) => lines >= 4, 30_000);
    await readUntil(reader, taken, () => isAtEnd(reader), 60_000);
    expect(statusOf(reader, 0)).not.toHaveProperty('waits');
    expect(taken.lines.get(0)).toEqual(['before', 'in the transaction', 'behind', 'behind too']);
    expect(told.counts.has('transactions_hanging')).toBe(false);
    await source.close();
  });

  test('an open transaction is waited for no longer than set; that it was given up is told once and counted', async () => {
    const topic = await bench.topic();
    const config = kafkaSourceConfig(server.brokers, topic, { transactionWaitMs: 3_000 });
    const told = listening();
    const source = await openKafkaSource(config, told, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const taken = nothingTaken();
    const transaction = await openTransaction(topic);
    await readUntil(reader, taken, () => told.counts.has('transactions_hanging'), 60_000);
    await readUntil(reader, taken, () => isAtEnd(reader), 60_000);
    expect(statusOf(reader, 0)).toMatchObject({ lag: 1, outwaited: expect.stringMatching(/open/) as string });
    expect(told.messages.join()).toMatch(/transaction_wait/);
    expect(told.counts.get('transactions_hanging')).toBe(1);

    await transaction.abort();
    await readUntil(reader, taken, () => statusOf(reader, 0)?.lag === 0, 60_000);
    expect(statusOf(reader, 0)).not.toHaveProperty('outwaited');
    await source.close();
  });

  test('a topic that is deleted makes its partitions unreachable, with the reason', async () => {
    const topic = await bench.topic(2);
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const taken = nothingTaken();
    await readUntil(reader, taken, () => isAtEnd(reader), 60_000);
    expect(statusOf(reader, 1)).not.toHaveProperty('unreachable');
    await bench.admin.deleteTopics({ topics: [topic] });
    await readUntil(reader, taken, () => statusOf(reader, 1)?.unreachable !== undefined, 60_000);
    expect(reader.partitions().map(({ atEnd }) => atEnd)).toEqual([false, false]);
    expect(statusOf(reader, 0)?.unreachable).toMatch(/topic/i);
    await source.close();
  });
});
