/**
 * A batch: lines of one partition as they were read, still UTF-8 bytes. Nothing here parses a line, so a step that can decide on bytes
 * never has to.
 */

import type { Tape } from './kernel/tape.ts';

/** The place where a reader goes on after a batch. */
export interface Position {
  /** Offset of the next event in its partition. An event with a smaller offset has been read. */
  readonly offset: number;
  /**
   * The source's own proof (JSON) of the place: file identity and fingerprint, or the timestamp and hash of the Kafka record before it.
   * Only the source that made it reads it.
   */
  readonly proof: string;
}

/** Where lines came from, by the names in steps (`@file`, `@kafka.key`): one text for all lines, or one for each line that has any. */
export type Origins = Readonly<Record<string, string | readonly (string | undefined)[]>>;

/** The same of one line. */
export type LineOrigin = Readonly<Record<string, string | undefined>>;

/** A line that named columns stood before the line `line` of a batch; behind all lines, if there is none of this number. */
export interface HeaderPlace {
  readonly line: number;
  readonly fields: string;
}

/** Lines read together from one partition. Line `i` is `bytes[starts[i], ends[i])`, without its line end. */
export interface Batch {
  readonly source: string;
  /** Number of the partition within its source. */
  readonly partition: number;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Offset of each line, strictly increasing; unique within (source, partition). */
  readonly offsets: Float64Array;
  /** The transport's own time of each line (Kafka record timestamp, ms since epoch, NaN if there is none); absent for files. */
  readonly recordTimesMs?: Float64Array;
  /** Clock when the batch was read (ms since epoch): the recorded tick of the batch. */
  readonly readAtMs: number;
  /** The place to go on from once everything in this batch is durable. */
  readonly next: Position;
  /** Lines of this batch that were longer than the limit and were cut, and events of several lines that were. */
  readonly cutLines: number;
  /** Lines whose wrong bytes nobody can see any more, since the lines were written anew. Absent: none. */
  readonly garbled?: GarbledLines | undefined;
  /** The partition had no unread data after this batch. */
  readonly atEnd: boolean;
  /**
   * Set if the lines may have arrived long before they were read (a file that was not read to its end just before). It is the latest time
   * at which the last of them can have been written (modification time, whole ms since epoch). Absent if the lines arrived as they were
   * read.
   */
  readonly writtenByMs?: number;
  /** Where the lines came from, where steps of their source ask for it. */
  readonly origins?: Origins;
  /** Lines that named the columns of the lines behind them, and are no events. */
  readonly headers?: readonly HeaderPlace[];
  /** The tape of the lines, where another thread has read them already. */
  readonly tape?: Tape;
}

/** Lines with bytes that are not of the encoding of their source. U+FFFD stands for these bytes. */
export interface GarbledLines {
  readonly lines: number;
  /** The label of the encoding that the lines are probably of. */
  readonly looksLike?: string;
}

/** Returns the lines of both. */
export function withGarbled(
  some: GarbledLines | undefined,
  more: GarbledLines | undefined,
): GarbledLines | undefined {
  if (some === undefined || more === undefined) return some ?? more;
  return { ...more, ...some, lines: some.lines + more.lines };
}

/** Number of lines in a batch. */
export function lineCount(batch: Batch): number {
  return batch.offsets.length;
}

/** Returns a batch of the lines of these numbers, in ascending order, with all that is known of each. The batch must have no tape. */
export function onlyLines(batch: Batch, lines: readonly number[]): Batch {
  const { starts, ends, offsets, recordTimesMs, origins, headers } = batch;
  const placeOf = (line: number): number => lines.filter((kept) => kept < line).length;
  return {
    ...batch,
    starts: Uint32Array.from(lines, (i) => starts[i]!),
    ends: Uint32Array.from(lines, (i) => ends[i]!),
    offsets: Float64Array.from(lines, (i) => offsets[i]!),
    ...(recordTimesMs && { recordTimesMs: Float64Array.from(lines, (i) => recordTimesMs[i]!) }),
    ...(origins && { origins: originsOfLines(origins, lines) }),
    ...(headers && { headers: headers.map((header) => ({ ...header, line: placeOf(header.line) })) }),
  };
}

/** Returns the batch without so many lines at its beginning. */
export function withoutFirst(batch: Batch, count: number): Batch {
  return onlyLines(batch, Array.from(batch.offsets, (_, i) => i).slice(count));
}

/** Returns where the lines of these numbers came from. */
export function originsOfLines(origins: Origins, lines: readonly number[]): Origins {
  return Object.fromEntries(
    Object.entries(origins).map(([name, of]) => [
      name,
      typeof of === 'string' ? of : lines.map((line) => of[line]),
    ]),
  );
}

/** Returns where a line came from. The object does not hold the batch. */
export function originOf(origins: Origins, line: number): LineOrigin {
  const origin: Record<string, string | undefined> = {};
  for (const [name, of] of Object.entries(origins)) origin[name] = typeof of === 'string' ? of : of[line];
  return origin;
}

/** Returns the size of the texts of `origins`, in UTF-16 units. */
export function originUnits(origins: Origins | undefined): number {
  let units = 0;
  for (const of of Object.values(origins ?? {}))
    units += typeof of === 'string' ? of.length : of.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  return units;
}
