/** The whole way on real servers: lines produced to Kafka are found in Elasticsearch, and people are told once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elasticsearchRuns } from '../support/elasticsearch.ts';
import { kafkaAvailable } from '../support/kafka.ts';
import { orderLog } from '../support/order-log.ts';
import { documentCount, openStory, told, type Story } from '../support/story.ts';
import { until } from '../support/tocsin-process.ts';

const LINES = 100_000;
const STEP_MS = 5;
const SERVICES = ['gateway-a', 'stock-b', 'ledger-c'];
const BURSTS = SERVICES.map((service, i) => ({
  atLine: 10_000 + 30_000 * i,
  lines: 8,
  service,
  message: i % 2 === 0 ? 'order_timeout while syncing' : 'inventory_rollback failed',
}));
const each = Object.fromEntries(
  SERVICES.flatMap((service) => [`fired ${service}`, `resolved ${service}`]).map((key) => [key, 1]),
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
    await story.produce(
      orderLog({ lines: LINES, stepMs: STEP_MS, startMs: Date.now() - LINES * STEP_MS, bursts: BURSTS }),
    );
    const tocsin = story.start();
    const state = (): string => `${JSON.stringify(told(story, SERVICES))}\n${tocsin.stderr().slice(-4_000)}`;
    await until(async () => (await documentCount(story)) >= LINES, 150_000, state);
    await until(() => isToldOnce(told(story, SERVICES)), 60_000, state);
    expect(await tocsin.end('SIGTERM')).toBe(0);

    const found = await story.archivedLines();
    expect(found).toHaveLength(LINES);
    expect(new Set(found).size).toBe(LINES);
    const { slack, dingtalk, email } = told(story, SERVICES);
    expect(slack.once).toEqual(each);
    expect(dingtalk.once).toEqual(each);
    expect(email.once).toEqual(each);
  }, 300_000);
});
