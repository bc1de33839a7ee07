/** Asks the cluster about a topic, apart from fetching: the ends of its log, the committed offsets, and if we are served at all. */
import type { Admin } from 'kafkajs';
import type { KafkaSourceConfig } from '../../config/sources/kafka.ts';
import type { Connect } from './client.ts';
import { clusterOf, endsOf, offsetsSince, type AskedCluster, type TopicEnds } from './ends.ts';
import { readProof } from './mark.ts';
import { readMember, type MemberCard } from './one-reader.ts';
import type { ReadPosition } from './place.ts';
import { refusal } from './refusal.ts';
import { orLate, sleep, within } from '../../event/waiting.ts';

export interface TopicLog {
  /** Returns the ends of every partition that the topic has now. Rejects when the cluster cannot be asked. */
  ends(): Promise<ReadonlyMap<number, TopicEnds>>;
  /** Returns the offset of the first record of each partition whose time is not before `sinceMs`; −1 where there is none. */
  since(sinceMs: number): Promise<ReadonlyMap<number, number>>;
  /** Returns the offsets that the group has committed, by partition. */
  committed(): Promise<ReadonlyMap<number, ReadPosition>>;
  /** Returns the members of the group. */
  members(): Promise<readonly MemberCard[]>;
  close(): Promise<void>;
}

/** A topic that was asked once, and its answers. */
export interface OpenedTopic {
  readonly log: TopicLog;
  readonly ends: ReadonlyMap<number, TopicEnds>;
  readonly committed: ReadonlyMap<number, ReadPosition>;
}

const OPEN_WITHIN_MS = 9000;
const ANSWER_WITHIN_MS = 5000;
/** A small number: the callers ask again by themselves for ever, and an attempt to open must fail in time. */
const ASK_RETRIES = 3;

/**
 * Rejects with FixableError, within 10 s, when Kafka cannot be reached, refuses us or lacks the topic. `start` is called with the topic
 * before the result is given.
 */
export async function openTopicLog(
  connect: Connect,
  source: string,
  config: KafkaSourceConfig,
  group: string,
  start?: (topic: OpenedTopic) => Promise<void>,
): Promise<OpenedTopic> {
  const log = topicLog(connect, config.topic, group);
  const giveUpAtMs = performance.now() + OPEN_WITHIN_MS;
  const served = async (): Promise<OpenedTopic> => {
    try {
      const opened = { log, ends: await log.ends(), committed: await log.committed() };
      await start?.(opened);
      return opened;
    } catch (error) {
      if (performance.now() > giveUpAtMs || !isStarting(error)) throw error;
      await sleep(300);
      return await served();
    }
  };
  try {
    return await inTime(OPEN_WITHIN_MS, served());
  } catch (error) {
    await log.close();
    throw refusal(source, config, group, error);
  }
}

/** The errors of a cluster that has just been started, or whose topic or group has just been created. */
const STARTING = [
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
];

function isStarting(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('type' in error && typeof error.type === 'string' && STARTING.includes(error.type)) return true;
  return isStarting(error.cause);
}

interface Session {
  readonly admin: Admin;
  readonly asked: AskedCluster;
}

/** Connects at the first question, and again after a failure, because kafkajs keeps asking the leaders that it knew. */
function topicLog(connect: Connect, topic: string, groupId: string): TopicLog {
  const closed = new AbortController();
  const kafka = connect(ASK_RETRIES, closed.signal);
  let session: Promise<Session> | undefined;
  const opened = async (): Promise<Session> => {
    const made = { admin: kafka.admin(), asked: clusterOf(kafka) };
    try {
      await Promise.all([made.admin.connect(), made.asked.cluster.connect()]);
      // This rejects when there is no such topic: the ends of no partitions would be an empty list, and no error.
      await made.asked.cluster.addTargetTopic(topic);
      return made;
    } catch (error) {
      disconnect(made);
      throw error;
    }
  };
  const ask = async <T>(question: (session: Session) => Promise<T>): Promise<T> => {
    const used = (session ??= opened());
    try {
      return await inTime(ANSWER_WITHIN_MS, used.then(question));
    } catch (error) {
      if (session === used) {
        session = undefined;
        used.then(disconnect, () => undefined);
      }
      throw error;
    }
  };
  return {
    ends: () => ask(({ asked }) => endsOf(asked.cluster, topic)),
    since: (sinceMs) => ask(({ asked }) => offsetsSince(asked.cluster, topic, sinceMs)),
    committed: () =>
      ask(async ({ admin }) => {
        const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const positions = new Map<number, ReadPosition>();
        for (const { partition, offset, metadata } of answer?.partitions ?? []) {
          if (Number(offset) >= 0)
            positions.set(partition, { next: Number(offset), mark: readProof(metadata) });
        }
        return positions;
      }),
    members: () =>
      ask(async ({ admin }) => {
        const { groups } = await admin.describeGroups([groupId]);
        return groups.flatMap(({ members }) => members.map((member) => readMember(member).card));
      }),
    close: async () => {
      const used = session;
      session = undefined;
      const ended = used?.then(disconnected);
      if (ended !== undefined) await within(ended, 1000);
      closed.abort();
    },
  };
}

async function disconnected({ admin, asked }: Session): Promise<void> {
  await Promise.all([admin.disconnect(), asked.disconnect()]);
}

function disconnect(session: Session): void {
  disconnected(session).catch(() => undefined);
}

/** Rejects when the answer takes longer than `limitMs`. */
function inTime<T>(limitMs: number, answer: Promise<T>): Promise<T> {
  return orLate(answer, limitMs, () => {
    throw new Error(`no answer within ${limitMs / 1000} s`);
  });
}
