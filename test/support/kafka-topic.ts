/** Topics, records and readers for tests on a real Kafka. */
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type CompressionTypes, type Message, type Producer } from 'kafkajs';
import type { SourceConfig } from '../../src/config/config.ts';
import type { KafkaSourceConfig } from '../../src/config/sources/kafka.ts';
import type { Batch, Position } from '../../src/event/batch.ts';
import { lineCount } from '../../src/event/batch.ts';
import { silent, type Labels, type Telemetry } from '../../src/event/telemetry.ts';
import type { LogReader, ReaderPurpose } from '../../src/ingest/source.ts';
import { registerCodecs } from '../../src/ingest/kafka/codecs.ts';
import { mendIdleTimer } from '../../src/ingest/kafka/idle-timer.ts';

/** What a test does to a broker from the outside. */
export interface KafkaBench {
  readonly admin: Admin;
  /** A new topic with a name of its own. */
  topic(partitions?: number, settings?: Readonly<Record<string, string>>): Promise<string>;
  /** Sends lines to one partition, in order; or records with a key and headers. */
  send(
    topic: string,
    partition: number,
    lines: readonly (string | Buffer | null | Omit<Message, 'partition'>)[],
    codec?: CompressionTypes,
  ): Promise<void>;
  /** Removes the records of a partition before an offset, as retention does. */
  removeBefore(topic: string, partition: number, offset: number): Promise<void>;
  close(): Promise<void>;
}

export async function kafkaBench(brokers: string[]): Promise<KafkaBench> {
  registerCodecs();
  mendIdleTimer();
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 10 } });
  const admin = kafka.admin();
  const producer: Producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await Promise.all([admin.connect(), producer.connect()]);
  return {
    admin,
    topic: async (partitions = 1, settings = {}) => {
      const topic = `orders-${randomUUID()}`;
      const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
      await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, configEntries }],
        waitForLeaders: true,
      });
      return topic;
    },
    send: async (topic, partition, lines, codec = kafkajs.CompressionTypes.None) => {
      const messages = lines.map((line) =>
        typeof line === 'object' && line !== null && !Buffer.isBuffer(line)
          ? { ...line, partition }
          : { value: line, partition },
      );
      await producer.send({ topic, messages, compression: codec });
    },
    removeBefore: async (topic, partition, offset) => {
      await admin.fetchTopicOffsets(topic); // else the client does not know the leaders
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    },
    close: async () => {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
}

/** A source on a topic, with a group of its own unless one is given. */
export function kafkaSourceConfig(
  brokers: readonly string[],
  topic: string,
  more: Partial<KafkaSourceConfig> = {},
): SourceConfig & { kind: KafkaSourceConfig } {
  return {
    name: 'orders',
    kind: { kind: 'kafka', brokers, topic, group: `g-${topic}`, transactionWaitMs: 900_000, ...more },
    decode: { steps: [{ kind: 'json' }] },
    timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
    latenessMs: 0,
  };
}

/** Lines read so far, and the durable positions that a pipeline would keep. */
export interface Taken {
  readonly lines: Map<number, string[]>;
  readonly positions: Map<number, Position>;
}

export function nothingTaken(): Taken {
  return { lines: new Map(), positions: new Map() };
}

/** Options of a reader that goes on where `taken` ends. */
export function resumeFrom(
  purpose: ReaderPurpose,
  taken: Taken,
): { purpose: ReaderPurpose; position: (partition: number) => Position | undefined } {
  return { purpose, position: (partition) => taken.positions.get(partition) };
}

export function linesOf(batch: Batch): string[] {
  return Array.from({ length: lineCount(batch) }, (_, i) =>
    Buffer.from(batch.bytes.subarray(batch.starts[i], batch.ends[i])).toString(),
  );
}

/** Reads into `taken`, making each batch durable, until `done` says so; fails after `withinMs`. */
export async function readUntil(
  reader: LogReader,
  taken: Taken,
  done: (lines: number) => boolean,
  withinMs = 20_000,
): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  const total = (): number => [...taken.lines.values()].reduce((sum, lines) => sum + lines.length, 0);
  while (!done(total())) {
    if (Date.now() > giveUpAt) {
      throw new Error(
        `${total()} lines after ${withinMs} ms; partitions ${JSON.stringify(reader.partitions())}`,
      );
    }
    const batch = await reader.next(200);
    if (batch === undefined) continue;
    const known = taken.lines.get(batch.partition) ?? [];
    for (const line of linesOf(batch)) known.push(line);
    taken.lines.set(batch.partition, known);
    taken.positions.set(batch.partition, batch.next);
    reader.durable(batch.partition, batch.next);
  }
}

export interface Told extends Telemetry {
  readonly messages: string[];
  readonly counts: Map<string, number>;
  /** Of the last count of each name. */
  readonly labels: Map<string, Labels>;
}

/** A telemetry that remembers warnings, errors and counts. */
export function listening(): Told {
  const messages: string[] = [];
  const counts = new Map<string, number>();
  const lastLabels = new Map<string, Labels>();
  const keep = (_fields: unknown, message: string): void => {
    messages.push(message);
  };
  return {
    ...silent,
    log: { ...silent.log, warn: keep, error: keep },
    count: (name, labels, by = 1) => {
      lastLabels.set(name, labels);
      counts.set(name, (counts.get(name) ?? 0) + by);
    },
    messages,
    counts,
    labels: lastLabels,
  };
}
