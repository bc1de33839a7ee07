/**
 * What an archive has taken and not yet made durable: how much there is room for, how old it is, and waiting for its end. It
 * never drops anything; a full backlog makes the writer wait, which is the back-pressure on the source.
 */
import { within } from '../event/waiting.ts';

/** Most that is held in memory before `room` waits. A batch that was begun is finished, so it may be exceeded by one. */
export interface WriteQueueLimits {
  readonly bytes: number;
  readonly events: number;
}

/** One batch in the backlog. */
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

  /** Age of the oldest batch, 0 without one. */
  get lagMs(): number {
    for (const oldest of this.#open) return Math.max(0, this.#now() - oldest.queuedAtMs);
    return 0;
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
    if (!this.#isFull()) this.#waitForRoom = wake(this.#waitForRoom);
  }

  /** The batch is durable. */
  end(taken: QueuedBatch): void {
    this.#open.delete(taken);
    if (this.#open.size === 0) this.#waitForEnd = wake(this.#waitForEnd);
  }

  /** Waits until another event may be added, or the archive closes. */
  async room(): Promise<void> {
    while (this.#isFull() && !this.#closed) {
      await new Promise<void>((resolve) => this.#waitForRoom.push(resolve));
    }
  }

  /** Waits until nothing is left, at most `withinMs`; true if nothing is. */
  async drained(withinMs: number): Promise<boolean> {
    if (this.#open.size === 0) return true;
    const ended = Promise.withResolvers<undefined>();
    this.#waitForEnd.push(() => ended.resolve(undefined));
    await within(ended.promise, withinMs);
    return this.#open.size === 0;
  }

  /** Lets go everyone who waits: the archive closes. */
  close(): void {
    this.#closed = true;
    this.#waitForRoom = wake(this.#waitForRoom);
    this.#waitForEnd = wake(this.#waitForEnd);
  }

  #isFull(): boolean {
    return this.#bytes >= this.#limits.bytes || this.#events >= this.#limits.events;
  }
}

function wake(waiting: readonly (() => void)[]): (() => void)[] {
  for (const go of waiting) go();
  return [];
}
