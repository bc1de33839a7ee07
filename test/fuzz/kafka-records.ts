/**
 * Record batches as a producer may write them, or as they come spoilt, through the decoder of batches, the cutting into lines and the
 * decoders of lines to what archive and rules read of an event. Right: a batch that nobody spoilt gives the records that kafkajs reads in
 * it; a batch that can be read gives one event for each record with a text, in order; one that cannot is an error, and is fetched again.
 */
import { createRequire } from 'node:module';
import { expect } from 'vitest';
import type { KafkaMessage } from 'kafkajs';
import type { DecodeConfig } from '../../src/config/config.ts';
import { documentSource } from '../../src/archive/elasticsearch/document.ts';
import type { Batch } from '../../src/event/batch.ts';
import { chunksOf } from '../../src/ingest/kafka/chunks.ts';
import { registerCodecs } from '../../src/ingest/kafka/codecs.ts';
import { batchMessages } from '../../src/ingest/kafka/fetch-response.ts';
import { mendHostileBytes } from '../../src/ingest/kafka/hostile-bytes.ts';
import { recordAt } from '../../src/ingest/kafka/mark.ts';
import type { RecordColumns } from '../../src/ingest/kafka/record-batch.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import { orderSchema } from '../support/archived-events.ts';
import type { Random } from '../support/timelines.ts';
import type { Fuzzer } from './harness.ts';
import { oddBytes, oddJson, oddText, spoiltBytes } from './odd-values.ts';

interface OddRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: Readonly<Record<string, string>>;
}

interface Step {
  readonly records: readonly OddRecord[];
  readonly compression: number;
  readonly decode: DecodeConfig;
  /** Makes the bytes of the batch what they should not be. */
  readonly spoil: ((bytes: Buffer) => Buffer) | undefined;
}

