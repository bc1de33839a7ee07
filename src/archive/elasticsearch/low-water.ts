/**
 * Finds the batches that are done. Documents are stored in any order, but the position of a partition moves only over batches that are
 * done, from its oldest batch on.
 */
import type { ArchivedLines } from '../archive.ts';
import type { QueuedBatch } from '../write-queue.ts';
import type { PositionUpdate } from './position-store.ts';

/** A batch that is not done, or that waits for an earlier batch of its partition. */
export interface OpenBatch {
  readonly batch: PositionUpdate;
  readonly taken: QueuedBatch;
  readonly durable: PromiseWithResolvers<void>;
  /** Documents that are not done, plus one until all documents have been handed over. */
  left: number;
}

export class LowWater {
  readonly #partitions = new Map<string, OpenBatch[]>();

  /** Adds a batch. `left` begins at one, which stands for the documents that are not handed over yet. */
  begin(lines: Pick<ArchivedLines, 'batch' | 'timing'>, taken: QueuedBatch): OpenBatch {
    const { source, partition, next } = lines.batch;
    const batch = { source, partition, position: next, timing: lines.timing };
    const open: OpenBatch = { batch, taken, durable: Promise.withResolvers(), left: 1 };
    const key = `${partition}/${source}`;
    const queue = this.#partitions.get(key);
    if (queue === undefined) this.#partitions.set(key, [open]);
    else queue.push(open);
    return open;
  }

  /** Returns the batches at the front of each partition that are done, in order. They stay until `drop`. */
  done(): OpenBatch[] {
    return [...this.#partitions.values()].flatMap((queue) => {
      const undone = queue.findIndex((open) => open.left > 0);
      return undone === -1 ? queue : queue.slice(0, undone);
    });
  }

  /** Forgets batches that `done` returned, once their positions are durable. */
  drop(batches: readonly OpenBatch[]): void {
    const dropped = new Set(batches);
    for (const [key, queue] of this.#partitions) {
      const left = queue.filter((open) => !dropped.has(open));
      if (left.length === 0) this.#partitions.delete(key);
      else this.#partitions.set(key, left);
    }
  }
}
