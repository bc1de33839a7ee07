/**
 * Membership in a consumer group that never ends by itself: whatever stops the kafkajs consumer (a crash it does not retry, a
 * stalled loop), another takes its place after a pause. Says which partitions are ours and hands over what is fetched; decides
 * nothing about positions.
 */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Batch as FetchedBatch, Cluster, Consumer, PartitionAssigner } from 'kafkajs';
import type { Clock } from '../../event/clock.ts';
import type { Log } from '../../event/telemetry.ts';
import type { Connect } from './client.ts';
import { oneReader } from './one-reader.ts';
import { isOtherProtocol } from './refusal.ts';

/** What the member learns. All are called synchronously by the fetch loop. */
export interface MemberListener {
  /** These partitions are ours now. What is not paused here is fetched from the group's offset. */
  joined(partitions: readonly number[]): void;
  /** Of a fetch that was sent at `askedAtMs`. True when everything in it counts as read; false where the reader sought elsewhere. */
  fetched(batch: FetchedBatch, askedAtMs: number): boolean;
  /** A fetch brought only what a consumer does not see. */
  passed(partition: number, first: number, last: number): void;
  /** Nothing is fetched until `joined` is called again. */
  left(reason: string): void;
  /**
   * The topic is not given to us: another living reader has it, or members that share out otherwise. We stay, or go on trying; it
   * is over when `joined` brings partitions.
   */
  refused(by: Refuser): void;
}

export type Refuser = 'reader' | 'program';

