/** What others' outages do: Elasticsearch, Slack and the broker go away under load. Alerts go on, nothing is lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { elasticsearchRuns } from '../support/elasticsearch.ts';
import { kafkaAvailable } from '../support/kafka.ts';
import { orderLog, type OrderLine } from '../support/order-log.ts';
import { documentCount, openStory, told, type Story } from '../support/story.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';

const SERVICES = ['gateway-a', 'stock-b', 'ledger-c', 'wallet-d'];
const OUTAGE_MS = 60_000;
const SECOND_MS = 1_000;
const LINES_A_SECOND = 200;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!kafkaAvailable() || !elasticsearchRuns())('while others are down', () => {
  let story: Story;
  let tocsin: TocsinProcess;
  let produced = 0;

  beforeAll(async () => {
    story = await openStory();
    await second();
    tocsin = story.start();
    await until(
      async () => (await documentCount(story)) >= produced,
      60_000,
      () => tocsin.stderr(),
    );
  });
  afterAll(async () => {
    await tocsin.end('SIGTERM');
    await story.close();
  });

  /** A second of load: lines with the time of now, with a burst of faults if a service is named. */
  async function second(service?: string): Promise<void> {
    const startMs = Date.now();
    const bursts =
      service === undefined ? [] : [{ atLine: 0, lines: 9, service, message: 'order_timeout while syncing' }];
    const fresh = [...orderLog({ lines: LINES_A_SECOND, stepMs: 1, startMs, bursts })];
    await story.produce(fresh.map((line) => numbered(line)));
    await pause(Math.max(0, startMs + SECOND_MS - Date.now()));
  }

  /** Numbers go on over all seconds, so that a line lost or doubled is seen. */
  function numbered(line: OrderLine): OrderLine {
    const index = produced;
    produced += 1;
    return { ...line, index, text: line.text.replace(/n=\d+/u, `n=${index}`) };
  }

  async function everyLineIsThereOnce(): Promise<void> {
    await until(
      async () => (await documentCount(story)) >= produced,
      90_000,
      () => tocsin.stderr().slice(-4_000),
    );
    const found = await story.archivedLines();
    expect(found).toHaveLength(produced);
    expect(new Set(found).size).toBe(produced);
  }

  test('Elasticsearch stopped for 60 s under load: alerts go out meanwhile, afterwards every line is there', async () => {
    story.elasticsearch.pause();
    const untilMs = Date.now() + OUTAGE_MS;
    const eventMs = Date.now();
    await second('gateway-a');
    await until(() => told(story, SERVICES).dingtalk.once['fired gateway-a'] === 1, 10_000);
    process.stderr.write(`told ${Date.now() - eventMs} ms after the first event of the burst\n`);
    while (Date.now() < untilMs) await second();
    await story.elasticsearch.kill();
    await second();
    await story.elasticsearch.restart();
    await everyLineIsThereOnce();
  }, 300_000);

  test('Slack answers 429 and 500: its message comes late, marked as a possible duplicate, and delays no other receiver', async () => {
    story.slack.fail({ status: 429, retryAfterS: 2 }, { status: 500 });
    await second('stock-b');
    await until(() => told(story, SERVICES).email.once['fired stock-b'] === 1, 10_000);
    // Slack may have taken the message before it answered 500: the second one says that it may be one too many.
    await until(() => told(story, SERVICES).slack.possibleDuplicates['fired stock-b'] === 1, 60_000);
  }, 120_000);

  test('the broker is killed and comes back: reading goes on where it was', async () => {
    await story.kafka.kill();
    await pause(5_000);
    await story.kafka.restart();
    await until(
      () =>
        second('ledger-c').then(
          () => true,
          () => false,
        ),
      60_000,
    );
    await until(
      () => told(story, SERVICES).email.once['fired ledger-c'] === 1,
      60_000,
      () => tocsin.stderr().slice(-4_000),
    );
    await everyLineIsThereOnce();
    expect(await tocsin.end('SIGTERM')).toBe(0);
  }, 240_000);
});
