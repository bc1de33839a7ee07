/** Reads the last records of each partition of a topic. It joins no group and commits nothing. */
import type { Broker, Cluster } from 'kafkajs';
import type { SourceConfig } from '../../config/config.ts';
import { isOriginOfKafka, originsReadBy } from '../../config/decode/origins.ts';
import type { KafkaSourceConfig } from '../../config/sources/kafka.ts';
import { orLate } from '../../event/waiting.ts';
import { SAMPLE_LINES, type SampledPartition, type SampledSource, type SampleParts } from '../sampled.ts';
import { chunksOf } from './chunks.ts';
import { prepareClients } from './client.ts';
import { clusterOf, endsOf, type TopicEnds } from './ends.ts';
import { recordsOfMessages } from './fetched.ts';
import type { BatchMessage } from './fetch-response.ts';
import { recordsInUtf8 } from './record-text.ts';
import { refusal } from './refusal.ts';

const WAIT_MS = 10_000;
const RETRIES = 3;
const PARTITION_BYTES = 1 << 20;
const FETCH_WAIT_MS = 500;
/** Fetches of one partition. A fetch brings at least one batch of records. */
const FETCHES_MAX = 20;
const PARTITION_LINES_MIN = 50;
const COMMITTED = 1;

/** Rejects with FixableError, within 10 s, when Kafka cannot be reached, refuses us or lacks the topic. */
export async function sampleTopic(
  config: SourceConfig & { readonly kind: KafkaSourceConfig },
  { log, nowMs }: SampleParts,
): Promise<SampledSource> {
  const { name, kind, encoding, decode } = config;
  const origins = [...originsReadBy(decode.steps)].filter(isOriginOfKafka);
  const closed = new AbortController();
  const connect = await prepareClients(name, kind, log);
  const asked = clusterOf(connect(RETRIES, closed.signal));
  const late = (): never => {
    throw new Error(`no answer within ${WAIT_MS / 1_000} s`);
  };
  try {
    const partitions = await orLate(
      sampled(asked.cluster, { source: name, topic: kind.topic, encoding, origins, nowMs }),
      WAIT_MS,
      late,
    );
    return { partitions };
  } catch (error) {
    throw refusal(name, kind, kind.group, error);
  } finally {
    await orLate(
      asked.disconnect().catch(() => undefined),
      FETCH_WAIT_MS,
      () => undefined,
    );
    closed.abort();
  }
}

async function sampled(cluster: Cluster, topicOf: WantedTopic): Promise<readonly SampledPartition[]> {
  const { topic } = topicOf;
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  const ends = await endsOf(cluster, topic);
  const lines = Math.max(PARTITION_LINES_MIN, Math.ceil(SAMPLE_LINES / Math.max(1, ends.size)));
  const leaders = Object.entries(cluster.findLeaderForPartitions(topic, [...ends.keys()]));
  const read = await Promise.all(
    leaders.map(async ([nodeId, partitions]) => {
      const broker = (await cluster.findBroker({ nodeId })) as Broker & Fetches;
      const all: SampledPartition[] = [];
      for (const partition of partitions)
        all.push(await ofPartition(broker, { ...topicOf, partition, lines, ends: ends.get(partition)! }));
      return all;
    }),
  );
  return read.flat().filter(({ batches }) => batches.length > 0);
}

interface WantedTopic {
  readonly source: string;
  readonly topic: string;
  readonly encoding: string | undefined;
  /** As in `RecordsFrom`. */
  readonly origins: readonly string[];
  readonly nowMs: number;
}

interface Wanted extends WantedTopic {
  readonly partition: number;
  readonly lines: number;
  readonly ends: TopicEnds;
}

async function ofPartition(broker: Fetches, wanted: Wanted): Promise<SampledPartition> {
  const { source, topic, partition, encoding, origins, nowMs, lines, ends } = wanted;
  const from = Math.max(ends.low, ends.stable - lines);
  const messages: BatchMessage[] = [];
  let next = from;
  for (let fetches = 0; next < ends.stable && fetches < FETCHES_MAX; fetches += 1) {
    const brought = await fetch(broker, topic, partition, next);
    const last = brought.at(-1);
    if (last === undefined) break;
    messages.push(...brought);
    next = Number(last.offset) + 1;
  }
  const records = recordsOfMessages(messages, from).map((some) => recordsInUtf8(some, from, encoding));
  const chunks = chunksOf(source, partition, { records, from, origins }, nowMs);
  return {
    label: `${topic}/${partition}`,
    batches: chunks.map((chunk, i) => ({ ...chunk, atEnd: i === chunks.length - 1 })),
  };
}

/** The method of a broker that the types of kafkajs leave out. */
interface Fetches {
  fetch(question: object): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly {
        readonly partition: number;
        readonly messages: readonly BatchMessage[];
      }[];
    }[];
  }>;
}

async function fetch(
  broker: Fetches,
  topic: string,
  partition: number,
  fetchOffset: number,
): Promise<readonly BatchMessage[]> {
  const { responses } = await broker.fetch({
    replicaId: -1,
    isolationLevel: COMMITTED,
    maxWaitTime: FETCH_WAIT_MS,
    minBytes: 1,
    maxBytes: PARTITION_BYTES,
    topics: [
      { topic, partitions: [{ partition, fetchOffset: String(fetchOffset), maxBytes: PARTITION_BYTES }] },
    ],
  });
  return responses.flatMap(({ partitions }) => partitions.flatMap(({ messages }) => [...messages]));
}
