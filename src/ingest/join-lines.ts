/**
 * Joins the lines of a reader into events of several lines (a stack trace, parts of a container runtime), and decides when an event that
 * may go on has waited long enough. A restart reads an event that was held back again, and whole.
 */
import type { Batch, Position } from '../event/batch.ts';
import { inSlices } from '../event/slices.ts';
import type { Joining } from './joining.ts';
import { createLineJoiner, type LineJoiner } from './line-joiner.ts';
import type { LogReader, PartitionStatus } from './source.ts';

/** Events of a partition with unread lines wait for an open one of another stream no longer than this. */
const BLOCKING_MS = 5_000;
/** How often a partition that holds an event and is not at its end is looked at again. */
const RECHECK_MS = 100;

export interface JoinOptions {
  /** Returns the position at which the reader began in a partition: the same answers as in ReaderOptions. */
  position(partition: number): Position | undefined;
  /** The clock that measures how long a partition has been silent, in ms. */
  readonly nowMs?: () => number;
}

interface HeldOf {
  readonly joiner: LineJoiner;
  /** `blocking` of the joiner, and since when. */
  blocking?: number | undefined;
  blockingSinceMs: number;
  quietSinceMs: number;
}

/** The held events of the partitions of a reader. */
class HeldEvents {
  readonly #reader: LogReader;
  readonly #joining: Joining;
  readonly #options: JoinOptions;
  readonly #nowMs: () => number;
  readonly #partitions = new Map<number, HeldOf>();

  constructor(reader: LogReader, joining: Joining, options: JoinOptions, nowMs: () => number) {
    this.#reader = reader;
    this.#joining = joining;
    this.#options = options;
    this.#nowMs = nowMs;
  }

  of(partition: number): HeldOf {
    let entry = this.#partitions.get(partition);
    if (entry === undefined) {
      const proof = this.#options.position(partition)?.proof ?? '';
      entry = {
        joiner: createLineJoiner(this.#joining, proof),
        quietSinceMs: this.#nowMs(),
        blockingSinceMs: 0,
      };
      this.#partitions.set(partition, entry);
    }
    return entry;
  }

  isHeld(partition: number): boolean {
    return this.#partitions.get(partition)?.joiner.holds === true;
  }

  /** Returns for how long an event that others wait for has had no further line. */
  #blockedMs(entry: HeldOf): number {
    const { blocking } = entry.joiner;
    if (blocking !== entry.blocking) {
      entry.blocking = blocking;
      entry.blockingSinceMs = this.#nowMs();
    }
    return blocking === undefined ? 0 : this.#nowMs() - entry.blockingSinceMs;
  }

  /** Returns an event that has been held long enough, or the ms until one may have been (Infinity when nothing is held). */
  due(): Batch | number {
    const holding = [...this.#partitions].filter(([, { joiner }]) => joiner.holds);
    if (holding.length === 0) return Infinity;
    const statuses = new Map(this.#reader.partitions().map((status) => [status.partition, status]));
    let waitMs = Infinity;
    for (const [partition, entry] of holding) {
      const { joiner, quietSinceMs } = entry;
      const status = statuses.get(partition);
      if (status === undefined) {
        // The partition is no longer ours. The reader that has it now reads these lines again.
        this.#partitions.delete(partition);
        continue;
      }
      const leftMs = quietSinceMs + this.#joining.waitMs - this.#nowMs();
      if (status.ended === true || (status.atEnd && leftMs <= 0)) {
        const batch = joiner.flush();
        if (batch !== undefined) return { ...batch, atEnd: status.atEnd };
      }
      const limitMs = status.atEnd ? this.#joining.waitMs : Math.max(this.#joining.waitMs, BLOCKING_MS);
      const blockedMs = this.#blockedMs(entry);
      if (blockedMs >= limitMs) {
        const batch = joiner.giveUp();
        if (batch !== undefined) return { ...batch, atEnd: status.atEnd && !joiner.holds };
      }
      waitMs = Math.min(waitMs, leftMs > 0 ? leftMs : RECHECK_MS, limitMs - blockedMs);
    }
    return Math.max(0, waitMs);
  }
}

/** Wraps a reader so that each line of its batches is a whole event. */
export function joinLines(reader: LogReader, joining: Joining, options: JoinOptions): LogReader {
  const nowMs = options.nowMs ?? (() => performance.now());
  const held = new HeldEvents(reader, joining, options, nowMs);
  let closed = false;
  /** The partition whose lines are being joined at this moment. */
  let busy: number | undefined;

  async function next(waitMs: number): Promise<Batch | undefined> {
    const deadlineMs = nowMs() + waitMs;
    for (;;) {
      if (closed) return undefined;
      const due = held.due();
      if (typeof due !== 'number') return due;
      const leftMs = Math.max(0, deadlineMs - nowMs());
      const batch = await reader.next(Math.min(leftMs, due));
      if (batch !== undefined) {
        const entry = held.of(batch.partition);
        entry.quietSinceMs = nowMs();
        busy = batch.partition;
        const joined = await inSlices(entry.joiner.pushing(batch));
        busy = undefined;
        if (joined !== undefined) return joined;
      } else if (nowMs() >= deadlineMs) {
        const late = held.due();
        return typeof late === 'number' ? undefined : late;
      }
    }
  }

  function status(of: PartitionStatus): PartitionStatus {
    if (busy !== of.partition && !held.isHeld(of.partition)) return of;
    return { ...of, atEnd: false, ...(of.ended === true && { ended: false }) };
  }

  return {
    next,
    durable(partition, position) {
      reader.durable(partition, position);
    },
    partitions: () => reader.partitions().map(status),
    ...(reader.look !== undefined && { look: () => reader.look!() }),
    hold: (partitions) => reader.hold(partitions),
    async close() {
      closed = true;
      await reader.close();
    },
  };
}
