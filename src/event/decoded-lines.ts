/** The lines of a batch after decoding, as columns. An event is made of a line only when somebody asks for it. */
import type { Batch } from './batch.ts';
import type { LogEvent, Timeliness } from './event.ts';
import type { Tape } from './kernel/tape.ts';

/** The timeliness of an event as a number in a column. */
export const TIMELINESS: readonly Timeliness[] = ['in_time', 'too_late', 'future'];
export const IN_TIME = 0;

export interface DecodedLines {
  readonly batch: Batch;
  /** Event time of each line, ms since epoch. */
  readonly timesMs: Float64Array;
  /** 1 for each line whose time is inferred. */
  readonly inferred: Uint8Array;
  /** Index in `TIMELINESS` of each line. */
  readonly timeliness: Uint8Array;
  /** Absent if the lines were read the plain way. */
  readonly tape?: Tape;
  /** Returns the event of a line: the same object each time. */
  event(line: number): LogEvent;
}

/** Lines for which rules can be asked. */
export interface MatchableLines extends DecodedLines {
  /** As in `LogEvent`, of a line. */
  soundJson(line: number): string | undefined;
  /** Returns text and values of some lines, in ascending order, for later: without the batch that they came in. */
  alone(lines: readonly number[]): LinesAlone;
}

/** Lines without their batch. */
export interface LinesAlone {
  /** Returns text and values of one of the lines. */
  of(line: number): Pick<LogEvent, 'line' | 'values'>;
}

/** Returns the times of events as the columns of lines. */
export function columnsOf(events: readonly LogEvent[]): Pick<DecodedLines, 'timesMs' | 'timeliness'> {
  return {
    timesMs: Float64Array.from(events, ({ timeMs }) => timeMs),
    timeliness: Uint8Array.from(events, ({ timeliness }) => TIMELINESS.indexOf(timeliness)),
  };
}
