/** How the partitions of a topic stand, for those who keep the time and for people. Nothing vouches for what is not ours or was not asked about lately. */
import type { PartitionStatus } from '../source.ts';
import { fetchedToEnd, lagOf, transactionInTheWay, type Owned } from './owned.ts';
import type { Ends } from './place.ts';
import type { OpenTransaction } from './transactions.ts';

/** What a reader knows of its topic. */
export interface TopicView {
  readonly topic: string;
  readonly owned: ReadonlyMap<number, Owned>;
  /** Partitions of the topic that are not ours yet, and since when (ms since epoch). */
  readonly awaited: ReadonlyMap<number, number>;
  readonly held: ReadonlySet<number>;
  /** We are in the group, and the ends were asked for lately. */
  readonly isLive: boolean;
  /** The reader's time is told by what is read: a transaction holds it back. */
  readonly keepsTime: boolean;
  readonly unreachable: string | undefined;
  endsOf(partition: number): Ends | undefined;
  /** Offset of the next record of a partition that is not ours, where something of it was read. */
  nextOf(partition: number): number | undefined;
}

/** Of every partition, by number. */
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

/** Transactions of some seconds are ordinary. */
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
