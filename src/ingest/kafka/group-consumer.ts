/**
 * Membership in a consumer group that never ends by itself: whatever stops the kafkajs consumer (a crash it does not retry, a
 * stalled loop), another takes its place after a pause. Says which partitions are ours and hands over what is fetched; decides
 * nothing about positions.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Batch as FetchedBatch, Consumer } from 'kafkajs';
import type { Log } from '../../event/telemetry.ts';
import type { Connect } from './client.ts';

/** What the member learns. All are called synchronously by the fetch loop. */
export interface MemberListener {
  /** These partitions are ours now. What is not paused here is fetched from the group's offset. */
  joined(partitions: readonly number[]): void;
  /** Of a fetch that was sent at `askedAtMs`. True when everything in it counts as read; false where the reader sought elsewhere. */
  fetched(batch: FetchedBatch, askedAtMs: number): boolean;
  /** A fetch brought only what a consumer does not see. */
  passed(partition: number, first: number, last: number): void;
  /** Nothing is fetched until `joined` is called again. */
  left(): void;
}

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
  commit(offsets: readonly GroupOffset[]): Promise<void>;
  close(): Promise<void>;
}

export interface Membership {
  readonly connect: Connect;
  readonly source: string;
  readonly topic: string;
  readonly group: string;
  readonly log: Log;
}

const firstPauseMs = 200;
const longestPauseMs = 5000;
/** About as many seconds: a member that outlasts an outage need not wait until its own former session has run out. */
const outageRetries = 25;
/** A healthy loop fetches several times a second. */
const stalledMs = 60_000;

/** Joins the group and stays in it until closed. */
export function joinGroup(membership: Membership, listener: MemberListener): GroupMember {
  const { topic, source, group, log } = membership;
  const closing = new AbortController();
  const closed = (): boolean => closing.signal.aborted;
  let current: Consumer | undefined;
  let pauseMs = firstPauseMs;

  const joined = (consumer: Consumer, partitions: readonly number[]): void => {
    current = consumer;
    pauseMs = firstPauseMs;
    const fields = { 'event.action': 'kafka-joined', 'tocsin.source': source, 'kafka.group': group };
    log.info(fields, `source ${source}: reads partitions ${partitions.join(', ') || '(none)'} of ${topic}`);
    listener.joined(partitions);
  };
  const keep = async (): Promise<void> => {
    while (!closed()) {
      const reason = await consume(membership, listener, joined, closing.signal);
      current = undefined;
      listener.left();
      if (closed()) return;
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
    seek: (partition, offset) => current?.seek({ topic, partition, offset: String(offset) }),
    pause: (partitions) => current?.pause([{ topic, partitions: [...partitions] }]),
    resume: (partition) => current?.resume([{ topic, partitions: [partition] }]),
    commit: async (offsets) => {
      if (current === undefined) throw new Error('not in the group');
      await current.commitOffsets(
        offsets.map(({ offset, ...rest }) => ({ topic, ...rest, offset: String(offset) })),
      );
    },
    close: async () => {
      closing.abort();
      await Promise.race([ended, delay(3000, undefined, { ref: false })]);
    },
  };
}

/** One kafkajs consumer from its connection to its end; resolves with why it ended. */
async function consume(
  membership: Membership,
  listener: MemberListener,
  joined: (consumer: Consumer, partitions: readonly number[]) => void,
  closing: AbortSignal,
): Promise<string> {
  const { connect, topic, group } = membership;
  const gone = new AbortController();
  const consumer = connect(outageRetries, gone.signal).consumer({
    groupId: group,
    // A member that was killed holds its partitions for this long.
    sessionTimeout: 6000,
    heartbeatInterval: 1500,
    rebalanceTimeout: 10_000,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 4 << 20,
    maxBytes: 16 << 20,
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    retry: { retries: outageRetries, restartOnFailure: () => Promise.resolve(false) },
  });
  const end = Promise.withResolvers<string>();
  let live = true; // one that would not disconnect in time must no longer be heard
  let activeAtMs = Date.now();
  let askedAtMs = 0;
  const { events } = consumer;
  consumer.on(events.CRASH, ({ payload }) => end.resolve(payload.error.message));
  consumer.on(events.GROUP_JOIN, ({ payload }) => {
    if (live && !closing.aborted) joined(consumer, payload.memberAssignment[topic] ?? []);
  });
  consumer.on(events.FETCH_START, () => {
    activeAtMs = Date.now();
  });
  consumer.on(events.FETCH, ({ payload }) => {
    askedAtMs = Date.now() - payload.duration;
  });
  consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
    if (!live || payload.batchSize > 0) return;
    listener.passed(payload.partition, Number(payload.firstOffset), Number(payload.lastOffset));
  });
  const stalled = setInterval(() => {
    if (Date.now() - activeAtMs > stalledMs) end.resolve(`nothing was fetched for ${stalledMs / 1000} s`);
  }, 5000);
  const stop = (): void => end.resolve('closed');
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
  run().catch((error: unknown) => end.resolve(error instanceof Error ? error.message : String(error)));
  if (closing.aborted) stop();
  const reason = await end.promise;
  live = false;
  clearInterval(stalled);
  closing.removeEventListener('abort', stop);
  await Promise.race([consumer.disconnect().catch(() => undefined), delay(2000, undefined, { ref: false })]);
  gone.abort();
  return reason;
}