type RecordBatch = (options: object) => Promise<{ readonly buffer: Buffer }>;
type DecodeMessages = (decoder: object) => Promise<readonly KafkaMessage[]>;
const load = createRequire(import.meta.url);
// kafkajs as it is once the source has mended it: many headers do not hold it up.
mendHostileBytes();
const { RecordBatch: encodeBatch } = load('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch: RecordBatch;
};
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  record: object,
) => object;
const decodeMessages = load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as DecodeMessages;
const Decoder = load('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;

const DAY_MS = 86_400_000;
const TIMES = [
  0,
  -1,
  1,
  2 ** 53,
  -(2 ** 53),
  8.64e15,
  8.64e15 + 1,
  Date.UTC(2026, 2, 1),
  Date.UTC(2026, 2, 1) + DAY_MS,
];
const DECODES: readonly DecodeConfig[] = [
  { steps: [{ kind: 'json' }] },
  { steps: [{ kind: 'logfmt' }] },
  { steps: [{ kind: 'dissect', patterns: ['%{timestamp} [%{level}] %{message}'] }] },
];

export function kafkaRecords(): Fuzzer<Step> {
  registerCodecs();
  return {
    name: 'records of Kafka',
    input(random) {
      // As much as a broker takes at once: a few large records, or many small ones.
      const isMany = random.chance(5);
      const lineMax = isMany ? 200 : 200_000;
      const count = random.below(isMany ? 3_000 : 6);
      return {
        records: Array.from({ length: count }, () => oddRecord(random, lineMax)),
        compression: random.below(5),
        decode: random.pick(DECODES),
        spoil: random.chance(50) ? (bytes) => spoiltBytes(random, bytes) : undefined,
      };
    },
    async run({ records, compression, decode, spoil }) {
      const batch = await batchOf(records, compression);
      let read: readonly RecordColumns[];
      try {
        const messages = await batchMessages(spoil === undefined ? batch : spoil(batch), []);
        read = messages.flatMap((message) => message.records ?? []);
      } catch (error) {
        // Nobody spoilt it: what a producer may write must be read.
        if (spoil === undefined) throw error;
        return;
      }
      if (spoil === undefined) expectAsKafkajs(read, await decodeMessages(new Decoder(withSize(batch))));
      if (spoil === undefined) expectBeside(read, records);
      readAll(read, decode);
    },
  };
}

function oddRecord(random: Random, lineMax: number): OddRecord {
  const headers = lineMax < 1_000 || random.chance(90) ? random.below(4) : random.below(2_000);
  return {
    key: random.chance(50) ? null : oddBytes(random),
    value: random.chance(10) ? null : oddLine(random).subarray(0, lineMax),
    timestamp: random.chance(50) ? Date.UTC(2026, 2, 1) + random.below(DAY_MS) : random.pick(TIMES),
    headers: Object.fromEntries(
      Array.from({ length: headers }, (_, i) => [`${oddText(random).slice(0, 20)}${i}`, 'x']),
    ),
  };
}

function oddLine(random: Random): Buffer {
  switch (random.below(8)) {
    case 0:
      return oddBytes(random, 400);
    case 1:
      return Buffer.from('['.repeat(random.below(60_000)));
    case 2:
      return Buffer.from(`{"a":${'{"a":'.repeat(random.below(20_000))}1${'}'.repeat(random.below(20_000))}`);
    case 3:
      return spoiltBytes(random, Buffer.from('2026-03-01T12:00:00Z [ERROR] level=x "quoted \\" text" a.b=c'));
    case 4:
      return Buffer.from(oddText(random).repeat(1 + random.below(50)));
    default:
      return Buffer.from(
        JSON.stringify({ '@timestamp': '2026-03-01T12:00:00Z', level: 'x', message: oddJson(random) }),
      );
  }
}

async function batchOf(records: readonly OddRecord[], compression: number): Promise<Buffer> {
  const encoded = records.map(({ timestamp, ...record }, i) =>
    encodeRecord({ ...record, offsetDelta: i, timestampDelta: timestamp - Date.UTC(2026, 2, 1) }),
  );
  const { buffer } = await encodeBatch({
    compression,
    records: encoded,
    lastOffsetDelta: records.length - 1,
    firstTimestamp: Date.UTC(2026, 2, 1),
    maxTimestamp: Date.UTC(2026, 2, 1),
  });
  return buffer;
}

function withSize(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

function expectAsKafkajs(read: readonly RecordColumns[], messages: readonly KafkaMessage[]): void {
  const records = read.flatMap((some) => Array.from(some.offsets, (_, i) => recordAt(some, i)));
  expect(records).toHaveLength(messages.length);
  for (const [i, { offset, timestamp, value }] of messages.entries()) {
    const record = records[i]!;
    expect([record.offset, record.timestampMs]).toEqual([Number(offset), Number(timestamp)]);
    expect(record.value === null ? null : Buffer.compare(record.value, value!)).toBe(
      value === null ? null : 0,
    );
  }
}

/** kafkajs is made to pass over headers (hostile-bytes.ts), so these are held to what was written. */
function expectBeside(read: readonly RecordColumns[], written: readonly OddRecord[]): void {
  const beside = read.flatMap((some) => Array.from(some.offsets, (_, i) => some.beside(i)));
  for (const [i, { key, headers }] of written.entries()) {
    expect(beside[i]!.key?.toString('latin1')).toBe(key?.toString('latin1'));
    const texts = [...beside[i]!.headers].map(([name, text]) => [name, text.toString()]);
    expect(texts).toEqual(Object.entries(headers).map(([name, text]) => [name.toWellFormed(), text]));
  }
}

/** As the pipeline does. */
function readAll(read: readonly RecordColumns[], decode: DecodeConfig): void {
  const decoder = createDecoder(
    {
      name: 'orders',
      decode,
      latenessMs: 60_000,
      timestamp: { path: ['@timestamp', 'timestamp'], format: 'iso8601', timezone: 'UTC' },
    },
    orderSchema,
  );
  let timing: string | undefined;
  let events = 0;
  for (const chunk of chunksOf(
    'orders',
    0,
    { records: read, from: 0, origins: ['@kafka.key', '@kafka.headers.x'] },
    Date.UTC(2026, 2, 1),
  )) {
    const batch: Batch = { ...chunk, atEnd: false };
    const decoded = decoder.decode(batch, timing);
    timing = decoded.timing;
    events += decoded.events.length;
    for (const event of decoded.events) {
      expect(Number.isFinite(event.timeMs)).toBe(true);
      for (const field of orderSchema.fields) event.values(field);
      JSON.parse(documentSource(event, orderSchema));
    }
  }
  const records = read.flatMap((some) => Array.from(some.offsets, (_, i) => recordAt(some, i)));
  // A spoilt batch may place a record before the offset from which records are taken.
  const values = records.filter(({ offset }) => offset >= 0).map(({ value }) => value);
  const texts = values.filter(
    (value) => value !== null && !['', '\n', '\r\n'].includes(Buffer.from(value).toString('latin1')),
  );
  expect(events).toBe(texts.length);
}
