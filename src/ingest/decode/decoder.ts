/**
 * Turns batches of bytes into events: text, document, time. Every line gives exactly one event, whatever the line holds. A line that cannot
 * be decoded becomes a document with `message` alone. The only state between batches is the timing that goes in and comes out.
 */
import { hostname } from 'node:os';
import { ORIGIN_HOST, ORIGIN_SOURCE, originsReadBy } from '../../config/decode/origins.ts';
import type { Batch, GarbledLines, Origins } from '../../event/batch.ts';
import { lineCount, withGarbled } from '../../event/batch.ts';
import { TIMELINESS, type LinesAlone, type MatchableLines } from '../../event/decoded-lines.ts';
import type { LogEvent, Schema } from '../../event/event.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import { withoutMark } from '../../event/number-text.ts';
import { ODD, type Tape } from '../../event/kernel/tape.ts';
import type { SourceConfig } from '../../config/config.ts';
import { hasHeaders } from '../header-lines.ts';
import { joiningOf } from '../joining.ts';
import { batchLines, headerAbove, withHeaders, type BatchLines } from './batch-lines.ts';
import { isBorneOut } from './bearing-out.ts';
import { DecodedEvent, type Shared, soundJsonOf } from './decoded-event.ts';
import type { LineDecoder } from './line-decoder.ts';
import { linesAlone } from './lines-alone.ts';
import { lineTimeReader, newLineTimes, readTimes, recordTime, type LineTimes } from './line-times.ts';
import { compileEvents, recordDecoding } from './records.ts';
import { createTapes, type Tapes } from './tapes.ts';
import { futureAfter, partitionClock } from './timing.ts';
import type { TimedEvent, Timing } from './timing.ts';
import { garbledIn, notUtf8Lines } from './utf8.ts';

interface DecodeCounts {
  /** Events earlier than an event before them, and yet in time. */
  readonly late: number;
  readonly tooLate: number;
  readonly future: number;
  readonly undecodable: number;
  readonly timeInferred: number;
  readonly garbled: GarbledLines | undefined;
  /**
   * Values that did not fit the type of their field, by field. Fields are read when they are asked for: look here only after the work on
   * the events.
   */
  readonly unfit: ReadonlyMap<string, number>;
}

export interface DecodedBatch extends MatchableLines {
  /** The events of all lines. */
  readonly events: readonly LogEvent[];
  /** The state after the batch (JSON). Keep it with the position, and hand it in with the next batch of the partition. */
  readonly timing: string;
  /** The greatest time seen less the lateness; undefined before the first event with a time. */
  readonly watermarkMs: number | undefined;
  /** The watermark after each event; −Infinity where it is undefined. */
  readonly watermarksMs: Float64Array;
  readonly counts: DecodeCounts;
  /** As in `BatchLines`, with the header that holds for each line. */
  readonly origins: Origins | undefined;
}

/** A batch whose times are read, but whose lines are not events yet. */
export interface ReadBatch {
  readonly batch: Batch;
  readonly lines: BatchLines;
  readonly tape?: Tape;
  readonly times: LineTimes;
  readonly undecodable: ReadonlySet<number>;
  readonly garbled: GarbledLines | undefined;
  /** The header that holds for the lines behind the batch. */
  readonly header: string | undefined;
}

export interface Decoder {
  /** As in `Tapes`: what `decode` with the same kernel need not do then. */
  readonly readAhead: Tapes['readAhead'];
  /**
   * Decodes a batch. `timing` is the `timing` of the batch before; undefined at the start of a partition. `kernel` reads lines of JSON from
   * bytes; without it, or for lines of other kinds, every line is read the plain way.
   */
  decode(batch: Batch, timing: string | undefined, kernel?: LineKernel): DecodedBatch;
  /** The first half of `decode`. `header`: that of the batch before, the only state it needs. */
  read(batch: Batch, kernel?: LineKernel, header?: string): ReadBatch;
  /**
   * The second half of `decode`. `behind`: times of the lines behind the batch (bearing-out.ts), when the input is read after the fact;
   * undefined when these lines are not known.
   */
  time(
    read: ReadBatch,
    timing: string | undefined,
    behind?: (index: number) => number | undefined,
  ): DecodedBatch;
}

/** The settings of a source that decide how its lines become events. */
export type Decoding = Pick<SourceConfig, 'name' | 'decode' | 'timestamp' | 'latenessMs'>;

