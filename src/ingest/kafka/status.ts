/**
 * The statuses of the partitions of a topic, for watermarks and for people. A partition that is not ours, or was not asked about lately, is
 * never at its end.
 */
import type { PartitionStatus } from '../source.ts';
import { fetchedToEnd, lagOf, transactionInTheWay, type Owned } from './owned.ts';
import type { Ends } from './place.ts';
import type { OpenTransaction } from './transactions.ts';

/** The facts that a reader knows about its topic. */
export interface TopicView {
  readonly topic: string;
  readonly owned: ReadonlyMap<number, Owned>;
  /** Partitions of the topic that are not ours yet, and since when (ms since epoch). */
  readonly awaited: ReadonlyMap<number, number>;
  readonly held: ReadonlySet<number>;
  /** True while we are in the group and the ends were asked for lately. */
  readonly isLive: boolean;
  /** True when the lines of this reader move the watermark. Then an open transaction holds it back. */
  readonly keepsTime: boolean;
  readonly unreachable: string | undefined;
  endsOf(partition: number): Ends | undefined;
  /** Returns the offset of the next record of a partition that is not ours, if any of it was read. */
  nextOf(partition: number): number | undefined;
}

/** Returns the status of every partition, sorted by number. */
export function statusesOf(view: TopicView, nowMs: number): readonly PartitionStatus[] {
  const ours = [...view.owned].map(([partition, owned]) => ({
    ...common(view, partition),
    ...ownStatus(view, partition, owned, nowMs),
  }));
  const awaited = [...view.awaited].map(([partition, sinceMs]) => {
    const ends = view.endsOf(partition);
    return {
      ...common(view, partition),
      atEnd: false,
      waits: { because: 'the consumer group has not given it to this process yet', sinceMs },
      ...(ends !== undefined && {
        lag: Math.max(0, ends.high - Math.max(ends.low, view.nextOf(partition) ?? 0)),
      }),
    };
  });
  return [...ours, ...awaited].sort((a, b) => a.partition - b.partition);
}

function common({ topic, unreachable }: TopicView, partition: number) {
  return {
    partition,
    label: `${topic}/${partition}`,
    ...(unreachable !== undefined && { unreachable }),
  };
}

function ownStatus(view: TopicView, partition: number, owned: Owned, nowMs: number) {
  const { place, queue } = owned;
  const isRead = queue.chunks.length === 0 && fetchedToEnd(owned);
  const lag = lagOf(owned);
  return {
    atEnd: view.isLive && isRead && !view.held.has(partition),
    ...(lag !== undefined && { lag }),
    ...(place.halted !== undefined && { halted: place.halted }),
    ...(view.keepsTime && transactionStatus(transactionInTheWay(owned), nowMs)),
  };
}

/** An open transaction is reported after this long, because transactions of some seconds are ordinary. */
const TELL_AFTER_MS = 10_000;

function transactionStatus(
  transaction: OpenTransaction | undefined,
  nowMs: number,
): Pick<PartitionStatus, 'waits' | 'outwaited'> {
  if (transaction === undefined) return {};
  const { offset, sinceMs, outwaited } = transaction;
  const because = `the transaction at offset ${offset} is open: nothing behind it is given to a consumer before it ends`;
  if (outwaited) {
    return {
      outwaited: `${because}; it is not waited for any more, so its lines will come too late for what is settled meanwhile`,
    };
  }
  return nowMs - sinceMs < TELL_AFTER_MS ? {} : { waits: { because, sinceMs } };
}
