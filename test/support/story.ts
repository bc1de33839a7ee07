/**
 * The stage of the long stories: a real Kafka and a real Elasticsearch, strict stand-ins for Slack and DingTalk, an SMTP server,
 * and `tocsin run` as a process between them.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { startFakeDingtalk, type FakeDingtalk } from './dingtalk.ts';
import { startElasticsearch, type ElasticsearchServer } from './elasticsearch.ts';
import { startKafka, type KafkaServer } from './kafka.ts';
import type { OrderLine } from './order-log.ts';
import { startFakeSlack, type FakeSlack } from './slack.ts';
import { startSmtp, type Smtp } from './smtp.ts';
import { startTocsin, type TocsinProcess } from './tocsin-process.ts';

export const PARTITIONS = 3;
const TOPIC = 'order-logs';

export interface Story {
  readonly kafka: KafkaServer;
  readonly elasticsearch: ElasticsearchServer;
  readonly slack: FakeSlack;
  readonly dingtalk: FakeDingtalk;
  readonly smtp: Smtp;
  /** Sends lines, line i to partition i mod 3, and waits until the broker has them. */
  produce(lines: Iterable<OrderLine>): Promise<void>;
  /** Starts `tocsin run` on the story's configuration. */
  start(): TocsinProcess;
  /** Numbers (`n=…`) of the lines found by search, in no order. */
  archivedLines(): Promise<number[]>;
  close(): Promise<void>;
}

const RULE = `
rule order_sync_failures "Orders are not synchronised" {
  severity high
  when     "ERROR" AND ("order_timeout" OR "inventory_rollback")
  alert    count >= 5 within 30s by service
  resolve  after 30s
  runbook  "runbooks/order-sync.md"
}
`;

