/**
 * Turns batches of bytes into events: text, document, time. Every line gives exactly one event, whatever the line holds. A line that cannot
 * be decoded becomes a document with `message` alone. The only state between batches is the timing that goes in and comes out.
 */
import type { Batch } from '../../event/batch.ts';
import { lineCount } from '../../event/batch.ts';
import type { JsonValue, LogEvent, Schema } from '../../event/event.ts';
import { pathReader } from '../../event/field-path.ts';
import { NumberText, parseWithNumberTexts, withoutMark } from '../../event/number-text.ts';
import { timestampParser } from '../../event/timestamp.ts';
import type { ReadTime, TimeHint } from '../../event/timestamp.ts';
import type { DecodeConfig, SourceConfig } from '../../config/config.ts';
import { isBorneOut } from './bearing-out.ts';
import { DecodedEvent } from './decoded-event.ts';
import { dissectDecoder } from './dissect.ts';
import { decodeJson } from './json.ts';
import { addKeyValues } from './key-value.ts';
import type { DecodedLine, LineDecoder } from './line-decoder.ts';
import { decodeLogfmt } from './logfmt.ts';
import { futureAfter, partitionClock } from './timing.ts';
import type { Timing } from './timing.ts';
import { notUtf8Lines } from './utf8.ts';

interface DecodeCounts {
  /** Events earlier than an event before them, and yet in time. */
  readonly late: number;
  readonly tooLate: number;
  readonly future: number;
  readonly undecodable: number;
  readonly timeInferred: number;
  /** Lines with bytes that are not valid UTF-8. */
  readonly notUtf8: number;
  /**
   * Values that did not fit the type of their field, by field. Fields are read when they are asked for: look here only after the work on
   * the events.
   */
  readonly unfit: ReadonlyMap<string, number>;
}

export interface DecodedBatch {
  readonly events: readonly LogEvent[];
  /** The state after the batch (JSON). Keep it with the position, and hand it in with the next batch of the partition. */
  readonly timing: string;
  /** The greatest time seen less the lateness; undefined before the first event with a time. */
  readonly watermarkMs: number | undefined;
  /** The watermark after each event; −Infinity where it is undefined. */
  readonly watermarksMs: Float64Array;
  readonly counts: DecodeCounts;
}

/** A batch whose lines are decoded into documents and read times, but are not events yet. */
export interface ReadBatch {
  readonly batch: Batch;
  readonly lines: readonly ReadLine[];
  /** The time of each line, the later one where it has two. NaN for a line without a time or with a time that lies in the future. */
  readonly latestTimes: Float64Array;
}

interface ReadLine {
  readonly line: string;
  /** The line without a byte order mark. */
  readonly plain: string;
  /** The decoded line, or in words why it cannot be decoded. */
  readonly decoded: DecodedLine | string;
  readonly own: ReadTime | undefined;
}

export interface Decoder {
  /** Decodes a batch. `timing` is the `timing` of the batch before; undefined at the start of a partition. */
  decode(batch: Batch, timing: string | undefined): DecodedBatch;
  /** The first half of `decode`. It needs no state. */
  read(batch: Batch): ReadBatch;
  /**
   * The second half of `decode`. `behind`: times of the lines behind the batch, as many as may matter (bearing-out.ts), when the input is
   * read after the fact; undefined when these lines are not known.
   */
  time(read: ReadBatch, timing: string | undefined, behind?: readonly number[]): DecodedBatch;
}

