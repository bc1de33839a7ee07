/** Reads all logs of a source in turn, a batch from each, so that a busy log does not starve the others. */
import type { Batch, Position } from '../../event/batch.ts';
import { within } from '../../event/waiting.ts';
import type { LogReader, PartitionStatus, ReaderOptions } from '../source.ts';
import { UNKNOWN_PARTITION } from '../source.ts';
import type { FollowerContext } from './follower.ts';
import { LogFollower } from './follower.ts';

/** A local disk answers within milliseconds. A file server that is gone never answers. */
const STUCK_MS = 10_000;

export class FileReader implements LogReader {
  readonly #context: FollowerContext;
  readonly #options: ReaderOptions;
  readonly #onClose: () => void;
  readonly #followers = new Map<number, LogFollower>();
  /** The followers that may have something to read. */
  #ready: LogFollower[] = [];
  #woken = true;
  /** When the present round of looking at all followers began, by the steady clock. */
  #roundMs = -Infinity;
  #wake: (() => void) | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  /** Since when one step has been waiting for the file system, in monotonic ms. */
  #steppingSinceMs: number | undefined;
  #held: ReadonlySet<number> = new Set();
  #closed = false;

  constructor(context: FollowerContext, options: ReaderOptions, onClose: () => void) {
    this.#context = context;
    this.#options = options;
    this.#onClose = onClose;
  }

  /** Reports that something may have changed on disk. */
  nudge(): void {
    this.#woken = true;
    this.#wake?.();
  }

  async next(waitMs: number): Promise<Batch | undefined> {
    const deadlineMs = performance.now() + waitMs;
    for (;;) {
      if (this.#isClosed()) return undefined;
      const step = this.#readReady(deadlineMs);
      this.#reading = step.catch(() => undefined);
      const batch = await step;
      if (batch !== undefined) return batch;
      const leftMs = deadlineMs - performance.now();
      if (this.#isClosed() || leftMs <= 0) return undefined;
      if (!this.#woken) await this.#wait(leftMs);
      if (!this.#woken) return undefined;
    }
  }

  durable(partition: number, position: Position): void {
    this.#followers.get(partition)?.durable(position.offset);
  }

  hold(partitions: ReadonlySet<number>): void {
    this.#held = partitions;
    this.nudge();
  }

  partitions(): readonly PartitionStatus[] {
    this.#meetNewLogs();
    const stuck = this.#stuck;
    // A held partition is not looked at, and no partition is while the file system does not answer. So none of these is at its end.
    const known = [...this.#followers.values()].map(({ status }) => {
      if (stuck !== undefined) return { ...status, atEnd: false, unreachable: status.unreachable ?? stuck };
      return this.#held.has(status.partition) ? { ...status, atEnd: false } : status;
    });
    return [...known, ...this.#hiddenOnes()];
  }

  /** Returns the statuses for logs that cannot be seen. */
  #hiddenOnes(): readonly PartitionStatus[] {
    return this.#context.logs.sight.hidden.map(({ path, problem: { message, fix } }) => ({
      partition: UNKNOWN_PARTITION,
      label: path,
      atEnd: false,
      unreachable: `${message}: ${fix}`,
    }));
  }

  async look(): Promise<void> {
    // An error need not be reported here. The repeated search for files reports it.
    await this.#context.logs.findNew().catch(() => undefined);
    this.#meetNewLogs();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.#onClose();
    await this.#reading;
    await Promise.all([...this.#followers.values()].map((follower) => follower.close()));
  }

  get #stuck(): string | undefined {
    const forMs = this.#steppingSinceMs === undefined ? 0 : performance.now() - this.#steppingSinceMs;
    if (forMs < (this.#context.stuckMs ?? STUCK_MS)) return undefined;
    return `the file system has not answered for ${Math.round(forMs / 1_000)} s: look at its disk or its server; reading goes on by itself`;
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  async #readReady(deadlineMs: number): Promise<Batch | undefined> {
    if (this.#woken) {
      this.#woken = false;
      this.#roundMs = this.#context.clock.steadyMs();
      this.#meetNewLogs();
      const waiting = new Set(this.#ready);
      for (const follower of this.#followers.values()) if (!waiting.has(follower)) this.#ready.push(follower);
    }
    for (let follower = this.#ready.shift(); follower !== undefined; follower = this.#ready.shift()) {
      // A held partition is looked at again when it is released.
      if (this.#held.has(follower.status.partition)) continue;
      this.#steppingSinceMs = performance.now();
      const batch = await follower.step(this.#roundMs);
      this.#steppingSinceMs = undefined;
      if (this.#closed) return undefined;
      if (batch === undefined) continue;
      this.#ready.push(follower);
      if (batch !== 'more') return batch;
      if (performance.now() >= deadlineMs) return undefined;
    }
    return undefined;
  }

  #meetNewLogs(): void {
    for (const log of this.#context.logs.all)
      if (!this.#followers.has(log.partition))
        this.#followers.set(
          log.partition,
          new LogFollower(log, this.#options.position(log.partition), this.#context),
        );
  }

  async #wait(ms: number): Promise<void> {
    const awake = Promise.withResolvers<undefined>();
    this.#wake = () => {
      awake.resolve(undefined);
    };
    await within(awake.promise, ms);
    this.#wake = undefined;
  }
}
