/**
 * Event time of one partition (semantics: Ground): which time an event has, where the watermark stands, and how the event stands to it. Pure:
 * the clock comes in as the tick of the batch.
 */
import type { Timeliness } from '../../event/event.ts';
import type { ReadTime } from '../../event/timestamp.ts';

/** How far ahead of the clock an event may be and still count. */
const FUTURE_MS = 5 * 60_000;
/** An event without a time that arrives so soon after one with a time continues it. */
const CONTINUES_MS = 10_000;

/** What is kept of a partition between batches. Times in ms since epoch. */
export interface Timing {
  /** Greatest time seen, none later than the clock of its batch; future events and inferred times left out. */
  readonly greatestMs?: number;
  /** The latest event that had a time of its own and was in time. */
  readonly last?: LastTimed;
}

interface LastTimed {
  readonly timeMs: number;
  /** Clock of its batch. */
  readonly readAtMs: number;
  /** It was read after the fact. */
  readonly isPast?: true;
}

export interface TimedEvent {
  readonly timeMs: number;
  readonly inferred: boolean;
  readonly timeliness: Timeliness;
  /** Earlier than an event before it, and yet in time. */
  readonly late: boolean;
}

/** What the clock of a partition goes by. */
export interface ClockOptions {
  readonly latenessMs: number;
  /** Clock of the batch, and by when its lines were written where that may be long ago (event/batch.ts). */
  readonly readAtMs: number;
  readonly writtenByMs?: number;
}

export interface PartitionClock {
  /**
   * The next event of the partition; `own` undefined where it has no usable time, `recordMs` the transport's. `isBorneOut` says whether
   * the lines behind it agree that it is no earlier than a time; it is asked where those lines are known.
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
  let { greatestMs, last } = from;
  const watermark = (): number | undefined =>
    greatestMs === undefined ? undefined : greatestMs - latenessMs;
  const latestMs = futureAfter(readAtMs);

  /** Of a wall clock that occurs twice: the earlier instant, unless the partition has left that behind. */
  function chosen(own: ReadTime): number {
    if (typeof own === 'number') return own;
    const limitMs = watermark();
    return limitMs !== undefined && own.ms < limitMs && own.laterMs <= latestMs ? own.laterMs : own.ms;
  }

  /** Time of the event that one without a time continues. */
  function continuedMs(): number | undefined {
    if (last === undefined) return undefined;
    const isSoon = Math.abs(readAtMs - last.readAtMs) <= CONTINUES_MS;
    return isSoon || (last.isPast === true && writtenByMs !== undefined) ? last.timeMs : undefined;
  }

  /** No host's clock moves the watermark past ours, and no line does that those behind it gainsay. */
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
      if (timeMs > latestMs) return { timeMs, inferred, timeliness: 'future', late: false };
      const tooLate = limitMs !== undefined && timeMs < limitMs;
      if (tooLate) return { timeMs, inferred, timeliness: 'too_late', late: false };
      const late = !inferred && greatestMs !== undefined && timeMs < greatestMs;
      if (!inferred) {
        moveTo(timeMs, isBorneOut);
        last = { timeMs, readAtMs, ...(writtenByMs !== undefined && { isPast: true }) };
      }
      return { timeMs, inferred, timeliness: 'in_time', late };
    },
    get timing() {
      return { ...(greatestMs !== undefined && { greatestMs }), ...(last !== undefined && { last }) };
    },
    get watermarkMs() {
      return watermark();
    },
  };
}

/** What is later than this is in the future, by this clock. */
export function futureAfter(readAtMs: number): number {
  return readAtMs + FUTURE_MS;
}