export interface GroupOffset {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** Calls while there is no membership have no effect, but for `commit`, which rejects. */
export interface GroupMember {
  seek(partition: number, offset: number): void;
  pause(partitions: readonly number[]): void;
  resume(partition: number): void;
  /** The topic has partitions that nobody was given: joins again, soon. */
  lookAgain(): void;
  commit(offsets: readonly GroupOffset[]): Promise<void>;
  close(): Promise<void>;
}

export interface Membership {
  readonly connect: Connect;
  readonly source: string;
  readonly topic: string;
  readonly group: string;
  /** Tells this reader from every other one. */
  readonly reader: string;
  readonly log: Log;
  readonly clock: Pick<Clock, 'wallMs'>;
}

/** A member that was killed holds its partitions for this long. */
const sessionMs = 6000;
/**
 * Longer than a session: until then whoever has the topic may be a process that was killed as it joined, which the group does not
 * know yet.
 */
const refusedAfterMs = sessionMs + 2000;
const firstPauseMs = 200;
const longestPauseMs = 5000;
/** About as many seconds: a member that outlasts an outage need not wait until its own former session has run out. */
const outageRetries = 25;
/** A healthy loop fetches several times a second. */
const stalledMs = 60_000;

/** Joins the group and stays in it until closed. */
export function joinGroup(membership: Membership, listener: MemberListener): GroupMember {
  const { topic, source, group, log, reader } = membership;
  const closing = new AbortController();
  const closed = (): boolean => closing.signal.aborted;
  let current: { readonly consumer: Consumer; readonly cluster: Cluster } | undefined;
  let pauseMs = firstPauseMs;
  let heldSinceMs: number | undefined;
  let otherSinceMs: number | undefined;
  let givenNothing: NodeJS.Timeout | undefined;

  const assigner = oneReader((partitions) => ({
    reader,
    heldMs: heldSinceMs === undefined ? 0 : performance.now() - heldSinceMs,
    partitions,
    host: hostname(),
    pid: process.pid,
  }));
  const joined = (consumer: Consumer, cluster: Cluster, partitions: readonly number[]): void => {
    current = { consumer, cluster };
    pauseMs = firstPauseMs;
    otherSinceMs = undefined;
    if (partitions.length > 0) {
      heldSinceMs ??= performance.now();
      clearTimeout(givenNothing);
      givenNothing = undefined;
    } else {
      givenNothing ??= setTimeout(() => listener.refused('reader'), refusedAfterMs);
    }
    const fields = { 'event.action': 'kafka-joined', 'tocsin.source': source, 'kafka.group': group };
    log.info(fields, `source ${source}: reads partitions ${partitions.join(', ') || '(none)'} of ${topic}`);
    listener.joined(partitions);
  };
  const lost = (error: Error): void => {
    current = undefined;
    clearTimeout(givenNothing);
    givenNothing = undefined;
    listener.left(error.message);
    otherSinceMs = isOtherProtocol(error) ? (otherSinceMs ?? performance.now()) : undefined;
    if (otherSinceMs !== undefined && performance.now() - otherSinceMs > refusedAfterMs)
      listener.refused('program');
  };
  const keep = async (): Promise<void> => {
    while (!closed()) {
      const ended = await consume(membership, assigner, listener, joined, closing.signal);
      lost(ended);
      if (closed()) return;
      const reason = ended.message;
      log.warn(
        {
          'event.action': 'kafka-restart',
          'tocsin.source': source,
          'kafka.group': group,
          'error.message': reason,
        },
        `source ${source}: reading ${topic} was interrupted (${reason}); going on in ${pauseMs} ms`,
      );
      await delay(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  };
  const ended = keep();

  return {
    seek: (partition, offset) => current?.consumer.seek({ topic, partition, offset: String(offset) }),
    pause: (partitions) => current?.consumer.pause([{ topic, partitions: [...partitions] }]),
    resume: (partition) => current?.consumer.resume([{ topic, partitions: [partition] }]),
    // The fetch loop joins again as soon as its metadata has more partitions than it was given.
    lookAgain: () => void current?.cluster.refreshMetadata().catch(() => undefined),
    commit: async (offsets) => {
      if (current === undefined) throw new Error('not in the group');
      await current.consumer.commitOffsets(
        offsets.map(({ offset, ...rest }) => ({ topic, ...rest, offset: String(offset) })),
      );
    },
    close: async () => {
      closing.abort();
      clearTimeout(givenNothing);
      await Promise.race([ended, delay(3000, undefined, { ref: false })]);
    },
  };
}

/** One kafkajs consumer from its connection to its end; resolves with why it ended. */
async function consume(
  membership: Membership,
  assigner: PartitionAssigner,
  listener: MemberListener,
  joined: (consumer: Consumer, cluster: Cluster, partitions: readonly number[]) => void,
  closing: AbortSignal,
): Promise<Error> {
  const { connect, topic, group, clock } = membership;
  const gone = new AbortController();
  const clusters: Cluster[] = [];
  const consumer = connect(outageRetries, gone.signal).consumer({
    groupId: group,
    partitionAssigners: [
      (config) => {
        clusters.push(config.cluster);
        return assigner(config);
      },
    ],
    sessionTimeout: sessionMs,
    heartbeatInterval: 1500,
    rebalanceTimeout: 10_000,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 4 << 20,
    maxBytes: 16 << 20,
    metadataMaxAge: 5000,
    allowAutoTopicCreation: false,
    retry: { retries: outageRetries, restartOnFailure: () => Promise.resolve(false) },
  });
  const end = Promise.withResolvers<Error>();
  let live = true; // one that would not disconnect in time must no longer be heard
  let activeAtMs = performance.now();
  let askedAtMs = 0;
  const { events } = consumer;
  consumer.on(events.CRASH, ({ payload }) => end.resolve(payload.error));
  consumer.on(events.GROUP_JOIN, ({ payload }) => {
    if (live && !closing.aborted) joined(consumer, clusters[0]!, payload.memberAssignment[topic] ?? []);
  });
  consumer.on(events.FETCH_START, () => {
    activeAtMs = performance.now();
  });
  consumer.on(events.FETCH, ({ payload }) => {
    askedAtMs = clock.wallMs() - payload.duration;
  });
  consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
    if (!live || payload.batchSize > 0) return;
    listener.passed(payload.partition, Number(payload.firstOffset), Number(payload.lastOffset));
  });
  const stalled = setInterval(() => {
    if (performance.now() - activeAtMs > stalledMs)
      end.resolve(new Error(`nothing was fetched for ${stalledMs / 1000} s`));
  }, 5000);
  const stop = (): void => end.resolve(new Error('closed'));
  closing.addEventListener('abort', stop);

  const run = async (): Promise<void> => {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => {
        const { batch } = payload;
        const wanted = live && !payload.isStale();
        if (wanted && listener.fetched(batch, askedAtMs)) payload.resolveOffset(batch.lastOffset());
        return Promise.resolve();
      },
    });
  };
  run().catch((error: unknown) => end.resolve(error instanceof Error ? error : new Error(String(error))));
  if (closing.aborted) stop();
  const reason = await end.promise;
  live = false;
  clearInterval(stalled);
  closing.removeEventListener('abort', stop);
  await Promise.race([consumer.disconnect().catch(() => undefined), delay(2000, undefined, { ref: false })]);
  gone.abort();
  return reason;
}
