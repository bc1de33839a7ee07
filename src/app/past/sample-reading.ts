/** How whole a sample of a log is read as a source is configured: what does not fit, and in how many events. */
import type { Batch } from '../../event/batch.ts';
import type { LogEvent, Schema, Value } from '../../event/event.ts';
import { fieldValue } from '../../event/field-value.ts';
import { decodeAfterTheFact } from '../../ingest/decode/after-the-fact.ts';
import type { Decoding } from '../../ingest/decode/decoder.ts';
import { isGarbled } from '../../ingest/decode/faults/seen-lines.ts';
import { decoderOf } from '../decoding.ts';

/** A field of an event: its values, and how many others did not fit its type. */
interface SampleField {
  readonly name: string;
  readonly type: Schema['fields'][number]['type'];
  readonly values: readonly Value[];
  readonly unfit: number;
}

/** An event of a sample. */
export interface SampleEvent {
  readonly event: LogEvent;
  /** Lines of the file that it is made of, without blank ones behind it. */
  readonly lines: number;
  /** The fields that have a value, or one that does not fit, in the order of the schema. */
  readonly fields: readonly SampleField[];
  /** It had bytes that are not of the encoding of its source. */
  readonly isGarbled: boolean;
}

/** Counts of a sample. An event may count several times, but for `events` and `whole`. */
export interface SampleCounts {
  events: number;
  /** Lines that the events are made of, and those of the events that were read whole. */
  lines: number;
  wholeLines: number;
  /** Events with a time of their own, whose steps and types all fitted. */
  whole: number;
  undecodable: number;
  /** Decoded, but without a time of their own. */
  untimed: number;
  /** With a value that does not fit the type of its field. */
  unfit: number;
  garbled: number;
  /** By their own time: too far behind events before them, or ahead of the clock. */
  tooLate: number;
  future: number;
}

export const noSample = (): SampleCounts => ({
  events: 0,
  lines: 0,
  wholeLines: 0,
  whole: 0,
  undecodable: 0,
  untimed: 0,
  unfit: 0,
  garbled: 0,
  tooLate: 0,
  future: 0,
});

/** Yields the events of the batches of one partition, read as the source says. Fails with FixableError for a source that cannot be. */
export async function* sampleEvents(
  batches: AsyncIterable<Batch>,
  source: Decoding,
  schema: Schema,
): AsyncGenerator<SampleEvent> {
  for await (const decoded of decodeAfterTheFact(batches, decoderOf(source, schema))) {
    const { batch } = decoded;
    for (const [i, event] of decoded.events.entries())
      yield {
        event,
        lines: event.line.split('\n').length,
        fields: fieldsOf(event, schema),
        isGarbled: isGarbled(batch.bytes.subarray(batch.starts[i], batch.ends[i]), batch),
      };
  }
}

/** Reads at most so many events, and counts. `onEvent` sees each. */
export async function readSample(
  events: AsyncIterable<SampleEvent>,
  eventsMax = Infinity,
  onEvent?: (event: SampleEvent) => void,
): Promise<SampleCounts> {
  const counts = noSample();
  for await (const event of events) {
    countEvent(counts, event);
    onEvent?.(event);
    if (counts.events >= eventsMax) break;
  }
  return counts;
}

/** Adds an event to the counts. */
export function countEvent(counts: SampleCounts, sample: SampleEvent): void {
  const { event, lines } = sample;
  counts.events += 1;
  counts.lines += lines;
  if (isWhole(sample)) {
    counts.whole += 1;
    counts.wholeLines += lines;
  }
  if (event.undecodable !== undefined) counts.undecodable += 1;
  else if (event.timeInferred) counts.untimed += 1;
  if (unfitFields(sample).length > 0) counts.unfit += 1;
  if (sample.isGarbled) counts.garbled += 1;
  if (event.timeliness === 'too_late') counts.tooLate += 1;
  if (event.timeliness === 'future') counts.future += 1;
}

/** Returns true where nothing of the event is lost: decoded, with a time of its own and values that fit, in the encoding of its source. */
export function isWhole(sample: SampleEvent): boolean {
  const { event } = sample;
  return (
    event.undecodable === undefined &&
    !event.timeInferred &&
    !sample.isGarbled &&
    unfitFields(sample).length === 0
  );
}

/** Returns the fields with a value that does not fit their type. */
export function unfitFields({ fields }: SampleEvent): readonly SampleField[] {
  return fields.filter(({ unfit }) => unfit > 0);
}

function fieldsOf(event: LogEvent, schema: Schema): readonly SampleField[] {
  return schema.fields.flatMap((field) => {
    const { values, unfit } = fieldValue(field, event);
    return values.length === 0 && unfit === 0 ? [] : [{ name: field.name, type: field.type, values, unfit }];
  });
}
