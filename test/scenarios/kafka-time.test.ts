/** A topic that changes while it is read: what stands where nobody can read it yet makes no false alert, and is not missed. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import kafkajs from 'kafkajs';
import { kafkaAvailable, startKafka, type KafkaServer } from '../support/kafka.ts';
import { kafkaBench, type KafkaBench } from '../support/kafka-topic.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';

const RULES = `rule not_synced "Paid, not synchronised" {
  let paid = message:"payment received"
  let synced = message:"inventory synced"
  alert paid not followed by synced within 3s by service
}
rule order_timeouts "Orders time out" {
  when     "ERROR" AND "order_timeout"
  alert    count >= 6 within 20s by service
}
`;

describe.skipIf(!kafkaAvailable())('a topic that changes', () => {
  let server: KafkaServer;
  let bench: KafkaBench;
  let topic: string;
  let shop: Shop;
  let tocsin: TocsinProcess | undefined;

  beforeAll(async () => {
    server = await startKafka();
    bench = await kafkaBench(server.brokers);
  });
  afterAll(async () => {
    await bench.close();
    await server.stop();
  });
  beforeEach(async () => {
    topic = await bench.topic(3);
    shop = openShop({
      source: `kafka: { brokers: ['${server.brokers.join("', '")}'], topic: ${topic}, group: g-${topic} }`,
    });
    shop.write('rules/order.rule', RULES);
  });
  afterEach(async () => {
    await tocsin?.end('SIGKILL');
    shop.close();
  });

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const line = (service: string, message: string, level = 'INFO'): string =>
    JSON.stringify({ '@timestamp': new Date().toISOString(), level, service, message });

  /** Something on each of these partitions, so that none of them is behind. */
  async function beat(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) await bench.send(topic, partition, [line('clock', 'tick')]);
  }

  /** Names of the services of a rule's firings, in order. */
  async function fired(rule: string): Promise<string[]> {
    const { stdout } = await shop.command('alerts', '--json');
    return stdout
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text) as { rule?: string; group?: { service: string } })
      .filter((alert) => alert.rule === rule)
      .map(({ group }) => group?.service ?? '')
      .sort();
  }
  const listed = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${prefix}-${i}`).sort();

  test('three partitions more: orders that go on there are in time, bursts over all of them are told', async () => {
    tocsin = shop.run();
    const stderr = (): string => tocsin?.stderr() ?? '';
    await beat([0, 1, 2]);
    await until(() => stderr().includes('"message":"running"'), 90_000, stderr);
    await bench.admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] });
    // Partitions of a topic are led a moment after they are made.
    const fresh = await kafkaBench(server.brokers);
    const last = async (at: number): Promise<boolean> =>
      (await bench.admin.fetchTopicMetadata({ topics: [topic] })).topics[0]!.partitions.length > at;
    await until(() => last(5), 60_000);

    for (let i = 0; i < 20; i++) {
      await bench.send(topic, i % 3, [line(`order-${i}`, 'payment received')]);
      const own = 3 + (i % 3);
      await fresh.send(topic, own, [line(`order-${i}`, 'inventory synced')]);
      for (let partition = 0; partition < 6; partition++)
        await fresh.send(topic, partition, [line(`burst-${i}`, 'order_timeout', 'ERROR')]);
      await beat([0, 1, 2]);
      await pause(250);
    }
    await bench.send(topic, 0, [line('really-late', 'payment received')]);
    for (let i = 0; i < 8; i++) {
      await pause(1_000);
      for (let partition = 0; partition < 6; partition++)
        await fresh.send(topic, partition, [line('clock', 'tick')]);
    }
    await fresh.close();
    await until(async () => (await fired('not_synced')).length > 0, 90_000, stderr);
    await until(async () => (await fired('order_timeouts')).length >= 20, 90_000, stderr);
    expect(await fired('not_synced')).toEqual(['really-late']);
    expect(await fired('order_timeouts')).toEqual(listed('burst', 20));
  }, 400_000);

  test('a transaction that stays open: what stands behind it is read when it ends, and counts', async () => {
    tocsin = shop.run();
    const stderr = (): string => tocsin?.stderr() ?? '';
    await beat([0, 1, 2]);
    await until(() => stderr().includes('"message":"running"'), 90_000, stderr);
    const kafka = new kafkajs.Kafka({ brokers: server.brokers, logLevel: kafkajs.logLevel.NOTHING });
    const producer = kafka.producer({
      transactionalId: topic,
      transactionTimeout: 600_000,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ partition: 1, value: line('shop', 'checkout') }] });
    await bench.send(
      topic,
      1,
      Array.from({ length: 6 }, () => line('behind', 'order_timeout', 'ERROR')),
    );
    // Longer than a partition that was read to its end holds the time back.
    for (let i = 0; i < 85; i++) {
      await pause(1_000);
      await beat([0, 2]);
    }
    await transaction.commit();
    await producer.disconnect();
    await until(async () => (await fired('order_timeouts')).length > 0, 90_000, stderr);
    expect(await fired('order_timeouts')).toEqual(['behind']);
  }, 400_000);
});
