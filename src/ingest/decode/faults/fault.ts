/** A fault in the reading of a source, found by looking at some of its lines. It is for people: a cause, a line, and the fix. */
import type { DecodedBatch } from '../decoder.ts';
import type { Decoding } from '../decoder.ts';
import type { LogEvent, Schema } from '../../../event/event.ts';

/** The ways in which lines of a source cannot be read as they should be. */
export const FAULT_REASONS = [
  'lines_not_utf8',
  'lines_undecodable',
  'lines_untimed',
  'lines_off_zone',
  'lines_future',
  'lines_too_late',
] as const;
export type FaultReason = (typeof FAULT_REASONS)[number];

export interface ReadingFault {
  /** Has no text of the log: pages show it to everybody. */
  readonly cause: string;
  /** A line, or the part of it that shows the cause. */
  readonly example?: string;
  readonly fix: string;
}

/** A line that was decoded, with what is known of it beside. */
export interface SeenLine {
  readonly event: LogEvent;
  readonly bytes: Uint8Array;
  /** It had bytes that are not of the encoding of its source. */
  readonly isGarbled: boolean;
  /** The time of the line less the time at which it arrived, ms; undefined where one of the two is not known. */
  readonly aheadMs: number | undefined;
}

/** The lines that are looked at, and how they were decoded. */
export interface SeenLines {
  readonly source: Decoding;
  readonly schema: Schema;
  readonly decoded: readonly DecodedBatch[];
  readonly lines: readonly SeenLine[];
}

/** Longest part of a line that is shown. */
const SHOWN_UNITS = 200;

export const shownPart = (text: string): string =>
  text.length <= SHOWN_UNITS ? text : `${text.slice(0, SHOWN_UNITS).toWellFormed()}…`;

/** Returns the element that occurs most often; undefined of none. */
export function mostOften<T>(all: readonly T[]): { readonly value: T; readonly count: number } | undefined {
  const counts = new Map<T, number>();
  for (const each of all) counts.set(each, (counts.get(each) ?? 0) + 1);
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  return first && { value: first[0], count: first[1] };
}
