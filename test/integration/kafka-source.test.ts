/** The Kafka source on a real broker: every line once and in order, positions, faults of the log, back-pressure. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import kafkajs from 'kafkajs';
import { rightClock } from '../support/clock.ts';
import type { SourceConfig } from '../../src/config/config.ts';
import type { KafkaSourceConfig } from '../../src/config/sources/kafka.ts';
import type { Batch } from '../../src/event/batch.ts';
import { silent } from '../../src/event/telemetry.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import type { LogReader } from '../../src/ingest/source.ts';
import { openRecords } from '../../src/ingest/split-records.ts';
import { openKafkaSource } from '../../src/ingest/kafka/source.ts';
import { encoded } from '../support/encoded.ts';
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

describe.skipIf(!kafkaAvailable())('the Kafka source', () => {
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

  const numbered = (from: number, to: number, label = ''): string[] =>
    Array.from({ length: to - from }, (_, i) => `${label}line ${from + i}`);

  test('gives every line of three partitions once and in order, and says when the end is reached', async () => {
    const topic = await bench.topic(3);
    for (const partition of [0, 1, 2]) {
      await bench.send(topic, partition, numbered(0, 5000, `p${partition} `));
    }
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const taken = nothingTaken();
    await readUntil(reader, taken, (lines) => lines >= 15_000);
    for (const partition of [0, 1, 2]) {
      expect(taken.lines.get(partition)).toEqual(numbered(0, 5000, `p${partition} `));
    }
    expect(reader.partitions().map(({ label, atEnd, lag }) => ({ label, atEnd, lag }))).toEqual(
      expect.arrayContaining([{ label: `${topic}/1`, atEnd: true, lag: 0 }]),
    );
    await source.close();
    expect(await reader.next(10)).toBeUndefined();
  });

  test.each([kafkajs.CompressionTypes.None, kafkajs.CompressionTypes.GZIP])(
    'keys and headers come with the lines of a source whose steps ask for them (codec %s)',
    async (codec) => {
      const topic = await bench.topic();
      const records = [
        { value: '{}', key: 'shop-é', headers: { trace: ['t1', 't2'], other: 'x' } },
        { value: '{}', headers: { trace: Buffer.from('t3') } },
        { value: null, key: 'gone' },
        '{}',
      ];
      await bench.send(topic, 0, records, codec);
      const values = { shop: '{@kafka.key}', trace: '{@kafka.headers.trace}' };
      const config: SourceConfig & { kind: KafkaSourceConfig } = {
        ...kafkaSourceConfig(server.brokers, topic),
        decode: { steps: [{ kind: 'json' }, { kind: 'set', values }] },
      };
      const source = await openKafkaSource(config, silent, rightClock());
      const reader = await source.open(resumeFrom('alert', nothingTaken()));
      let batch: Batch | undefined;
      for (let tries = 0; batch === undefined && tries < 50; tries += 1) batch = await reader.next(400);
      const decoder = createDecoder(config, { fields: [], byName: new Map(), searchFields: [] });
      const { events } = decoder.decode(batch!, undefined);
      expect(events.map(({ document }) => document)).toEqual([
        { shop: 'shop-é', trace: 't2' },
        { trace: 't3' },
        {},
      ]);
      await source.close();
    },
  );

  test('a held partition is not handed out until it is let go; the others go on', async () => {
    const topic = await bench.topic(2);
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const taken = nothingTaken();
    const reader = await source.open(resumeFrom('alert', taken));
    reader.hold(new Set([1]));
    for (const partition of [0, 1]) await bench.send(topic, partition, numbered(0, 10, `p${partition} `));
    await readUntil(reader, taken, (lines) => lines >= 10);
    expect(await reader.next(500)).toBeUndefined();
    expect([...taken.lines.keys()]).toEqual([0]);
    expect(reader.partitions().find(({ partition }) => partition === 1)?.atEnd).toBe(false);
    reader.hold(new Set());
    await readUntil(reader, taken, (lines) => lines >= 20);
    expect(taken.lines.get(1)).toEqual(numbered(0, 10, 'p1 '));
    await source.close();
  });

  test('archive and alert read on their own, each with offsets of its own in Kafka', async () => {
    const topic = await bench.topic();
    await bench.send(topic, 0, numbered(0, 10));
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const [alert, archive] = [nothingTaken(), nothingTaken()];
    const alertReader = await source.open(resumeFrom('alert', alert));
    await readUntil(alertReader, alert, (lines) => lines === 10);
    const archiveReader = await source.open(resumeFrom('archive', archive));
    await readUntil(archiveReader, archive, (lines) => lines === 10);
    await source.close();
    for (const purpose of ['alert', 'archive']) {
      const [answer] = await bench.admin.fetchOffsets({ groupId: `g-${topic}.${purpose}`, topics: [topic] });
      expect(answer?.partitions[0]?.offset).toBe('10');
    }
  });

  test('goes on at the durable position, and where there is none at the committed offset, and tells so', async () => {
    const topic = await bench.topic();
    const config = kafkaSourceConfig(server.brokers, topic);
    await bench.send(topic, 0, numbered(0, 100));
    const taken = nothingTaken();
    const told: [partition: number, offset: number][] = [];
    const reading = async (start: typeof taken, lines: number): Promise<void> => {
      const source = await openKafkaSource(config, silent, rightClock());
      const continued = (partition: number, offset: number): void => void told.push([partition, offset]);
      const reader = await source.open({ ...resumeFrom('alert', start), continued });
      await readUntil(reader, taken, (count) => count >= lines);
      await source.close();
    };
    await reading(taken, 100);
    await bench.send(topic, 0, numbered(100, 200));
    await reading(taken, 200);
    await bench.send(topic, 0, numbered(200, 300));
    expect(told).toEqual([]);
    await reading(nothingTaken(), 300);
    expect(told).toEqual([[0, 200]]);
    expect(taken.lines.get(0)).toEqual(numbered(0, 300));
  });

  test('reads values of another encoding, and knows its place again after a restart', async () => {
    const topic = await bench.topic();
    const config = { ...kafkaSourceConfig(server.brokers, topic), encoding: 'gbk' };
    const taken = nothingTaken();
    const told = listening();
    for (const run of [0, 1, 2]) {
      const expected = numbered(0, (run + 1) * 100, '订单 ');
      await bench.send(
        topic,
        0,
        expected.slice(run * 100).map((line) => encoded(line, 'gbk')),
      );
      const source = await openKafkaSource(config, told, rightClock());
      const reader = await source.open(resumeFrom('alert', taken));
      await readUntil(reader, taken, (lines) => lines >= expected.length);
      expect(taken.lines.get(0)).toEqual(expected);
      await source.close();
    }
    expect(told.messages).toEqual([]);
  });

  test('reads every compression', async () => {
    const topic = await bench.topic();
    const { GZIP, LZ4, None, Snappy, ZSTD } = kafkajs.CompressionTypes;
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const taken = nothingTaken();
    const expected: string[] = [];
    for (const [i, codec] of [None, GZIP, Snappy, LZ4, ZSTD].entries()) {
      const lines = numbered(i * 2000, (i + 1) * 2000, '订单 order '.repeat(20));
      expected.push(...lines);
      await bench.send(topic, 0, lines, codec);
      await readUntil(reader, taken, (count) => count >= expected.length);
    }
    expect(taken.lines.get(0)).toEqual(expected);
    await source.close();
  });

  test('passes over tombstones, strips line ends and cuts what is longer than 1 MiB', async () => {
    const topic = await bench.topic(1, { 'max.message.bytes': '4000000' });
    await bench.send(topic, 0, [null, 'a\r\n', '', 'b\n', null]);
    await bench.send(topic, 0, ['x'.repeat((1 << 20) + 5)]);
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const taken = nothingTaken();
    await readUntil(reader, taken, (lines) => lines >= 3);
    expect(taken.lines.get(0)?.map((line) => line.length)).toEqual([1, 1, 1 << 20]);
    expect(taken.positions.get(0)?.offset).toBe(6);
    await source.close();
  });

  test('reads committed transactions, passes aborted ones, and reaches the end behind their markers', async () => {
    const topic = await bench.topic();
    const kafka = new kafkajs.Kafka({ brokers: server.brokers, logLevel: kafkajs.logLevel.NOTHING });
    const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const told = listening();
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), told, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const taken = nothingTaken();
    const expected: string[] = [];
    for (let i = 0; i < 6; i++) {
      const lines = numbered(i * 10, (i + 1) * 10);
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: lines.map((value) => ({ value })) });
      if (i % 3 === 1) {
        await transaction.abort();
      } else {
        await transaction.commit();
        expected.push(...lines);
        await readUntil(reader, taken, (count) => count >= expected.length);
      }
    }
    await producer.disconnect();
    expect(taken.lines.get(0)).toEqual(expected);
    await expect.poll(() => reader.partitions()[0]?.atEnd, { timeout: 10_000 }).toBe(true);
    expect(told.counts.has('lines_lost')).toBe(false);
    await source.close();
  });

  test('a topic that was re-created and filled past our position halts, while other partitions go on', async () => {
    const topic = await bench.topic(2);
    const config = kafkaSourceConfig(server.brokers, topic);
    const taken = nothingTaken();
    await bench.send(topic, 0, numbered(0, 100, 'old '));
    const source = await openKafkaSource(config, silent, rightClock());
    await readUntil(await source.open(resumeFrom('alert', taken)), taken, (lines) => lines === 100);
    await source.close();

    await bench.admin.deleteTopics({ topics: [topic] });
    await recreate(topic, 2);
    await bench.send(topic, 0, numbered(0, 300, 'new '));
    await bench.send(topic, 1, numbered(0, 5, 'other '));
    const told = listening();
    const again = await openKafkaSource(config, told, rightClock());
    const reader = await again.open(resumeFrom('alert', taken));
    await readUntil(
      reader,
      taken,
      () => haltedText(reader, 0) !== undefined && taken.lines.get(1)?.length === 5,
    );
    expect(taken.lines.get(0)).toEqual(numbered(0, 100, 'old '));
    expect(haltedText(reader, 0)).toMatch(/re-created.*give the source a new name/s);
    expect(told.messages.join()).toContain(`${topic}/0 is halted`);
    expect(reader.partitions().find(({ partition }) => partition === 0)?.atEnd).toBe(false);
    await again.close();
  });

  test('a topic that is re-created and filled past our position while we read it halts', async () => {
    const topic = await bench.topic(1);
    const taken = nothingTaken();
    await bench.send(topic, 0, numbered(0, 100, 'old '));
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const reader = await source.open(resumeFrom('alert', taken));
    await readUntil(reader, taken, (lines) => lines === 100);

    await bench.admin.deleteTopics({ topics: [topic] });
    await recreate(topic, 1);
    await bench.send(topic, 0, numbered(0, 300, 'new '));
    await readUntil(reader, taken, () => haltedText(reader, 0) !== undefined);
    expect(taken.lines.get(0)).toEqual(numbered(0, 100, 'old '));
    await source.close();
  });

  test('a topic from whose source `each` was removed halts, also where it is longer than the offsets of its records', async () => {
    const topic = await bench.topic(1);
    const config = kafkaSourceConfig(server.brokers, topic);
    const taken = nothingTaken();
    await bench.send(topic, 0, numbered(0, 3));
    // The first of three records of the first message was read.
    taken.positions.set(0, { offset: 1, proof: '{"lines":{"offset":0,"proof":""}}' });
    const source = await openKafkaSource(config, silent, rightClock());
    const reader = await openRecords((options) => source.open(options), config, resumeFrom('alert', taken));
    await readUntil(reader, taken, () => haltedText(reader, 0) !== undefined);
    expect(haltedText(reader, 0)).toMatch(
      /`each` was removed.*give the source a new name and group.*or put that back/s,
    );
    expect(taken.lines.size).toBe(0);
    await source.close();
  });

  test('a log shorter than our position halts', async () => {
    const topic = await bench.topic(1);
    const config = kafkaSourceConfig(server.brokers, topic);
    const taken = nothingTaken();
    await bench.send(topic, 0, numbered(0, 100, 'old '));
    const source = await openKafkaSource(config, silent, rightClock());
    const reader = await source.open(resumeFrom('alert', taken));
    await readUntil(reader, taken, (lines) => lines === 100);
    await bench.admin.deleteTopics({ topics: [topic] });
    await recreate(topic, 1);
    await bench.send(topic, 0, numbered(0, 30, 'new '));
    await readUntil(reader, taken, () => haltedText(reader, 0) !== undefined);
    expect(haltedText(reader, 0)).toMatch(/ends at offset 30, before our position 100/);
    expect(taken.lines.get(0)).toHaveLength(100);
    await source.close();
  });

  test('lines that were removed before they were read are reported with their number, and reading goes on', async () => {
    const topic = await bench.topic(1);
    const config = kafkaSourceConfig(server.brokers, topic);
    const taken = nothingTaken();
    await bench.send(topic, 0, numbered(0, 100));
    const source = await openKafkaSource(config, silent, rightClock());
    await readUntil(await source.open(resumeFrom('alert', taken)), taken, (lines) => lines === 100);
    await source.close();
    await bench.send(topic, 0, numbered(100, 200));
    await bench.removeBefore(topic, 0, 140);

    const told = listening();
    const again = await openKafkaSource(config, told, rightClock());
    await readUntil(await again.open(resumeFrom('alert', taken)), taken, (lines) => lines >= 160);
    expect(taken.lines.get(0)).toEqual([...numbered(0, 100), ...numbered(140, 200)]);
    expect(told.counts.get('lines_lost')).toBe(40);
    expect(told.labels.get('lines_lost')).toEqual({ source: 'orders', reader: 'alert' });
    expect(told.messages.join()).toMatch(/up to 40 lines \(offsets 100 to 139\) were removed/);
    await again.close();
  });

  test('records removed up to our position are no loss', async () => {
    const topic = await bench.topic(1);
    const config = kafkaSourceConfig(server.brokers, topic);
    const taken = nothingTaken();
    await bench.send(topic, 0, numbered(0, 100));
    const source = await openKafkaSource(config, silent, rightClock());
    await readUntil(await source.open(resumeFrom('alert', taken)), taken, (lines) => lines === 100);
    await source.close();
    await bench.send(topic, 0, numbered(100, 120));
    await bench.removeBefore(topic, 0, 100);
    const told = listening();
    const again = await openKafkaSource(config, told, rightClock());
    await readUntil(await again.open(resumeFrom('alert', taken)), taken, (lines) => lines >= 120);
    expect(taken.lines.get(0)).toEqual(numbered(0, 120));
    expect(told.counts.has('lines_lost')).toBe(false);
    await again.close();
  });

  test('a reader that is not called holds a bounded part of the log, and gives all of it when it is', async () => {
    const topic = await bench.topic(1);
    const line = 'y'.repeat(10_000);
    for (let i = 0; i < 40; i++)
      await bench.send(
        topic,
        0,
        Array.from({ length: 100 }, () => line),
      ); // 40 MB
    const source = await openKafkaSource(kafkaSourceConfig(server.brokers, topic), silent, rightClock());
    const reader = await source.open(resumeFrom('alert', nothingTaken()));
    const first = await reader.next(10_000);
    expect(first).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    let held = 0;
    const drained = nothingTaken();
    // What comes without waiting for another fetch is what was held.
    for (let batch = await reader.next(0); batch !== undefined && held < 4000; batch = await reader.next(0)) {
      held += batch.offsets.length;
      drained.positions.set(0, batch.next);
    }
    expect(held).toBeLessThan(2000);
    const rest = nothingTaken();
    await readUntil(reader, rest, (lines) => lines + held + (first?.offsets.length ?? 0) >= 4000);
    expect(rest.positions.get(0)?.offset).toBe(4000);
    await source.close();
  });

  async function recreate(topic: string, partitions: number): Promise<void> {
    const create = (): Promise<boolean> =>
      bench.admin
        .createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
        .catch(() => false);
    await expect.poll(create, { timeout: 10_000 }).toBe(true);
  }

  function haltedText(reader: LogReader, partition: number): string | undefined {
    return reader.partitions().find((status) => status.partition === partition)?.halted;
  }
});
