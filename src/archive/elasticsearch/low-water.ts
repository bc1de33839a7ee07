/**
 * Which batches are done: documents are stored in any order, a partition's position only moves over batches that are done
 * from its oldest on.
 */
import type { ArchiveBatch } from '../archive.ts';
import type { QueuedBatch } from '../write-queue.ts';
import type { PositionUpdate } from './position-store.ts';

/** A batch of which not every document is done, or one before it is not. */
export interface OpenBatch {
  readonly batch: PositionUpdate;
  readonly taken: QueuedBatch;
  readonly durable: PromiseWithResolvers<void>;
  /** Documents that are not done; one more until all have been handed over. */
  left: number;
}

export class LowWater {
  readonly #partitions = new Map<string, OpenBatch[]>();

  /** Counts one document as left, which stands for those that are still to come. */
  begin({ source, partition, next, timing }: ArchiveBatch, taken: QueuedBatch): OpenBatch {
    const batch = { source, partition, position: next, timing };
    const open: OpenBatch = { batch, taken, durable: Promise.withResolvers(), left: 1 };
    const key = `${partition}/${source}`;
    const queue = this.#partitions.get(key);
    if (queue === undefined) this.#partitions.set(key, [open]);
    else queue.push(open);
    return open;
  }

  /** The batches at the front of each partition that are done, in order; they stay until `drop`. */
  done(): OpenBatch[] {
    return [...this.#partitions.values()].flatMap((queue) => {
      const undone = queue.findIndex((open) => open.left > 0);
      return undone === -1 ? queue : queue.slice(0, undone);
    });
  }

  /** Forgets batches that `done` gave, their positions being durable. */
  drop(batches: readonly OpenBatch[]): void {
    const dropped = new Set(batches);
    for (const [key, queue] of this.#partitions) {
      const left = queue.filter((open) => !dropped.has(open));
      if (left.length === 0) this.#partitions.delete(key);
      else this.#partitions.set(key, left);
    }
  }
}
