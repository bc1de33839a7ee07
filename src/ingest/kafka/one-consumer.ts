/** Runs one kafkajs consumer from its connection to its end. It reports everything until then, and returns why the consumer ended. */
import type { Cluster, Consumer, PartitionAssigner } from 'kafkajs';
import { within } from '../../event/waiting.ts';
import { fetchedRecords } from './fetched.ts';
import type { MemberListener, Membership } from './membership.ts';

/** A member that was killed holds its partitions for this long. */
export const SESSION_MS = 6000;
/** The retries last for about as many seconds. So a member that outlasts an outage need not wait until its own former session has run out. */
const OUTAGE_RETRIES = 25;
/** After this long without a fetch the consumer is stalled. A healthy loop fetches several times a second. */
const STALLED_MS = 60_000;
const DISCONNECT_MS = 2000;

const fetching = {
  sessionTimeout: SESSION_MS,
  heartbeatInterval: 1500,
  rebalanceTimeout: 10_000,
  maxWaitTimeInMs: 100,
  maxBytesPerPartition: 4 << 20,
  maxBytes: 16 << 20,
  metadataMaxAge: 5000,
  allowAutoTopicCreation: false,
  retry: { retries: OUTAGE_RETRIES, restartOnFailure: () => Promise.resolve(false) },
};

export interface ConsumeParts {
  readonly membership: Membership;
  readonly assigner: PartitionAssigner;
  readonly listener: MemberListener;
  /** Called when these partitions are ours. */
  readonly joined: (consumer: Consumer, cluster: Cluster, partitions: readonly number[]) => void;
  readonly closing: AbortSignal;
}

/** Resolves with the reason of the end, once the consumer is disconnected or would not disconnect in time. */
export async function consume({
  membership,
  assigner,
  listener,
  joined,
  closing,
}: ConsumeParts): Promise<Error> {
  const { connect, topic, group } = membership;
  const gone = new AbortController();
  const clusters: Cluster[] = [];
  const consumer = connect(OUTAGE_RETRIES, gone.signal).consumer({
    ...fetching,
    groupId: group,
    partitionAssigners: [
      (config) => {
        clusters.push(config.cluster);
        return assigner(config);
      },
    ],
  });
  const end = Promise.withResolvers<Error>();
  const heard: Heard = { live: true, activeAtMs: performance.now(), askedAtMs: 0 };
  consumer.on(consumer.events.CRASH, ({ payload }) => end.resolve(payload.error));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (heard.live && !closing.aborted) joined(consumer, clusters[0]!, payload.memberAssignment[topic] ?? []);
  });
  hear(consumer, heard, listener, membership);
  const stalled = setInterval(() => {
    if (performance.now() - heard.activeAtMs > STALLED_MS)
      end.resolve(new Error(`nothing was fetched for ${STALLED_MS / 1000} s`));
  }, 5000);
  const stop = (): void => end.resolve(new Error('closed'));
  closing.addEventListener('abort', stop);
  run(consumer, topic, heard, listener).catch((error: unknown) =>
    end.resolve(error instanceof Error ? error : new Error(String(error))),
  );
  if (closing.aborted) stop();
  const reason = await end.promise;
  heard.live = false;
  clearInterval(stalled);
  closing.removeEventListener('abort', stop);
  await within(consumer.disconnect(), DISCONNECT_MS);
  gone.abort();
  return reason;
}

interface Heard {
  /** False once the consumer has ended. A consumer that would not disconnect in time must no longer be heard. */
  live: boolean;
  /** When the last fetch began, in steady ms. */
  activeAtMs: number;
  /** When the fetch whose batches come now was sent, in ms since epoch. */
  askedAtMs: number;
}

function hear(
  consumer: Consumer,
  heard: Heard,
  listener: MemberListener,
  { clock }: Pick<Membership, 'clock'>,
): void {
  const { events } = consumer;
  consumer.on(events.FETCH_START, () => {
    heard.activeAtMs = performance.now();
  });
  consumer.on(events.FETCH, ({ payload }) => {
    heard.askedAtMs = clock.wallMs() - payload.duration;
  });
  consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
    if (!heard.live || payload.batchSize > 0) return;
    listener.passed(payload.partition, Number(payload.firstOffset), Number(payload.lastOffset));
  });
}

async function run(consumer: Consumer, topic: string, heard: Heard, listener: MemberListener): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: (payload) => {
      const { batch } = payload;
      const fetched = fetchedRecords(batch);
      const { partition, first, last, records } = fetched;
      if (records.length === 0) {
        if (heard.live) listener.passed(partition, first, last);
        payload.resolveOffset(batch.lastOffset());
        return Promise.resolve();
      }
      const wanted = heard.live && !payload.isStale();
      if (wanted && listener.fetched(fetched, heard.askedAtMs)) payload.resolveOffset(batch.lastOffset());
      return Promise.resolve();
    },
  });
}
