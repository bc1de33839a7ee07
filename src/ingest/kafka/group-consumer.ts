/**
 * Membership in a consumer group that never ends by itself. When the kafkajs consumer stops for any reason (a crash it does not retry, a
 * stalled loop), another one takes its place after a pause. It reports which partitions are ours, and hands over the fetched records. It
 * decides nothing about positions.
 */
import { hostname } from 'node:os';
import type { Cluster, Consumer } from 'kafkajs';
import { sleep, within } from '../../event/waiting.ts';
import type { MemberListener, Membership } from './membership.ts';
import { consume, SESSION_MS } from './one-consumer.ts';
import { oneReader } from './one-reader.ts';
import { isOtherProtocol } from './refusal.ts';

export interface GroupOffset {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** While there is no membership, `commit` rejects and all other calls have no effect. */
export interface GroupMember {
  seek(partition: number, offset: number): void;
  pause(partitions: readonly number[]): void;
  resume(partition: number): void;
  /** Called when the topic has partitions that no member was given: joins again soon. */
  lookAgain(): void;
  commit(offsets: readonly GroupOffset[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Longer than a session. Until then the member that has the topic may be a process that was killed as it joined. The group does not know of
 * its end yet.
 */
const REFUSED_AFTER_MS = SESSION_MS + 2000;
const FIRST_PAUSE_MS = 200;
const PAUSE_MAX_MS = 5000;
const CLOSE_MS = 3000;

/** Joins the group and stays in it until closed. */
export function joinGroup(membership: Membership, listener: MemberListener): GroupMember {
  const { topic, source, group, log, reader } = membership;
  const closing = new AbortController();
  const closed = (): boolean => closing.signal.aborted;
  let current: { readonly consumer: Consumer; readonly cluster: Cluster } | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let heldSinceMs: number | undefined;
  const refusals = new Refusals(listener);

  const assigner = oneReader((partitions) => ({
    reader,
    heldMs: heldSinceMs === undefined ? 0 : performance.now() - heldSinceMs,
    partitions,
    host: hostname(),
    pid: process.pid,
  }));
  const joined = (consumer: Consumer, cluster: Cluster, partitions: readonly number[]): void => {
    current = { consumer, cluster };
    pauseMs = FIRST_PAUSE_MS;
    if (partitions.length > 0) heldSinceMs ??= performance.now();
    refusals.joined(partitions.length);
    const fields = { 'event.action': 'kafka-joined', 'tocsin.source': source, 'kafka.group': group };
    log.info(fields, `source ${source}: reads partitions ${partitions.join(', ') || '(none)'} of ${topic}`);
    listener.joined(partitions);
  };
  const keep = async (): Promise<void> => {
    while (!closed()) {
      const ended = await consume({ membership, assigner, listener, joined, closing: closing.signal });
      current = undefined;
      listener.left(ended.message);
      refusals.left(ended);
      if (closed()) return;
      sayInterrupted(membership, ended.message, pauseMs);
      await sleep(pauseMs, closing.signal);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
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
      refusals.close();
      await within(ended, CLOSE_MS);
    },
  };
}

/** Tells the listener when the topic has not been given to us for so long that this is no passing state. */
class Refusals {
  readonly #listener: MemberListener;
  #givenNothing: NodeJS.Timeout | undefined;
  #otherSinceMs: number | undefined;

  constructor(listener: MemberListener) {
    this.#listener = listener;
  }

  joined(partitions: number): void {
    this.#otherSinceMs = undefined;
    if (partitions > 0) this.close();
    else this.#givenNothing ??= setTimeout(() => this.#listener.refused('reader'), REFUSED_AFTER_MS);
  }

  /** The membership ended with this error. */
  left(error: Error): void {
    this.close();
    this.#otherSinceMs = isOtherProtocol(error) ? (this.#otherSinceMs ?? performance.now()) : undefined;
    if (this.#otherSinceMs !== undefined && performance.now() - this.#otherSinceMs > REFUSED_AFTER_MS)
      this.#listener.refused('program');
  }

  close(): void {
    clearTimeout(this.#givenNothing);
    this.#givenNothing = undefined;
  }
}

function sayInterrupted({ log, source, topic, group }: Membership, reason: string, pauseMs: number): void {
  log.warn(
    {
      'event.action': 'kafka-restart',
      'tocsin.source': source,
      'kafka.group': group,
      'error.message': reason,
    },
    `source ${source}: reading ${topic} was interrupted (${reason}); going on in ${pauseMs} ms`,
  );
}
