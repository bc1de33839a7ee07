/** Where the reading of a real topic begins at the first start of its source, and that it begins there in every later process. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import kafkajs from 'kafkajs';
import type { SourceConfig } from '../../src/config/config.ts';
import { silent } from '../../src/event/telemetry.ts';
import { openKafkaSource } from '../../src/ingest/kafka/source.ts';
import type { FirstStart, LogReader, ReaderPurpose } from '../../src/ingest/source.ts';
import { rightClock } from '../support/clock.ts';
import { kafkaAvailable, startKafka, type KafkaServer } from '../support/kafka.ts';
import {
  kafkaBench,
  kafkaSourceConfig,
  nothingTaken,
  readUntil,
  resumeFrom,
  type KafkaBench,
} from '../support/kafka-topic.ts';

const NOW_MS = rightClock().wallMs();
const HOUR_MS = 3_600_000;

describe.skipIf(!kafkaAvailable())('the first start on a topic', () => {
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

  function keptStart(): FirstStart {
    let kept: Readonly<Record<string, number>> | undefined;
    return {
      atMs: NOW_MS,
      isOver: false,
      offsets: () => kept,
      keepOffsets(offsets) {
        kept = offsets;
      },
    };
  }

  /** Sends records whose times are so many hours ago. */
  async function sendAged(topic: string, partition: number, agesH: readonly number[]): Promise<void> {
    const client = new kafkajs.Kafka({ brokers: server.brokers, logLevel: kafkajs.logLevel.NOTHING });
    const producer = client.producer();
    await producer.connect();
    const messages = agesH.map((hours) => ({
      partition,
      value: `${partition}: ${hours} h`,
      timestamp: String(NOW_MS - hours * HOUR_MS),
    }));
    await producer.send({ topic, messages, acks: -1 });
    await producer.disconnect();
  }

  const isAtEnd = (reader: LogReader): boolean =>
    reader.partitions().length > 0 && reader.partitions().every(({ atEnd }) => atEnd);

  /** Reads without a position to the end, and until there are `count` lines. */
  async function read(
    topic: string,
    start: SourceConfig['start'],
    firstStart: FirstStart | undefined,
    count = 0,
    purpose: ReaderPurpose = 'alert',
  ): Promise<string[]> {
    const taken = nothingTaken();
    const config = { ...kafkaSourceConfig(server.brokers, topic), ...(start !== undefined && { start }) };
    const source = await openKafkaSource(config, silent, rightClock(), firstStart);
    const reader = await source.open(resumeFrom(purpose, taken));
    await readUntil(reader, taken, (lines) => lines >= count && isAtEnd(reader), 60_000);
    await source.close();
    return [...taken.lines.values()].flat().sort();
  }

  test('end: nothing that was there is read, what comes is, also when a process ended before it had read anything', async () => {
    const topic = await bench.topic(2);
    await bench.send(topic, 0, ['old']);
    const first = keptStart();
    expect(await read(topic, 'end', first)).toEqual([]);
    await bench.send(topic, 0, ['a']);
    await bench.send(topic, 1, ['b']);
    await bench.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    const partitions = async (): Promise<number> =>
      (await bench.admin.fetchTopicMetadata({ topics: [topic] })).topics[0]!.partitions.length;
    while ((await partitions()) < 3) await new Promise((resolve) => setTimeout(resolve, 100));
    await sendAged(topic, 2, [72]);
    expect(await read(topic, 'end', first, 3)).toEqual(['2: 72 h', 'a', 'b']);
    expect(await read(topic, 'end', first, 3, 'archive')).toEqual(['2: 72 h', 'a', 'b']);
  });

  test('a duration: from the first record that is not older; beginning: everything', async () => {
    const topic = await bench.topic(3);
    await sendAged(topic, 0, [72, 25, 23, 1]);
    await sendAged(topic, 1, [72, 25]);
    expect(await read(topic, 24 * HOUR_MS, keptStart())).toEqual(['0: 1 h', '0: 23 h']);
    const first = keptStart();
    const all = ['0: 1 h', '0: 23 h', '0: 25 h', '0: 72 h', '1: 25 h', '1: 72 h'];
    expect(await read(topic, undefined, first, 6, 'archive')).toEqual(all);
    expect(first.offsets()).toEqual({});
  });

  test('a source that is known, and a group that has read before, go on as ever', async () => {
    const topic = await bench.topic(1);
    await bench.send(topic, 0, ['old']);
    expect(await read(topic, 'end', undefined)).toEqual(['old']);
    const first = keptStart();
    await bench.send(topic, 0, ['since']);
    expect(await read(topic, 'end', first)).toEqual(['since']);
    expect(first.offsets()).toBeUndefined();
  });
});