/** Throws RangeError for a wrong pattern, time format or zone. Its message is for the person who wrote the configuration. */
export function createDecoder(source: Decoding, schema: Schema): Decoder {
  const asksOrigin = originsReadBy(source.decode.steps).size > 0 || hasHeaders(source.decode);
  const decodeLine = lineDecoderOf(source, asksOrigin);
  const reader = source.timestamp.isArrival === true ? undefined : lineTimeReader(source.timestamp);
  const ordinals = new Map(schema.fields.map((field, i) => [field, i]));
  const decoding = recordDecoding(source.decode);
  const joined = joiningOf(decoding) !== undefined;
  const tapes = createTapes(decoding, reader);

  const sameGuess = firstGuess();

  function read(batch: Batch, kernel?: LineKernel, before?: string): ReadBatch {
    const header = before ?? headerAbove(batch);
    const origins = asksOrigin ? withHeaders(batch, header) : undefined;
    const lines = batchLines(batch, decodeLine, { joined, origins });
    const notUtf8 = notUtf8Lines(batch);
    const tape = kernel && tapes.read(batch, kernel);
    if (tape !== undefined) for (const i of notUtf8) tape.states[i] = ODD;
    const times = newLineTimes(lineCount(batch), futureAfter(batch.readAtMs));
    const undecodable = readTimes({ batch, lines, times, reader, ...(tape !== undefined && { tape }) });
    return {
      batch,
      lines,
      times,
      undecodable,
      garbled: sameGuess(withGarbled(batch.garbled, garbledIn(batch, notUtf8))),
      header: batch.headers?.at(-1)?.fields ?? header,
      ...(tape !== undefined && { tape }),
    };
  }

  function time(
    { batch, lines, times, undecodable, garbled, header, tape }: ReadBatch,
    timing: string | undefined,
    behind?: (index: number) => number | undefined,
  ): DecodedBatch {
    const count = lineCount(batch);
    const clock = partitionClock(timingOf(timing), { ...batch, latenessMs: source.latenessMs });
    const unfit = new Map<string, number>();
    const noneYet = { late: 0, tooLate: 0, future: 0, timeInferred: 0 };
    const counts = { ...noneYet, undecodable: undecodable.size, garbled, unfit };
    const timesMs = new Float64Array(count);
    const inferred = new Uint8Array(count);
    const timeliness = new Uint8Array(count);
    const watermarksMs = new Float64Array(count);
    let at = 0;
    const latest = (line: number) => (line < count ? times.latest(line) : behind!(line - count));
    const bearsOut = behind && ((fromMs: number) => isBorneOut(fromMs, (i) => latest(at + 1 + i)));
    for (; at < count; at += 1) {
      const timed = clock.next(times.own(at), recordTime(batch, at), bearsOut);
      timesMs[at] = timed.timeMs;
      if (timed.inferred) inferred[at] = 1;
      timeliness[at] = TIMELINESS.indexOf(timed.timeliness);
      watermarksMs[at] = clock.watermarkMs ?? -Infinity;
      addTo(counts, timed, undecodable.has(at));
    }
    const { watermarkMs } = clock;
    const columns = { batch, timesMs, inferred, timeliness, lines, ordinals, unfit };
    return new TimedBatch(tape === undefined ? columns : { ...columns, tape }, {
      timing: JSON.stringify(header === undefined ? clock.timing : { ...clock.timing, header }),
      watermarkMs,
      watermarksMs,
      counts,
    });
  }

  return {
    readAhead: tapes.readAhead,
    read,
    time,
    decode: (batch, timing, kernel) => time(read(batch, kernel, timingOf(timing).header), timing),
  };
}

function lineDecoderOf({ name, decode: config }: Decoding, asksOrigin: boolean): LineDecoder {
  const decode = compileEvents(config);
  if (!asksOrigin) return (line) => decode(withoutMark(line));
  const here = { [ORIGIN_SOURCE]: name, [ORIGIN_HOST]: hostname() };
  return (line, origin) => decode(withoutMark(line), Object.assign({}, here, origin));
}

/** Returns a function that keeps the first guess of an encoding, so that one trouble is told of once. */
function firstGuess(): (garbled: GarbledLines | undefined) => GarbledLines | undefined {
  let looksLike: string | undefined;
  return (garbled) => {
    looksLike ??= garbled?.looksLike;
    return garbled && { ...garbled, ...(looksLike !== undefined && { looksLike }) };
  };
}

/** Adds an event to the counts. A line that cannot be decoded is told as such alone, although its time is inferred as well. */
function addTo(counts: Counting, { inferred, late, timeliness }: TimedEvent, isUndecodable: boolean): void {
  if (inferred && !isUndecodable) counts.timeInferred += 1;
  if (late) counts.late += 1;
  if (timeliness === 'too_late') counts.tooLate += 1;
  if (timeliness === 'future') counts.future += 1;
}

type Counting = { -readonly [name in 'timeInferred' | 'late' | 'tooLate' | 'future']: DecodeCounts[name] };

type Outcome = Pick<DecodedBatch, 'timing' | 'watermarkMs' | 'watermarksMs' | 'counts'>;

class TimedBatch implements DecodedBatch {
  readonly batch: Batch;
  readonly timesMs: Float64Array;
  readonly inferred: Uint8Array;
  readonly timeliness: Uint8Array;
  declare readonly tape?: Tape;
  readonly timing: string;
  readonly watermarkMs: number | undefined;
  readonly watermarksMs: Float64Array;
  readonly counts: DecodeCounts;
  readonly #shared: Shared;
  readonly #events: (LogEvent | undefined)[] = [];

  constructor(shared: Shared, outcome: Outcome) {
    this.batch = shared.batch;
    this.timesMs = shared.timesMs;
    this.inferred = shared.inferred;
    this.timeliness = shared.timeliness;
    if (shared.tape !== undefined) this.tape = shared.tape;
    this.timing = outcome.timing;
    this.watermarkMs = outcome.watermarkMs;
    this.watermarksMs = outcome.watermarksMs;
    this.counts = outcome.counts;
    this.#shared = shared;
  }

  event(line: number): LogEvent {
    return (this.#events[line] ??= new DecodedEvent(line, this.#shared));
  }

  soundJson(line: number): string | undefined {
    return soundJsonOf(line, this.#shared);
  }

  alone(lines: readonly number[]): LinesAlone {
    return linesAlone(lines, this.#shared);
  }

  get origins(): Origins | undefined {
    return this.#shared.lines.origins;
  }

  get events(): readonly LogEvent[] {
    return Array.from(this.timesMs, (_, i) => this.event(i));
  }
}

interface DecoderState extends Timing {
  readonly header?: string;
}

function timingOf(text: string | undefined): DecoderState {
  return text === undefined || text === '' ? {} : (JSON.parse(text) as DecoderState);
}
