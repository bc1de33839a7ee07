/** What the reader asks the cluster about its topic, outside of fetching: ends of the log, committed offsets, whether we are served at all. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { KafkaSourceConfig } from '../../config/config.ts';
import type { Connect } from './client.ts';
import { readProof } from './mark.ts';
import type { Ends, ReadPosition } from './place.ts';
import { refusal } from './refusal.ts';

export interface TopicLog {
  /** First and next offset of every partition. Rejects where the cluster cannot be asked. */
  ends(): Promise<ReadonlyMap<number, Ends>>;
  /** What the group has committed, by partition. */
  committed(): Promise<ReadonlyMap<number, ReadPosition>>;
  close(): Promise<void>;
}

const openWithinMs = 9000;
const answerWithinMs = 5000;
/** Few: whoever asks goes on for ever by itself, and an open must have failed in time. */
const askRetries = 3;

/** Rejects with SourceError, within 10 s, where Kafka cannot be reached, refuses us or lacks the topic. */
export async function openTopicLog(
  connect: Connect,
  source: string,
  config: KafkaSourceConfig,
  group: string,
): Promise<TopicLog> {
  const log = topicLog(connect, config.topic, group);
  const giveUpAtMs = Date.now() + openWithinMs;
  const served = async (): Promise<void> => {
    try {
      await log.ends();
      await log.committed();
    } catch (error) {
      if (Date.now() > giveUpAtMs || !isStarting(error)) throw error;
      await delay(300);
      await served();
    }
  };
  try {
    await within(openWithinMs, served());
    return log;
  } catch (error) {
    await log.close();
    throw refusal(source, config, group, error);
  }
}

/** What a cluster answers that has just been started, or whose topic or group has just been created. */
const starting = [
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
];

function isStarting(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('type' in error && typeof error.type === 'string' && starting.includes(error.type)) return true;
  return isStarting(error.cause);
}

/** Connects when it is first asked, and anew after a failure: kafkajs keeps asking the leaders it knew. */
function topicLog(connect: Connect, topic: string, groupId: string): TopicLog {
  const closed = new AbortController();
  const kafka = connect(askRetries, closed.signal);
  let session: Promise<Admin> | undefined;
  const opened = async (): Promise<Admin> => {
    const admin = kafka.admin();
    try {
      await admin.connect();
      // Without the topic the ends of its partitions are an empty list, not an error.
      await admin.fetchTopicMetadata({ topics: [topic] });
      return admin;
    } catch (error) {
      disconnect(admin);
      throw error;
    }
  };
  const asked = async <T>(question: (admin: Admin) => Promise<T>): Promise<T> => {
    const used = (session ??= opened());
    try {
      return await within(answerWithinMs, used.then(question));
    } catch (error) {
      if (session === used) {
        session = undefined;
        used.then(disconnect, () => undefined);
      }
      throw error;
    }
  };
  return {
    ends: () =>
      asked(async (admin) => {
        const partitions = await admin.fetchTopicOffsets(topic);
        return new Map(
          partitions.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]),
        );
      }),
    committed: () =>
      asked(async (admin) => {
        const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const positions = new Map<number, ReadPosition>();
        for (const { partition, offset, metadata } of answer?.partitions ?? []) {
          if (Number(offset) >= 0)
            positions.set(partition, { next: Number(offset), mark: readProof(metadata) });
        }
        return positions;
      }),
    close: async () => {
      const used = session;
      session = undefined;
      const ended = used?.then((admin) => admin.disconnect()).catch(() => undefined);
      await Promise.race([ended, delay(1000, undefined, { ref: false })]);
      closed.abort();
    },
  };
}

function disconnect(admin: Admin): void {
  admin.disconnect().catch(() => undefined);
}

/** Rejects where the promise takes longer, which may then do as it likes. */
async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${limitMs / 1000} s`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => undefined);
    timer.abort();
    promise.catch(() => undefined);
  }
}
