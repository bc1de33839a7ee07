/**
 * Event time of one partition (semantics: Ground): which time an event has, where the watermark is, and if the event is in time. Pure: the
 * clock comes in as the `readAtMs` of the batch.
 */
import type { Timeliness } from '../../event/event.ts';
import type { ReadTime } from '../../event/timestamp.ts';

/** How far ahead of the clock the time of an event may be and still count. */
const FUTURE_MS = 5 * 60_000;
/** An event without a time takes the time of the last event with one, when it arrives at most this long after it. */
const CONTINUES_MS = 10_000;

/** The state of a partition that is kept between batches. Times in ms since epoch. */
export interface Timing {
  /** The greatest time seen, but never later than the clock of its batch. Future events and inferred times do not count. */
  readonly greatestMs?: number;
  /** The latest event that had a time of its own and was in time. */
  readonly last?: LastTimed;
}

interface LastTimed {
  readonly timeMs: number;
  /** The clock of its batch. */
  readonly readAtMs: number;
  /** True when the event was read after the fact. */
  readonly isPast?: true;
}

export interface TimedEvent {
  readonly timeMs: number;
  readonly inferred: boolean;
  readonly timeliness: Timeliness;
  /** True when the event is earlier than an event before it, and yet in time. */
  readonly late: boolean;
}

/** The facts that the clock of a partition goes by. */
export interface ClockOptions {
  readonly latenessMs: number;
  /** `readAtMs`: the clock of the batch. `writtenByMs`: by when its lines were written, when that may be long ago (event/batch.ts). */
  readonly readAtMs: number;
  readonly writtenByMs?: number;
}

export interface PartitionClock {
  /**
   * Takes the next event of the partition. `own` is undefined when the event has no usable time; `recordMs` is the time of the transport.
   * `isBorneOut` answers if the lines behind agree that the event is no earlier than a time; it is absent when these lines are not known.
   * The result is void with the next call: an object for each line of a stream would cost more than its time.
   */
  next(
    own: ReadTime | undefined,
    recordMs: number | undefined,
    isBorneOut?: (fromMs: number) => boolean,
  ): TimedEvent;
  readonly timing: Timing;
  /** Undefined before the first event with a time. */
  readonly watermarkMs: number | undefined;
}

export function partitionClock(from: Timing, options: ClockOptions): PartitionClock {
  const { latenessMs, readAtMs, writtenByMs } = options;
  let { greatestMs } = from;
  const before = from.last;
  /** The time of the latest event with a time of its own that this clock has taken. */
  let lastMs: number | undefined;
  const timed = { timeMs: 0, inferred: false, timeliness: 'in_time' as Timeliness, late: false };
  const watermark = (): number | undefined =>
    greatestMs === undefined ? undefined : greatestMs - latenessMs;
  const latestMs = futureAfter(readAtMs);

  /** Chooses between the two instants of a wall clock time that occurs twice: the earlier one, unless the watermark has passed it. */
  function chosen(own: ReadTime): number {
    if (typeof own === 'number') return own;
    const limitMs = watermark();
    return limitMs !== undefined && own.ms < limitMs && own.laterMs <= latestMs ? own.laterMs : own.ms;
  }

  /** Returns the time of the last event with a time, when an event without a time continues it. */
  function continuedMs(): number | undefined {
    if (lastMs !== undefined) return lastMs;
    if (before === undefined) return undefined;
    const isSoon = Math.abs(readAtMs - before.readAtMs) <= CONTINUES_MS;
    return isSoon || (before.isPast === true && writtenByMs !== undefined) ? before.timeMs : undefined;
  }

  /** Moves the greatest time on, but never past our clock: the clock of no host may do so. A leap must also be confirmed by the lines behind. */
  function moveTo(timeMs: number, isBorneOut: ((fromMs: number) => boolean) | undefined): void {
    const toMs = Math.min(timeMs, readAtMs);
    if (greatestMs !== undefined && toMs <= greatestMs) return;
    const isLeap = greatestMs === undefined || toMs - greatestMs > latenessMs;
    if (!isLeap || isBorneOut === undefined || isBorneOut(toMs - latenessMs)) greatestMs = toMs;
  }

  return {
    next(own, recordMs, isBorneOut) {
      const inferred = own === undefined;
      const timeMs = inferred ? (recordMs ?? continuedMs() ?? writtenByMs ?? readAtMs) : chosen(own);
      const limitMs = watermark();
      timed.timeMs = timeMs;
      timed.inferred = inferred;
      timed.late = false;
      if (timeMs > latestMs) timed.timeliness = 'future';
      else if (limitMs !== undefined && timeMs < limitMs) timed.timeliness = 'too_late';
      else {
        timed.timeliness = 'in_time';
        timed.late = !inferred && greatestMs !== undefined && timeMs < greatestMs;
        if (!inferred) {
          moveTo(timeMs, isBorneOut);
          lastMs = timeMs;
        }
      }
      return timed;
    },
    get timing() {
      const isPast = writtenByMs !== undefined;
      const last =
        lastMs === undefined
          ? before
          : { timeMs: lastMs, readAtMs, ...(isPast && { isPast: true as const }) };
      return { ...(greatestMs !== undefined && { greatestMs }), ...(last !== undefined && { last }) };
    },
    get watermarkMs() {
      return watermark();
    },
  };
}

/** Returns the latest time that is not in the future, by the clock `readAtMs`. */
export function futureAfter(readAtMs: number): number {
  return readAtMs + FUTURE_MS;
}
