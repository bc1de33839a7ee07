/** A partition that is ours: our place in it, its lines that were fetched and not handed out, and the transaction that it waits for. */
import { newQueue, type LineQueue } from './line-queue.ts';
import { newPlace, type PartitionPlace, type ReadPosition } from './place.ts';
import type { OpenTransaction } from './transactions.ts';

export interface Owned {
  readonly place: PartitionPlace;
  readonly queue: LineQueue;
  /** The open transaction that was seen last. It may have ended since (`transactionInTheWay`). */
  transaction: OpenTransaction | undefined;
}

/** `from`: where reading begins without a position. */
export function newOwned(position: ReadPosition | undefined, from?: number): Owned {
  return { place: newPlace(position, from), queue: newQueue(), transaction: undefined };
}

export function transactionInTheWay({ place, transaction }: Owned): OpenTransaction | undefined {
  return transaction !== undefined && place.next <= transaction.offset ? transaction : undefined;
}

/** Returns true when every record was fetched, apart from the records behind a transaction that is not waited for any more. */
export function fetchedToEnd(owned: Owned): boolean {
  const { phase, next, high } = owned.place;
  if (phase !== 'reading') return false;
  const transaction = transactionInTheWay(owned);
  return next >= high || (transaction?.outwaited === true && next >= transaction.offset);
}

/** Returns how many records up to the end of the log were not handed out; undefined when the end is not known. */
export function lagOf({ place, queue }: Owned): number | undefined {
  if (place.high === 0) return undefined;
  return Math.max(0, place.high - (queue.chunks[0]?.offsets[0] ?? place.next));
}
