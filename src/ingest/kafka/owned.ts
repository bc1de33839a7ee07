/** A partition that is ours: where we stand in it, what was fetched of it and not handed out, and what it waits for. */
import { newQueue, type LineQueue } from './line-queue.ts';
import { newPlace, type PartitionPlace, type ReadPosition } from './place.ts';
import type { OpenTransaction } from './transactions.ts';

export interface Owned {
  readonly place: PartitionPlace;
  readonly queue: LineQueue;
  /** As it was seen last; it may have ended since (`transactionInTheWay`). */
  transaction: OpenTransaction | undefined;
}

export function newOwned(position: ReadPosition | undefined): Owned {
  return { place: newPlace(position), queue: newQueue(), transaction: undefined };
}

export function transactionInTheWay({ place, transaction }: Owned): OpenTransaction | undefined {
  return transaction !== undefined && place.next <= transaction.offset ? transaction : undefined;
}

/** Everything that is there was fetched, but for what stands behind a transaction that is not waited for any more. */
export function fetchedToEnd(owned: Owned): boolean {
  const { phase, next, high } = owned.place;
  if (phase !== 'reading') return false;
  const transaction = transactionInTheWay(owned);
  return next >= high || (transaction?.outwaited === true && next >= transaction.offset);
}

/** Records that were not handed out, up to the end of the log; undefined where the end is not known. */
export function lagOf({ place, queue }: Owned): number | undefined {
  if (place.high === 0) return undefined;
  return Math.max(0, place.high - (queue.chunks[0]?.offsets[0] ?? place.next));
}
