/**
 * The write queue: batches that an archive has taken and not yet made durable. It counts how much room is left and how old the batches are,
 * and lets callers wait for its end. It never drops anything. A full queue makes the writer wait, which is the back-pressure on the source.
 */
import { within } from '../event/waiting.ts';

/** Limits of the events in memory; beyond them `room` waits. A batch that was begun is finished, so it may exceed them by one batch. */
export interface WriteQueueLimits {
  readonly bytes: number;
  readonly events: number;
}

/** One batch in the write queue. */
export interface QueuedBatch {
  readonly queuedAtMs: number;
}

export class WriteQueue {
  readonly #limits: WriteQueueLimits;
  readonly #now: () => number;
  readonly #open = new Set<QueuedBatch>();
  #events = 0;
  #bytes = 0;
  #closed = false;
  #waitForRoom: (() => void)[] = [];
  #waitForEnd: (() => void)[] = [];

  constructor(limits: WriteQueueLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  get events(): number {
    return this.#events;
  }

  /** Age of the oldest batch; 0 if there is none. */
  get lagMs(): number {
    for (const oldest of this.#open) return Math.max(0, this.#now() - oldest.queuedAtMs);
    return 0;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limits.bytes || this.#events >= this.#limits.events;
  }

  begin(): QueuedBatch {
    const batch = { queuedAtMs: this.#now() };
    this.#open.add(batch);
    return batch;
  }

  add(events: number, bytes: number): void {
    this.#events += events;
    this.#bytes += bytes;
  }

  remove(events: number, bytes: number): void {
    this.#events -= events;
    this.#bytes -= bytes;
    if (!this.isFull) this.#waitForRoom = wake(this.#waitForRoom);
  }

  /** Removes the batch, which is durable. */
  end(taken: QueuedBatch): void {
    this.#open.delete(taken);
    if (this.#open.size === 0) this.#waitForEnd = wake(this.#waitForEnd);
  }

  /** Waits until another event may be added, or until the archive closes. */
  async room(): Promise<void> {
    while (this.isFull && !this.#closed) {
      await new Promise<void>((resolve) => this.#waitForRoom.push(resolve));
    }
  }

  /** Waits at most `withinMs` until the queue is empty. Returns true if it is. */
  async drained(withinMs: number): Promise<boolean> {
    if (this.#open.size === 0) return true;
    const ended = Promise.withResolvers<undefined>();
    this.#waitForEnd.push(() => ended.resolve(undefined));
    await within(ended.promise, withinMs);
    return this.#open.size === 0;
  }

  /** Ends all waits, since the archive closes. */
  close(): void {
    this.#closed = true;
    this.#waitForRoom = wake(this.#waitForRoom);
    this.#waitForEnd = wake(this.#waitForEnd);
  }
}

function wake(waiting: readonly (() => void)[]): (() => void)[] {
  for (const go of waiting) go();
  return [];
}
