/** The times that the lines of a batch have of their own, read from the tape where there is one, and else from their documents. */
import type { SourceConfig } from '../../config/config.ts';
import type { Batch } from '../../event/batch.ts';
import { lineCount } from '../../event/batch.ts';
import type { JsonObject } from '../../event/event.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import { ODD, type Tape } from '../../event/kernel/tape.ts';
import { leafOf, textsAt } from '../../event/kernel/tape-values.ts';
import { parseWithNumberTexts } from '../../event/number-text.ts';
import { timestampParser } from '../../event/timestamp.ts';
import type { ReadTime, TimeHint, TimestampParser } from '../../event/timestamp.ts';
import type { BatchLines } from './batch-lines.ts';
import type { DecodedLine } from './line-decoder.ts';
import { isImpreciseNumber, timePlace } from './time-paths.ts';

/** The own time of each line: one instant, two, or none. */
export interface LineTimes {
  own(line: number): ReadTime | undefined;
  set(line: number, time: ReadTime | undefined): void;
  /** Returns the time of a line, the later one of two; NaN for none and for a time in the future. */
  latest(line: number): number;
}

/** `untilMs`: later times are in the future. */
export function newLineTimes(count: number, untilMs: number): LineTimes {
  const timesMs = new Float64Array(count).fill(Number.NaN);
  const pairs = new Map<number, ReadTime>();
  return {
    own(line) {
      const timeMs = timesMs[line]!;
      if (!Number.isNaN(timeMs)) return timeMs;
      return pairs.size === 0 ? undefined : pairs.get(line);
    },
    set(line, time) {
      if (typeof time === 'number') timesMs[line] = time;
      else if (time !== undefined) pairs.set(line, time);
    },
    latest(line) {
      const pair = pairs.size === 0 ? undefined : pairs.get(line);
      const timeMs = typeof pair === 'object' ? pair.laterMs : timesMs[line]!;
      return timeMs > untilMs ? Number.NaN : timeMs;
    },
  };
}

/** Reads event times as a source is configured: the first value at the configured paths that is a time. */
export interface LineTimeReader {
  /** The path whose value the kernel may read as a time; undefined if the format is none that it knows. */
  commonPath(kernel: LineKernel): number | undefined;
  /** Reads the time of a decoded line. */
  ofLine(decoded: DecodedLine, line: string, hint: TimeHint): ReadTime | undefined;
  /** Reads the time of a line from the tape; 'unclear' if only its document can tell. */
  onTape(tape: Tape, line: number, bytes: Buffer, hint: TimeHint): ReadTime | undefined | 'unclear';
}

/** Throws RangeError for a wrong time format or zone. */
export function lineTimeReader(timestamp: SourceConfig['timestamp']): LineTimeReader {
  const parse = timestampParser(timestamp);
  const places = timestamp.path.map((path) => timePlace(path, parse));
  const plainPaths = timestamp.path.filter((path) => typeof path === 'string');
  const paths = new WeakMap<LineKernel, readonly (number | undefined)[]>();
  const pathsIn = (kernel: LineKernel): readonly (number | undefined)[] => {
    let known = paths.get(kernel);
    if (known === undefined) paths.set(kernel, (known = plainPaths.map((path) => kernel.path(path))));
    return known;
  };
  const isIsoFirst = [timestamp.format].flat()[0] === 'iso8601' && typeof timestamp.path[0] === 'string';
  const timeIn = (document: JsonObject, hint: TimeHint): ReadTime | undefined => {
    for (const { read } of places) {
      const time = read(document, hint);
      if (time !== undefined) return time;
    }
    return undefined;
  };
  return {
    commonPath(kernel) {
      // The kernel must know all paths before it reads, whether or not it reads one of them as a time.
      const numbers = pathsIn(kernel);
      return isIsoFirst ? numbers[0] : undefined;
    },
    ofLine({ document, json }, line, hint) {
      const exact =
        json && places.some(({ isImprecise }) => isImprecise(document))
          ? parseWithNumberTexts(line)
          : undefined;
      return timeIn(exact ?? document, hint);
    },
    onTape(tape, line, bytes, hint) {
      const numbers = pathsIn(tape.kernel).filter((number) => number !== undefined);
      if (numbers.length < places.length) return 'unclear';
      return timeOnTape({ tape, line, bytes, numbers, parse, hint });
    },
  };
}

interface OnTape {
  readonly tape: Tape;
  readonly line: number;
  readonly bytes: Buffer;
  readonly numbers: readonly number[];
  readonly parse: TimestampParser;
  readonly hint: TimeHint;
}

function timeOnTape({ tape, line, bytes, numbers, parse, hint }: OnTape): ReadTime | undefined | 'unclear' {
  let time: ReadTime | undefined;
  let imprecise = 0;
  for (const number of numbers) {
    textsAt(tape, line, number, bytes, (kind, text) => {
      const leaf = leafOf(kind, text);
      if (isImpreciseNumber(leaf)) imprecise += 1;
      time ??= parse(leaf, hint);
    });
  }
  return imprecise > 0 ? 'unclear' : time;
}

interface TimesToRead {
  readonly batch: Batch;
  readonly lines: BatchLines;
  readonly tape?: Tape;
  readonly times: LineTimes;
  /** Absent: lines have the time at which they arrived. */
  readonly reader: LineTimeReader | undefined;
}

/** Reads the times of all lines of a batch; returns the lines that cannot be decoded. */
export function readTimes({ batch, lines, tape, times, reader }: TimesToRead): ReadonlySet<number> {
  const hint: TimeHint = { nearMs: batch.writtenByMs ?? batch.readAtMs };
  const undecodable = new Set<number>();
  for (let i = 0; i < lineCount(batch); i += 1) {
    if (tape !== undefined && tape.states[i] !== ODD) {
      const time = reader === undefined ? arrivalMs(batch, i) : tape.timesMs[i]!;
      if (Number.isNaN(time)) times.set(i, timeOfSound(i));
      else times.set(i, time);
      continue;
    }
    const decoded = lines.decoded(i);
    if (typeof decoded !== 'object') undecodable.add(i);
    if (reader === undefined) times.set(i, arrivalMs(batch, i));
    else if (typeof decoded === 'object') times.set(i, reader.ofLine(decoded, lines.text(i), hint));
  }
  return undecodable;

  function timeOfSound(i: number): ReadTime | undefined {
    const time = reader!.onTape(tape!, i, lines.bytes, hint);
    return time === 'unclear' ? reader!.ofLine(lines.decoded(i) as DecodedLine, lines.text(i), hint) : time;
  }
}

/** Returns when a line arrived, as exactly as that is known. */
function arrivalMs(batch: Batch, i: number): number {
  return recordTime(batch, i) ?? batch.writtenByMs ?? batch.readAtMs;
}

/** Returns the time that the transport gave a line, if it gave one. */
export function recordTime(batch: Batch, i: number): number | undefined {
  const time = batch.recordTimesMs?.[i];
  return time === undefined || Number.isNaN(time) ? undefined : time;
}
