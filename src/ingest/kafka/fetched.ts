/** The records that a fetch brought for a partition, as columns, whichever decoder read them. */
import type { Batch as FetchedBatch, KafkaMessage } from 'kafkajs';
import type { BatchMessage } from './fetch-response.ts';
import type { RecordBeside, RecordColumns } from './record-batch.ts';

export interface FetchedRecords {
  readonly partition: number;
  /** `first` and `last` count every record, also those that a consumer does not see (transaction markers). */
  readonly first: number;
  readonly last: number;
  /** The end of the log when the fetch was answered. */
  readonly high: number;
  /** The records that a consumer sees, in order; each has at least one. Empty if there are none. */
  readonly records: readonly RecordColumns[];
}

/** The offset from which the records were asked for; the types of kafkajs leave it out. A broker sends whole batches, which may begin before it. */
interface Asked {
  readonly fetchedOffset: string | number;
}

/** Returns what a fetch brought from the offset on that was asked for. It must have brought something, seen or not. */
export function fetchedRecords(batch: FetchedBatch): FetchedRecords {
  const { partition, highWatermark, messages } = batch;
  const from = Number((batch as FetchedBatch & Asked).fetchedOffset);
  const brought = isOfBatches(messages) ? ofBatches(messages, from) : ofMessages(batch);
  return { partition, high: Number(highWatermark), ...brought };
}

type Brought = Omit<FetchedRecords, 'partition' | 'high'>;

function isOfBatches(messages: readonly object[]): messages is readonly BatchMessage[] {
  return messages[0] !== undefined && 'lastOffset' in messages[0];
}

function ofBatches(batches: readonly BatchMessage[], from: number): Brought {
  const seen = batches.map(({ records }) => recordsFrom(records, from));
  const head = batches[0]!;
  return {
    first: seen[0]?.offsets[0] ?? Math.max(head.firstOffset, from),
    last: batches.at(-1)!.lastOffset,
    records: seen.filter((records) => records !== undefined),
  };
}

/** kafkajs has left out what is before the offset that was asked for. */
function ofMessages(batch: FetchedBatch): Brought {
  const { messages } = batch;
  return {
    first: Number(batch.firstOffset()),
    last: Number(batch.lastOffset()),
    records: messages.length === 0 ? [] : [columnsOfMessages(messages)],
  };
}

/** Returns the records from an offset on; undefined if there are none. */
function recordsFrom(records: RecordColumns | undefined, from: number): RecordColumns | undefined {
  if (records === undefined || records.offsets[0]! >= from) return records;
  const { bytes, offsets, timesMs, starts, ends, beside } = records;
  const first = offsets.findIndex((offset) => offset >= from);
  if (first < 0) return undefined;
  return {
    bytes,
    offsets: offsets.subarray(first),
    timesMs: timesMs.subarray(first),
    starts: starts.subarray(first),
    ends: ends.subarray(first),
    beside: (i) => beside(first + i),
  };
}

/** Returns messages as columns. */
export function columnsOfMessages(
  messages: readonly (Pick<KafkaMessage, 'offset' | 'timestamp' | 'value'> & Partial<KafkaMessage>)[],
): RecordColumns {
  const values = messages.map(({ value }) => value);
  const starts = new Int32Array(messages.length);
  const ends = new Int32Array(messages.length);
  let at = 0;
  for (const [i, value] of values.entries()) {
    starts[i] = at;
    at += value?.length ?? 0;
    ends[i] = value === null ? -1 : at;
  }
  return {
    bytes: Buffer.concat(values.filter((value) => value !== null)),
    offsets: Float64Array.from(messages, ({ offset }) => Number(offset)),
    timesMs: Float64Array.from(messages, ({ timestamp }) => Number(timestamp)),
    starts,
    ends,
    beside: (i) => besideOf(messages[i]!),
  };
}

/** Returns the records of the messages of an answer, from an offset on, whichever decoder read them. */
export function recordsOfMessages(
  messages: readonly (KafkaMessage | BatchMessage)[],
  from: number,
): readonly RecordColumns[] {
  if (isOfBatches(messages)) return ofBatches(messages, from).records;
  const some = (messages as readonly KafkaMessage[]).filter(({ offset }) => Number(offset) >= from);
  return some.length === 0 ? [] : [columnsOfMessages(some)];
}

function besideOf({ key, headers }: Partial<KafkaMessage>): RecordBeside {
  const known = new Map<string, Buffer>();
  for (const [name, values] of Object.entries(headers ?? {})) {
    const value = Array.isArray(values) ? values.at(-1) : values;
    if (value !== undefined) known.set(name, Buffer.from(value));
  }
  return { key: key ?? undefined, headers: known };
}
