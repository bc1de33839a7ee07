/** What the reader asks the cluster about its topic, outside of fetching: ends of the log, committed offsets, whether we are served at all. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { KafkaSourceConfig } from '../../config/config.ts';
import { readProof, type Mark } from './mark.ts';
import type { Ends } from './place.ts';
import { refusal } from './refusal.ts';

export interface TopicLog {
  /** First and next offset of every partition. Rejects where the cluster cannot be asked. */
  ends(): Promise<ReadonlyMap<number, Ends>>;
  /** What the group has committed, by partition. */
  committed(): Promise<ReadonlyMap<number, { readonly next: number; readonly mark: Mark | undefined }>>;
  close(): Promise<void>;
}

const openWithinMs = 9000;

/** Rejects with SourceError, within 10 s, where Kafka cannot be reached, refuses us or lacks the topic. */
export async function openTopicLog(
  kafka: Kafka,
  source: string,
  config: KafkaSourceConfig,
  group: string,
): Promise<TopicLog> {
  const log = topicLog(kafka, config.topic, group);
  const late = delay(openWithinMs, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${openWithinMs / 1000} s`);
  });
  late.catch(() => undefined);
  const served = async (): Promise<void> => {
    await log.ends();
    await log.committed();
  };
  try {
    await Promise.race([late, served()]);
    return log;
  } catch (error) {
    await log.close();
    throw refusal(source, config, group, error);
  }
}

/** Connects when it is first asked, and anew after a failure: kafkajs keeps asking the leaders it knew. */
function topicLog(kafka: Kafka, topic: string, groupId: string): TopicLog {
  let session: Promise<Admin> | undefined;
  const connect = async (): Promise<Admin> => {
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
    const used = (session ??= connect());
    try {
      return await question(await used);
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
        const positions = new Map<number, { next: number; mark: Mark | undefined }>();
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
    },
  };
}

function disconnect(admin: Admin): void {
  admin.disconnect().catch(() => undefined);
}
