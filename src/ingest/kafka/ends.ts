/**
 * The ends of the partitions of a topic, asked for with metadata of this very moment. The admin client of kafkajs asks for metadata only
 * every few minutes, so it does not see new partitions. It asks only for the last stable offset, so it does not see the records behind an
 * open transaction. The cluster that a consumer hands to its assigner can be asked for both.
 */
import kafkajs, { type Broker, type Cluster, type Kafka } from 'kafkajs';
import type { Ends } from './place.ts';

/** The ends of a partition. `high` is the offset after the last record, even if that record is not visible to consumers. */
export interface TopicEnds extends Ends {
  /** A consumer is given the records below this offset. It is less than `high` while a transaction is open. */
  readonly stable: number;
}

/** A cluster without the membership of a consumer. */
export interface AskedCluster {
  readonly cluster: Cluster;
  disconnect(): Promise<void>;
}

/** Returns a cluster that is not connected yet. */
export function clusterOf(kafka: Kafka): AskedCluster {
  const found: Cluster[] = [];
  const consumer = kafka.consumer({
    // This group is never joined.
    groupId: 'tocsin',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (config) => {
        found.push(config.cluster);
        return kafkajs.PartitionAssigners.roundRobin(config);
      },
    ],
  });
  return { cluster: found[0]!, disconnect: () => consumer.disconnect() };
}

interface OffsetQuestion {
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
  }[];
}

/** The method of a broker that the types of kafkajs leave out. */
interface ListsOffsets {
  listOffsets(question: OffsetQuestion): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
}

const UNCOMMITTED = 0;
const COMMITTED = 1;
const EARLIEST = -2;
const LATEST = -1;

/** Returns the ends of every partition that the topic has now. Rejects when one of them cannot be asked, or when there is no such topic. */
export async function endsOf(cluster: Cluster, topic: string): Promise<ReadonlyMap<number, TopicEnds>> {
  await cluster.refreshMetadata();
  const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  const leaders = Object.entries(cluster.findLeaderForPartitions(topic, partitions));
  const answers = await Promise.all(
    leaders.map(async ([nodeId, led]) => endsAt(await cluster.findBroker({ nodeId }), topic, led)),
  );
  return new Map(answers.flat().sort(([a], [b]) => a - b));
}

/**
 * Returns for each of these partitions the offset of the first record whose time is not before `sinceMs`; −1 where there is none. Rejects
 * when one of them cannot be asked.
 */
export async function offsetsSince(
  cluster: Cluster,
  topic: string,
  sinceMs: number,
): Promise<ReadonlyMap<number, number>> {
  const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  const leaders = Object.entries(cluster.findLeaderForPartitions(topic, partitions));
  const answers = await Promise.all(
    leaders.map(async ([nodeId, led]) =>
      ask(await cluster.findBroker({ nodeId }), { topic, partitions: led }, UNCOMMITTED, sinceMs),
    ),
  );
  return new Map(answers.flatMap((answer) => [...answer]));
}

/** `timestamp`: ms since epoch, or `EARLIEST` or `LATEST`. */
async function ask(
  broker: Broker,
  { topic, partitions }: { readonly topic: string; readonly partitions: readonly number[] },
  isolationLevel: number,
  timestamp: number,
): Promise<Map<number, number>> {
  const question = { topic, partitions: partitions.map((partition) => ({ partition, timestamp })) };
  const { responses } = await (broker as Broker & ListsOffsets).listOffsets({
    isolationLevel,
    topics: [question],
  });
  return new Map(
    responses.flatMap((response) =>
      response.partitions.map(({ partition, offset }) => [partition, Number(offset)] as const),
    ),
  );
}

async function endsAt(
  broker: Broker,
  topic: string,
  partitions: readonly number[],
): Promise<(readonly [number, TopicEnds])[]> {
  const of = { topic, partitions };
  const [low, stable] = await Promise.all([
    ask(broker, of, UNCOMMITTED, EARLIEST),
    ask(broker, of, COMMITTED, LATEST),
  ]);
  // `high` is asked for last: a record that is written in between must not look as if it could be read already.
  const high = await ask(broker, of, UNCOMMITTED, LATEST);
  return partitions.map((partition) => [
    partition,
    { low: low.get(partition)!, stable: stable.get(partition)!, high: high.get(partition)! },
  ]);
}
