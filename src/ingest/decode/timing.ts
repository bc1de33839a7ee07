/**
 * Event time of one partition (semantics: Ground): which time an event has, where the watermark stands, and how the event stands to it. Pure:
 * the clock comes in as the tick of the batch.
 */
import type { Timeliness } from '../../event/event.ts';

/** How far ahead of the clock an event may be and still count. */
const FUTURE_MS = 5 * 60_000;

/** What is kept of a partition between batches. Times in ms since epoch. */
export interface Timing {
  /** Greatest time seen, future events and inferred times left out. */
  readonly greatestMs?: number;
  /** Time of the latest event: that of the next one which has none. */
  readonly lastMs?: number;
}

export interface TimedEvent {
  readonly timeMs: number;
  readonly inferred: boolean;
  readonly timeliness: Timeliness;
  /** Earlier than an event before it, and yet in time. */
  readonly late: boolean;
}

export interface PartitionClock {
  /** The next event of the partition; `ownMs` undefined where it has no usable time, `recordMs` the transport's. */
  next(ownMs: number | undefined, recordMs: number | undefined): TimedEvent;
  readonly timing: Timing;
  /** Undefined before the first event with a time. */
  readonly watermarkMs: number | undefined;
}

export function partitionClock(from: Timing, latenessMs: number, readAtMs: number): PartitionClock {
  let { greatestMs, lastMs } = from;
  const watermark = (): number | undefined =>
    greatestMs === undefined ? undefined : greatestMs - latenessMs;
  return {
    next(ownMs, recordMs) {
      const inferred = ownMs === undefined;
      const timeMs = ownMs ?? lastMs ?? recordMs ?? readAtMs;
      const limitMs = watermark();
      lastMs = timeMs;
      if (timeMs > readAtMs + FUTURE_MS) return { timeMs, inferred, timeliness: 'future', late: false };
      const tooLate = limitMs !== undefined && timeMs < limitMs;
      if (tooLate) return { timeMs, inferred, timeliness: 'too_late', late: false };
      const late = !inferred && greatestMs !== undefined && timeMs < greatestMs;
      if (!inferred && !late) greatestMs = timeMs;
      return { timeMs, inferred, timeliness: 'in_time', late };
    },
    get timing() {
      return { ...(greatestMs !== undefined && { greatestMs }), ...(lastMs !== undefined && { lastMs }) };
    },
    get watermarkMs() {
      return watermark();
    },
  };
}

/** A time without a year is taken to be not later than this where the source cannot say. */
export function latestBelievable(readAtMs: number): number {
  return readAtMs + FUTURE_MS;
}
