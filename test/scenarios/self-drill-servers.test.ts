/** The drill of Tocsin's own alerts, of those that a real Kafka or a real Elasticsearch gives reason for. */
import kafkajs from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { elasticsearchIsOurs, elasticsearchRuns, startElasticsearch } from '../support/elasticsearch.ts';
import { kafkaBench } from '../support/kafka-topic.ts';
import { kafkaAvailable, startKafka } from '../support/kafka.ts';
import {
  archived,
  goOnLater,
  jsonLines,
  openSelfDrill,
  rulesOf,
  startDrill,
  told,
  type SelfDrill,
} from '../support/self-drill.ts';
import { until } from '../support/tocsin-process.ts';

/** Two hours: what has happened is over by then. */
const LATER_MS = 7_200_000;

const opened = (configuration: string): Promise<SelfDrill> =>
  openSelfDrill(`${configuration}self_alerts: { hold: 1s, lag_after: 5s }
routes: [{ to: ['webhook:audit', 'email:oncall@example.com'] }]
`);

const JSON = `
    decode: json
    timestamp: { field: '@timestamp', format: iso8601 }
    lateness: 1s
    silent_after: never
`;
const ERRORS = `rule errors "Errors" {
  when  level:ERROR
  alert count >= 3 within 5m by service
}
`;

describe.skipIf(!kafkaAvailable())('on a real Kafka', () => {
  test('a transaction that stays open, records that are removed unread, a broker that is gone', async () => {
    const server = await startKafka({ own: true });
    onTestFinished(() => server.stop());
    const bench = await kafkaBench(server.brokers);
    onTestFinished(() => bench.close());
    const topic = await bench.topic(1);
    const drill = await opened(`sources:
  orders:
    kafka: { brokers: ['${server.brokers.join("', '")}'], topic: ${topic}, group: g-${topic}, transaction_wait: 30s }${JSON}`);
    drill.shop.write('rules/order.rule', ERRORS);
    const send = (count: number, fields: object): Promise<void> =>
      bench.send(topic, 0, jsonLines(count, 0, fields).trimEnd().split('\n'));
    let tocsin = await startDrill(drill);
    await send(3, { level: 'ERROR', service: 'before', message: 'one' });
    await archived(drill, 'one', tocsin);
    await until(
      () => drill.posted('errors').length > 0,
      60_000,
      () => tocsin.stderr(),
    );

    const kafka = new kafkajs.Kafka({ brokers: server.brokers, logLevel: kafkajs.logLevel.NOTHING });
    const settings = { transactionTimeout: 600_000, maxInFlightRequests: 1, idempotent: true };
    const producer = kafka.producer({ transactionalId: topic, ...settings });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ partition: 0, value: jsonLines(1, 0, {}).trimEnd() }] });
    await send(1, { message: 'behind' });
    const waits = told({ tocsin_time_held: ['orders'], tocsin_lag: ['orders'] });
    await drill.told('fired', waits, tocsin);
    await drill.shown(['time_held'], tocsin);
    const hanging = told({ tocsin_transaction_hanging: ['orders alert'] });
    await drill.told('fired', hanging, tocsin);
    await drill.shown(['transaction_hanging'], tocsin);
    await transaction.commit();
    await producer.disconnect();
    await drill.told('resolved', waits, tocsin);
    expect(await tocsin.end('SIGTERM')).toBe(0);

    await send(10, { message: 'unread' });
    const end = Number((await bench.admin.fetchTopicOffsets(topic))[0]!.high);
    await bench.removeBefore(topic, 0, end - 1);
    tocsin = await startDrill(drill);
    await drill.told('fired', told({ tocsin_lines_lost: ['orders alert', 'orders archive'] }), tocsin);
    await drill.shown(['lines_lost'], tocsin);
    await send(3, { level: 'ERROR', service: 'after', message: 'two' });
    await until(
      () => drill.posted('errors', 'after').length > 0,
      60_000,
      () => tocsin.stderr(),
    );
    const doubts = (service: string): unknown =>
      drill.posted('errors', service)[0]!.alert.doubts?.map(({ reason }) => reason);
    expect(doubts('before')).toBeUndefined();
    expect(doubts('after')).toEqual(expect.arrayContaining(['lines_lost']));
    await until(
      () =>
        drill.smtp.mails.some(({ text }) => /May be wrong[^]*gone before they were\s+read/u.test(text ?? '')),
      60_000,
    );

    await server.kill();
    const unreachable = told({ tocsin_source_unreachable: ['orders'] });
    await drill.told('fired', unreachable, tocsin);
    await drill.shown(['source_unreachable'], tocsin, ['"source orders (alert)","ok":false']);
    await server.restart();
    await drill.told('resolved', unreachable, tocsin);
    expect(await tocsin.end('SIGTERM')).toBe(0);
    await goOnLater(drill, LATER_MS);
    await drill.told('resolved', hanging);
    expect(rulesOf('kafka').filter((rule) => drill.posted(rule).length < 2)).toEqual([]);
  }, 600_000);
});

describe.runIf(elasticsearchRuns() && elasticsearchIsOurs())('on a real Elasticsearch', () => {
  test('documents that are refused for good, a cluster that does not answer', async () => {
    const server = await startElasticsearch();
    onTestFinished(() => server.stop());
    const drill = await opened(`sources:
  shop:
    file: { path: 'logs/*.log' }${JSON}archive: { elasticsearch: { node: '${server.url}', index: order-logs } }
`);
    drill.shop.write('rules/order.rule', ERRORS);
    const write = (count: number, message: string): void =>
      drill.shop.append(jsonLines(count, 0, { message }), 'logs/shop.log');
    write(1, 'one');
    const tocsin = await startDrill(drill);
    await archived(drill, 'one', tocsin);
    const index = `${server.url}/order-logs-${new Date().toISOString().slice(0, 10).replaceAll('-', '.')}`;
    await fetch(`${index}/_close`, { method: 'POST' });
    write(12, 'refused');
    const refused = told({ tocsin_dead_letters: ['index_closed_exception'] });
    await drill.told('fired', refused, tocsin);
    await drill.shown(['dead_letters'], tocsin);
    const { stdout } = await drill.shop.command('dlq', 'list');
    expect(stdout).toContain('index_closed_exception');
    await fetch(`${index}/_open`, { method: 'POST' });

    server.pause();
    write(1, 'two');
    const behind = told({ tocsin_archive_behind: [''] });
    await drill.told('fired', behind, tocsin);
    await drill.shown([], tocsin, ['"archive","ok":false']);
    server.resume();
    await drill.told('resolved', behind, tocsin);
    expect(await tocsin.end('SIGTERM')).toBe(0);
    await goOnLater(drill, LATER_MS);
    await drill.told('resolved', refused);
    expect(rulesOf('elasticsearch').filter((rule) => drill.posted(rule).length < 2)).toEqual([]);
  }, 600_000);
});
