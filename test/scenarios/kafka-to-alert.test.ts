/** The whole way on real servers: lines produced to Kafka are found in Elasticsearch, and people are told once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elasticsearchRuns } from '../support/elasticsearch.ts';
import { kafkaAvailable } from '../support/kafka.ts';
import { orderLog } from '../support/order-log.ts';
import { documentCount, openStory, told, type Story } from '../support/story.ts';
import { until } from '../support/tocsin-process.ts';

const lines = 100_000;
const stepMs = 5;
const services = ['gateway-a', 'stock-b', 'ledger-c'];
const bursts = services.map((service, i) => ({
  atLine: 10_000 + 30_000 * i,
  lines: 8,
  service,
  message: i % 2 === 0 ? 'order_timeout while syncing' : 'inventory_rollback failed',
}));
const each = Object.fromEntries(
  services.flatMap((service) => [`fired ${service}`, `resolved ${service}`]).map((key) => [key, 1]),
);

/** Everyone was told of every firing and resolution at least once. */
function isToldOnce(heard: ReturnType<typeof told>): boolean {
  return Object.values(heard).every(({ once }) => Object.keys(once).length === Object.keys(each).length);
}

describe.skipIf(!kafkaAvailable() || !elasticsearchRuns())('from Kafka to people', () => {
  let story: Story;

  beforeAll(async () => {
    story = await openStory();
  });
  afterAll(async () => {
    await story.close();
  });

  test('100,000 lines on 3 partitions are 100,000 documents, and each alert reaches each receiver once', async () => {
    await story.produce(orderLog({ lines, stepMs, startMs: Date.now() - lines * stepMs, bursts }));
    const tocsin = story.start();
    const state = (): string => `${JSON.stringify(told(story, services))}\n${tocsin.stderr().slice(-4_000)}`;
    await until(async () => (await documentCount(story)) >= lines, 150_000, state);
    await until(() => isToldOnce(told(story, services)), 60_000, state);
    expect(await tocsin.end('SIGTERM')).toBe(0);

    const found = await story.archivedLines();
    expect(found).toHaveLength(lines);
    expect(new Set(found).size).toBe(lines);
    const { slack, dingtalk, email } = told(story, services);
    expect(slack.once).toEqual(each);
    expect(dingtalk.once).toEqual(each);
    expect(email.once).toEqual(each);
  }, 300_000);
});
