/** More than one process on one topic: a second is sent away with what to do, a standby takes over and nobody misses anything. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { kafkaAvailable, startKafka, type KafkaServer } from '../support/kafka.ts';
import { kafkaBench, type KafkaBench } from '../support/kafka-topic.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { startTocsin, until, type TocsinProcess } from '../support/tocsin-process.ts';
import { startFakeWebhook, type FakeWebhook } from '../support/webhook.ts';

describe.skipIf(!kafkaAvailable())('a second process', () => {
  let server: KafkaServer;
  let bench: KafkaBench;
  let hook: FakeWebhook;
  let topic: string;
  let lines = 0;
  const partitions = 3;
  const shops: Shop[] = [];
  const started: TocsinProcess[] = [];

  beforeAll(async () => {
    server = await startKafka();
    bench = await kafkaBench(server.brokers);
  });
  afterAll(async () => {
    await bench.close();
    await server.stop();
  });
  beforeEach(async () => {
    [hook, topic] = await Promise.all([startFakeWebhook(), bench.topic(partitions)]);
    lines = 0;
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((process) => process.end('SIGKILL')));
    for (const shop of shops.splice(0)) shop.close();
    await hook.close();
  });

  function shopOnTopic(): Shop {
    const shop = openShop({
      source: `kafka: { brokers: ['${server.brokers.join("', '")}'], topic: ${topic}, group: g-${topic} }`,
      channels: `{ webhook: { audit: { url: '${hook.url}', secret: '${hook.secret}' } } }`,
      routes: "'webhook:audit'",
    });
    shops.push(shop);
    return shop;
  }
  const start = (shop: Shop, ...args: string[]): TocsinProcess => {
    const process = startTocsin(['run', ...args], shop.dir);
    started.push(process);
    return process;
  };

  /** As many errors as the rule counts, one to each partition. */
  async function burst(service: string): Promise<void> {
    for (let partition = 0; partition < partitions; partition++) {
      lines += 1;
      const line = { level: 'ERROR', service, message: `order_timeout n=${lines}` };
      const text = JSON.stringify({ '@timestamp': new Date().toISOString(), ...line });
      await bench.send(topic, partition, [text]);
    }
  }

  interface Posted {
    readonly kind: string;
    readonly possibleDuplicate: boolean;
    readonly alert: { readonly rule: string; readonly group: { readonly service?: string } };
  }
  /** Messages about firings of a service: how many, and how many of them without a mark. */
  function told(service: string): { readonly all: number; readonly unmarked: number } {
    const fired = (hook.bodies as unknown as readonly Posted[]).filter(
      ({ kind, alert }) => kind === 'fired' && alert.group.service === service,
    );
    return {
      all: fired.length,
      unmarked: fired.filter(({ possibleDuplicate }) => !possibleDuplicate).length,
    };
  }
  const state = (): string =>
    `${JSON.stringify(hook.bodies.map(({ kind, alert }) => [kind, alert]))}\n` +
    started.map((process) => process.stderr().slice(-3_000)).join('\n---\n');
  const isTold = (service: string): Promise<true> =>
    until(() => told(service).all > 0 || undefined, 90_000, state).then(() => true);
  const isRunning = (process: TocsinProcess): boolean => process.stderr().includes('"message":"running"');

  test('in the same group ends with 3 and what to do, also after the first was killed and came back', async () => {
    const [shop, other] = [shopOnTopic(), shopOnTopic()];
    const first = start(shop);
    await burst('one');
    await isTold('one');
    const second = start(other);
    await burst('two');
    expect(await second.exited).toBe(3);
    expect(second.stderr()).toMatch(/source shop: another process \(.*, pid \d+\) reads the topic/);
    expect(second.stderr()).toMatch(/fix: keep one of the two.*tocsin run --standby/);
    await isTold('two');

    await first.end('SIGKILL');
    const back = start(shop);
    await burst('three');
    await isTold('three');
    expect(await start(other).exited).toBe(3);
    await burst('four');
    await isTold('four');
    for (const service of ['one', 'two', 'three', 'four']) expect(told(service).unmarked).toBe(1);

    await back.end('SIGKILL');
    const heir = start(other);
    await burst('five');
    await isTold('five');
    expect(await start(shop).exited).toBe(3);
    await burst('six');
    await isTold('six');
    expect(await heir.end('SIGTERM')).toBe(0);
    // The heir's own state knows nothing of what the group has read: what came before it began may have been told.
    expect(told('five').all).toBe(1);
    expect(told('six')).toEqual({ all: 1, unmarked: 1 });
  }, 400_000);

  const kills = 10;
  test(`that stands by takes over each of ${kills} times that the first is killed; nothing is lost, or told twice without a mark`, async () => {
    const shop = shopOnTopic();
    let active = start(shop, '--standby');
    await until(() => isRunning(active) || undefined, 90_000, state);
    let spare = start(shop, '--standby');
    const services: string[] = [];
    for (let i = 0; i < kills; i++) {
      const service = `service-${i}`;
      services.push(service);
      await burst(service);
      // Before, while and after it is read and told.
      await new Promise((resolve) => setTimeout(resolve, i * 60));
      await active.end('SIGKILL');
      await until(() => isRunning(spare) || undefined, 90_000, state);
      await isTold(service);
      active = spare;
      spare = start(shop, '--standby');
    }
    await until(() => spare.stderr().includes('"event.action":"standby"') || undefined, 90_000, state);
    expect(await spare.end('SIGTERM')).toBe(0);
    // The archive has a group of its own, which waits for the dead as well.
    await until(async () => (await shop.search('order_timeout')).length >= lines, 90_000, state);
    expect(await active.end('SIGTERM')).toBe(0);
    for (const service of services) {
      expect(told(service).all, state()).toBeGreaterThanOrEqual(1);
      expect(told(service).unmarked, state()).toBeLessThanOrEqual(1);
    }
    expect(services.some((service) => told(service).unmarked === 1)).toBe(true);
    const found = await shop.search('order_timeout');
    expect(found).toHaveLength(lines);
    expect(new Set(found).size).toBe(lines);
  }, 900_000);
});