/** Throws RangeError for a wrong pattern, time format or zone. Its message is for the person who wrote the configuration. */
export function createDecoder(source: SourceConfig, schema: Schema): Decoder {
  const decodeLine = lineDecoder(source.decode);
  const readTime = source.timestamp.isArrival === true ? undefined : timeReader(source);
  const ordinals = new Map(schema.fields.map((field, i) => [field, i]));
  const joined = source.decode.multilineStart !== undefined;

  function read(batch: Batch): ReadBatch {
    const hint: TimeHint = { nearMs: batch.writtenByMs ?? batch.readAtMs };
    const latestMs = futureAfter(batch.readAtMs);
    const text = lineReader(batch, joined);
    const count = lineCount(batch);
    const lines: ReadLine[] = [];
    const latestTimes = new Float64Array(count);
    for (let i = 0; i < count; i += 1) {
      const line = text(i);
      const plain = withoutMark(line);
      const decoded = decodeLine(plain);
      const own =
        readTime === undefined
          ? arrivalMs(batch, i)
          : typeof decoded === 'object'
            ? readTime(decoded, line, hint)
            : undefined;
      lines.push({ line, plain, decoded, own });
      const latest = typeof own === 'object' ? own.laterMs : (own ?? Number.NaN);
      latestTimes[i] = latest > latestMs ? Number.NaN : latest;
    }
    return { batch, lines, latestTimes };
  }

  function time(
    { batch, lines, latestTimes }: ReadBatch,
    timing: string | undefined,
    behind?: readonly number[],
  ): DecodedBatch {
    const clock = partitionClock(timingOf(timing), { ...batch, latenessMs: source.latenessMs });
    const unfit = new Map<string, number>();
    const notUtf8 = notUtf8Lines(batch);
    const counts = { late: 0, tooLate: 0, future: 0, undecodable: 0, timeInferred: 0, notUtf8, unfit };
    const events: LogEvent[] = [];
    const watermarksMs = new Float64Array(lines.length);
    let at = 0;
    const bearsOut =
      behind &&
      ((fromMs: number) =>
        isBorneOut(fromMs, (i) => latestTimes[at + 1 + i] ?? behind[at + 1 + i - lines.length]));
    for (const { line, plain, decoded, own } of lines) {
      const timed = clock.next(own, recordTime(batch, at), bearsOut);
      const fine = typeof decoded === 'object';
      if (!fine) counts.undecodable += 1;
      else if (timed.inferred) counts.timeInferred += 1;
      if (timed.late) counts.late += 1;
      if (timed.timeliness === 'too_late') counts.tooLate += 1;
      if (timed.timeliness === 'future') counts.future += 1;
      const position = { source: batch.source, partition: batch.partition, offset: batch.offsets[at]! };
      const parts = fine ? decoded : { document: { message: plain }, json: false, undecodable: decoded };
      events.push(new DecodedEvent({ ...parts, position, line }, timed, { ordinals, unfit }));
      watermarksMs[at] = clock.watermarkMs ?? -Infinity;
      at += 1;
    }
    const { watermarkMs } = clock;
    return { events, timing: JSON.stringify(clock.timing), watermarkMs, watermarksMs, counts };
  }

  return { read, time, decode: (batch, timing) => time(read(batch), timing) };
}

function timingOf(text: string | undefined): Timing {
  return text === undefined || text === '' ? {} : (JSON.parse(text) as Timing);
}

/** Returns when a line arrived, as exactly as that is known. */
function arrivalMs(batch: Batch, i: number): number {
  return recordTime(batch, i) ?? batch.writtenByMs ?? batch.readAtMs;
}

/** Returns the time that the transport gave a line, if it gave one. */
function recordTime(batch: Batch, i: number): number | undefined {
  const time = batch.recordTimesMs?.[i];
  return time === undefined || Number.isNaN(time) ? undefined : time;
}

/** Returns a reader for the text of each line of a batch. A line end that the transport left is dropped. */
function lineReader(batch: Batch, joined: boolean): (i: number) => string {
  const { bytes, starts, ends } = batch;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (i) => {
    const start = starts[i]!;
    let end = ends[i]!;
    if (end > start && bytes[end - 1] === 0x0a) end -= 1;
    if (end > start && bytes[end - 1] === 0x0d) end -= 1;
    const line = buffer.toString('utf8', start, end);
    return joined && line.includes('\r\n') ? line.replaceAll('\r\n', '\n') : line;
  };
}

function lineDecoder(config: DecodeConfig): LineDecoder {
  const decode = kinds[config.kind](config);
  if (config.kv === undefined) return decode;
  const read = pathReader(config.kv);
  return (line) => {
    const decoded = decode(line);
    if (typeof decoded === 'object') {
      const texts: string[] = [];
      read(decoded.document, (leaf) => {
        if (typeof leaf === 'string') texts.push(leaf);
      });
      // The document may be changed, since the decoder made it for this line just now.
      for (const text of texts) addKeyValues(text, decoded.document);
    }
    return decoded;
  };
}

const kinds: Readonly<Record<DecodeConfig['kind'], (config: DecodeConfig) => LineDecoder>> = {
  json: () => decodeJson,
  logfmt: () => decodeLogfmt,
  dissect: (config) => dissectDecoder(config.pattern ?? ''),
};

/** Returns a function that reads the event time of a decoded line: the first value at the configured paths that is a time. */
function timeReader({
  timestamp,
}: SourceConfig): (decoded: DecodedLine, line: string, hint: TimeHint) => ReadTime | undefined {
  const parse = timestampParser(timestamp);
  const readers = timestamp.path.map(pathReader);
  return (decoded, line, hint) => {
    let time: ReadTime | undefined;
    let imprecise = 0;
    const take = (leaf: JsonValue | NumberText): void => {
      if (Number.isInteger(leaf) && !Number.isSafeInteger(leaf)) imprecise += 1;
      time ??= parse(leaf instanceof NumberText ? leaf.text : leaf, hint);
    };
    for (const read of readers) read(decoded.document, take);
    const exact = imprecise > 0 && decoded.json ? parseWithNumberTexts(line) : undefined;
    if (exact === undefined) return time;
    time = undefined;
    for (const read of readers) read(exact, take);
    return time;
  };
}
