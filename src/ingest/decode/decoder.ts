/**
 * Batches of bytes to events: text, document, time. Every line gives exactly one event, whatever it holds: what cannot be decoded becomes a
 * document of its `message` alone. State between batches is the timing that goes in and comes out.
 */
import type { Batch } from '../../event/batch.ts';
import { lineCount } from '../../event/batch.ts';
import type { JsonValue, LogEvent, Schema } from '../../event/event.ts';
import { pathReader } from '../../event/field-path.ts';
import { NumberText, parseWithNumberTexts, withoutMark } from '../../event/number-text.ts';
import { timestampParser } from '../../event/timestamp.ts';
import type { TimeHint } from '../../event/timestamp.ts';
import type { DecodeConfig, SourceConfig } from '../../config/config.ts';
import { DecodedEvent } from './decoded-event.ts';
import { dissectDecoder } from './dissect.ts';
import { decodeJson } from './json.ts';
import { addKeyValues } from './key-value.ts';
import type { DecodedLine, LineDecoder } from './line-decoder.ts';
import { decodeLogfmt } from './logfmt.ts';
import { latestBelievable, partitionClock } from './timing.ts';
import type { Timing } from './timing.ts';
import { notUtf8Lines } from './utf8.ts';

interface DecodeCounts {
  /** Earlier than an event before it, and yet in time. */
  readonly late: number;
  readonly tooLate: number;
  readonly future: number;
  readonly undecodable: number;
  readonly timeInferred: number;
  /** Lines with bytes that are no UTF-8. */
  readonly notUtf8: number;
  /** Values that did not fit their field's type, by field. Fields are read when asked for, so look after working on the events. */
  readonly unfit: ReadonlyMap<string, number>;
}

export interface DecodedBatch {
  readonly events: readonly LogEvent[];
  /** State after the batch (JSON), to be kept with the position and handed in with the next batch of the partition. */
  readonly timing: string;
  /** Greatest time seen less the lateness; undefined before the first event with a time. */
  readonly watermarkMs: number | undefined;
  readonly counts: DecodeCounts;
}

export interface Decoder {
  /** `timing`: what the batch before gave, undefined at the start of a partition. */
  decode(batch: Batch, timing: string | undefined): DecodedBatch;
}

/** Throws RangeError, in words for whoever wrote the configuration, for a wrong pattern, time format or zone. */
export function createDecoder(source: SourceConfig, schema: Schema): Decoder {
  const decodeLine = lineDecoder(source.decode);
  const readTime = timeReader(source);
  const ordinals = new Map(schema.fields.map((field, i) => [field, i]));
  const joined = source.decode.multilineStart !== undefined;

  return {
    decode(batch, timing) {
      const clock = partitionClock(timingOf(timing), source.latenessMs, batch.readAtMs);
      const hint: TimeHint = { notAfterMs: batch.notAfterMs ?? latestBelievable(batch.readAtMs) };
      const counts = {
        late: 0,
        tooLate: 0,
        future: 0,
        undecodable: 0,
        timeInferred: 0,
        notUtf8: notUtf8Lines(batch),
        unfit: new Map<string, number>(),
      };
      const text = lineReader(batch, joined);
      const events: LogEvent[] = [];
      for (let i = 0; i < lineCount(batch); i += 1) {
        const line = text(i);
        const plain = withoutMark(line);
        const decoded = decodeLine(plain);
        const fine = typeof decoded === 'object';
        const ownMs = fine ? readTime(decoded, line, hint) : undefined;
        const timed = clock.next(ownMs, recordTime(batch, i));
        if (!fine) counts.undecodable += 1;
        if (timed.inferred) counts.timeInferred += 1;
        if (timed.late) counts.late += 1;
        if (timed.timeliness === 'too_late') counts.tooLate += 1;
        if (timed.timeliness === 'future') counts.future += 1;
        const position = { source: batch.source, partition: batch.partition, offset: batch.offsets[i]! };
        const parts = fine ? decoded : { document: { message: plain }, json: false, undecodable: decoded };
        events.push(new DecodedEvent({ ...parts, position, line }, timed, { ordinals, unfit: counts.unfit }));
      }
      return { events, timing: JSON.stringify(clock.timing), watermarkMs: clock.watermarkMs, counts };
    },
  };
}

function timingOf(text: string | undefined): Timing {
  return text === undefined || text === '' ? {} : (JSON.parse(text) as Timing);
}

/** The transport's time of a line, where it has one. */
function recordTime(batch: Batch, i: number): number | undefined {
  const time = batch.recordTimesMs?.[i];
  return time === undefined || Number.isNaN(time) ? undefined : time;
}

/** Text of the lines of a batch, a line end that the transport left dropped. */
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
      // The document was made for this line by the decoder just now.
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

/** Reads the event time of a decoded line: the first value at the configured paths that is a time. */
function timeReader({
  timestamp,
}: SourceConfig): (decoded: DecodedLine, line: string, hint: TimeHint) => number | undefined {
  const parse = timestampParser(timestamp);
  const readers = timestamp.path.map(pathReader);
  return (decoded, line, hint) => {
    let time: number | undefined;
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