/** `decode`: of the source; without it lines are JSON. */
export async function openStory(decode = 'json'): Promise<Story> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-story-'));
  const [kafka, elasticsearch] = await Promise.all([
    startKafka({ own: true }),
    startElasticsearch({ settings: { 'action.auto_create_index': 'true' } }),
  ]);
  const [slack, dingtalk, smtp] = await Promise.all([startFakeSlack(), startFakeDingtalk(), startSmtp()]);
  const client = new Kafka({ clientId: 'story', brokers: kafka.brokers, logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
  await admin.disconnect();
  const producer = client.producer();
  await producer.connect();

  writeFileSync(
    join(dir, 'tocsin.yaml'),
    configuration({ kafka, elasticsearch, slack, dingtalk, smtp }, decode),
  );
  mkdirSync(join(dir, 'rules/runbooks'), { recursive: true });
  writeFileSync(join(dir, 'rules/order-sync.rule'), RULE);
  writeFileSync(join(dir, 'rules/runbooks/order-sync.md'), '# Order sync\n\n1. Look at {{service}}.\n');

  return {
    kafka,
    elasticsearch,
    slack,
    dingtalk,
    smtp,
    produce: (lines) => produce(producer, lines),
    start: () => startTocsin(['run'], dir),
    archivedLines: () => archivedLines(elasticsearch.url),
    async close() {
      await producer.disconnect().catch(() => undefined);
      await Promise.allSettled([
        slack.close(),
        dingtalk.close(),
        smtp.close(),
        kafka.stop(),
        elasticsearch.stop(),
      ]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configuration(
  parts: Pick<Story, 'kafka' | 'elasticsearch' | 'slack' | 'dingtalk' | 'smtp'>,
  decode: string,
): string {
  return `
data_dir: ./data
sources:
  orders:
    kafka: { brokers: [${parts.kafka.brokers.map((broker) => `'${broker}'`).join()}], topic: ${TOPIC}, group: story }
    decode: ${decode}
    timestamp: { field: '@timestamp', format: iso8601 }
    lateness: 2s
fields:
  service: { type: keyword }
  level: { type: keyword, normalise: upper }
  order_id: { type: keyword }
  message: { type: text }
search_fields: [level, message]
archive: { elasticsearch: { node: '${parts.elasticsearch.url}', index: order-logs } }
rules: ./rules
channels:
  slack: { token: '${parts.slack.token}', api_url: '${parts.slack.url}' }
  dingtalk:
    api_url: '${parts.dingtalk.url}'
    robots: { order-group: { access_token: '${parts.dingtalk.accessToken}', secret: '${parts.dingtalk.secret}' } }
  email: { smtp: '${parts.smtp.url}', from: 'tocsin@example.com' }
routes:
  - { to: ['slack:#order-oncall', 'dingtalk:order-group', 'email:oncall@example.com'] }
`;
}

/** One partition a send: the client loses acknowledged messages when a send spans brokers and a leader dies. */
async function produce(producer: Producer, lines: Iterable<OrderLine>): Promise<void> {
  const queues: OrderLine[][] = Array.from({ length: PARTITIONS }, () => []);
  const send = async (partition: number): Promise<void> => {
    const messages = queues[partition]!.splice(0).map(({ text }) => ({ value: text, partition }));
    if (messages.length > 0) await producer.send({ topic: TOPIC, messages, acks: -1 });
  };
  for (const line of lines) {
    const queue = queues[line.index % PARTITIONS]!;
    queue.push(line);
    if (queue.length >= 2_000) await send(line.index % PARTITIONS);
  }
  for (let partition = 0; partition < PARTITIONS; partition += 1) await send(partition);
}

async function archivedLines(url: string): Promise<number[]> {
  const client = new Client({ node: url });
  const index = 'order-logs-*';
  await client.indices.refresh({ index });
  const { id } = await client.openPointInTime({ index, keep_alive: '1m' });
  const found: number[] = [];
  let after: unknown[] | undefined;
  for (;;) {
    const { hits } = await client.search({
      pit: { id, keep_alive: '1m' },
      size: 10_000,
      sort: ['_shard_doc'],
      _source: false,
      fields: ['raw.message'],
      ...(after !== undefined && { search_after: after as string[] }),
    });
    if (hits.hits.length === 0) break;
    for (const hit of hits.hits)
      found.push(lineNumber(String((hit.fields?.['raw.message'] as unknown[])[0])));
    after = hits.hits.at(-1)?.sort;
  }
  await client.closePointInTime({ id });
  await client.close();
  return found;
}

function lineNumber(message: string): number {
  return Number(/n=(\d+)$/u.exec(message)?.[1] ?? NaN);
}

/** How often each receiver was told what of which service. */
export function told(
  story: Story,
  services: readonly string[],
): Record<'slack' | 'dingtalk' | 'email', Told> {
  return {
    // An edit of the root message says how the alert stands; a reply in its thread is what people are notified of.
    slack: count(
      services,
      story.slack.messages.map(({ text, blocks, threadTs }) => ({
        text: text + JSON.stringify(blocks),
        isFirst: threadTs === undefined,
      })),
    ),
    dingtalk: count(
      services,
      story.dingtalk.messages.map(({ title, text }) => ({
        text: `${title}\n${text}`,
        isFirst: !/Resolved|Corrected/u.test(title + text),
      })),
    ),
    email: count(
      services,
      story.smtp.mails.map((mail) => ({
        text: `${mail.subject ?? ''}\n${mail.text ?? ''}`,
        isFirst: mail.inReplyTo === undefined,
      })),
    ),
  };
}

/**
 * Counts by `fired SERVICE` and `resolved SERVICE`. Corrections are left out: whether the order of arrival on three partitions
 * calls for one is chance.
 */
export interface Told {
  readonly once: Readonly<Record<string, number>>;
  readonly possibleDuplicates: Readonly<Record<string, number>>;
}

function count(
  services: readonly string[],
  messages: readonly { readonly text: string; readonly isFirst: boolean }[],
): Told {
  const once: Record<string, number> = {};
  const possibleDuplicates: Record<string, number> = {};
  for (const { text, isFirst } of messages) {
    if (!isFirst && !text.includes('Resolved')) continue;
    const service = services.find((name) => text.includes(name)) ?? 'unknown';
    const into = /possible duplicate/iu.test(text) ? possibleDuplicates : once;
    const key = `${isFirst ? 'fired' : 'resolved'} ${service}`;
    into[key] = (into[key] ?? 0) + 1;
  }
  return { once, possibleDuplicates };
}

/** Documents that a search over the story's indices finds. */
export async function documentCount(story: Story): Promise<number> {
  const response = await fetch(`${story.elasticsearch.url}/order-logs-*/_count?ignore_unavailable=true`);
  const { count: found } = (await response.json()) as { count?: number };
  return found ?? 0;
}
