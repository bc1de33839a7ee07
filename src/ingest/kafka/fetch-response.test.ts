import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import { registerCodecs } from './codecs.ts';
import { batchMessages, readFetchesAsBatches, type AbortedTransaction } from './fetch-response.ts';
import { fetchedRecords, type FetchedRecords } from './fetched.ts';
import { recordAt } from './mark.ts';

const load = createRequire(import.meta.url);
type Encode = (options: object) => Promise<{ readonly buffer: Buffer }>;
const { RecordBatch: encode } = load('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  RecordBatch: Encode;
};
const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (of: object) => object;
const KafkajsBatch = load('kafkajs/src/consumer/batch.js') as new (
  topic: string,
  from: string,
  fetched: object,
) => kafkajs.Batch;

interface Written {
  readonly offset: number;
  readonly values: readonly (string | null)[];
  readonly more?: object;
  readonly key?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes of a batch, as a broker keeps it. */
async function written({ offset, values, more = {}, key, headers = {} }: Written): Promise<Buffer> {
  const records = values.map((value, i) =>
    encodeRecord({
      offsetDelta: i,
      timestampDelta: i,
      key: key ?? null,
      value: value === null ? null : Buffer.from(value),
      headers,
    }),
  );
  const { buffer } = await encode({
    firstTimestamp: 1_000,
    maxTimestamp: 9_000,
    lastOffsetDelta: values.length - 1,
    records,
    ...more,
  });
  // kafkajs writes every batch as if it were the first.
  buffer.writeBigInt64BE(BigInt(offset), 0);
  return buffer;
}

/** What the reader is given of a fetch from `from` on. */
async function fetched(
  bytes: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[] = [],
): Promise<FetchedRecords> {
  const messages = await batchMessages(bytes, aborted);
  const batch = new KafkajsBatch('orders', String(from), {
    partition: 3,
    highWatermark: '1000',
    messages,
    abortedTransactions: [],
  });
  return fetchedRecords(batch);
}

const linesOf = ({ records }: FetchedRecords): (readonly [number, string | null])[] =>
  records.flatMap((some) =>
    Array.from(some.offsets, (_, i) => {
      const { offset, value } = recordAt(some, i);
      return [offset, value === null ? null : Buffer.from(value).toString()] as const;
    }),
  );

describe('batches of records', () => {
  test('give offsets, times and values, and begin where they were asked for', async () => {
    const bytes = Buffer.concat([
      await written({ offset: 10, values: ['a', null, 'c'] }),
      await written({ offset: 13, values: ['d', ''] }),
    ]);
    const read = await fetched(bytes, 11);
    expect(read).toMatchObject({ partition: 3, first: 11, last: 14, high: 1000 });
    expect(linesOf(read)).toEqual([
      [11, null],
      [12, 'c'],
      [13, 'd'],
      [14, ''],
    ]);
    expect(recordAt(read.records[0]!, -1).timestampMs).toBe(1_002);
    expect(linesOf(await fetched(bytes, 13))).toHaveLength(2);
  });

  test('have the time at which the broker took them, where the topic says so', async () => {
    const bytes = await written({ offset: 0, values: ['a', 'b'], more: {} });
    bytes.writeInt16BE(0x08, 21);
    const { records } = await fetched(bytes, 0);
    expect([...records[0]!.timesMs]).toEqual([9_000, 9_000]);
  });

  test('may be very many, and large ones', async () => {
    const count = 150_000;
    const one = await written({ offset: 0, values: Array.from({ length: count }, () => 'x') });
    const two = Buffer.from(one);
    two.writeBigInt64BE(BigInt(count), 0);
    const read = await fetched(Buffer.concat([one, two]), 0);
    expect(read.records.map(({ offsets }) => offsets.length)).toEqual([count, count]);
    expect(recordAt(read.records[1]!, -1)).toMatchObject({ offset: 2 * count - 1 });
    expect(read.last).toBe(2 * count - 1);
  });

  test('cost no more than their bytes where records have many headers', async () => {
    const headers = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`h${i}`, 'x']));
    const bytes = await written({ offset: 0, values: ['line'], headers });
    const before = process.threadCpuUsage();
    for (let i = 0; i < 1_000; i++) expect(linesOf(await fetched(bytes, 0))).toEqual([[0, 'line']]);
    const { user, system } = process.threadCpuUsage(before);
    expect(user + system).toBeLessThan(1_000_000);
  });

  test('that were compacted end where they ended before, also where nothing is left of them', async () => {
    const bytes = Buffer.concat([
      await written({ offset: 20, values: ['a', 'b'], more: { lastOffsetDelta: 9 } }),
      await written({ offset: 30, values: [], more: { lastOffsetDelta: 4 } }),
    ]);
    expect(await fetched(bytes, 20)).toMatchObject({ first: 20, last: 34 });
    expect(await fetched(bytes, 25)).toMatchObject({ first: 25, last: 34, records: [] });
  });

  test('are read up to the one that is cut', async () => {
    const whole = await written({ offset: 0, values: ['a', 'b'] });
    const next = await written({ offset: 2, values: ['c'] });
    for (let kept = 0; kept < next.length; kept++) {
      const read = await fetched(Buffer.concat([whole, next.subarray(0, kept)]), 0);
      expect(linesOf(read)).toHaveLength(2);
    }
  });

  test.each([
    ['a size below that of its head', 8, -1],
    ['more records than its bytes have room for', 57, 2_000_000_000],
    ['a record more than there is', 57, 3],
  ])('are refused where they announce %s', async (_what, at, value) => {
    const bytes = await written({ offset: 7, values: ['a', 'b'] });
    bytes.writeInt32BE(value, at);
    await expect(batchMessages(bytes, [])).rejects.toThrow('the batch of records at offset 7 cannot be read');
  });

  test('with any byte changed are read or refused, and never read for ever', async () => {
    const bytes = await written({ offset: 0, values: ['a', 'line two', null], key: Buffer.from('key') });
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        await batchMessages(changed, []).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
      }
    }
  });
});

const CONTROL_IN_TRANSACTION = 0x30;

/** The marker that ends a transaction. */
async function marker(offset: number, producer: number, isAborted: boolean): Promise<Buffer> {
  const key = Buffer.from([0, 0, 0, isAborted ? 0 : 1]);
  const bytes = await written({ offset, values: ['end'], key, more: { producerId: producer } });
  bytes.writeInt16BE(CONTROL_IN_TRANSACTION, 21);
  return bytes;
}

interface Transaction extends AbortedTransaction {
  isAborted: boolean;
  /** Offset of its marker. */
  end: number;
}

interface WrittenLine {
  readonly offset: number;
  readonly line: string;
  readonly transaction: Transaction | undefined;
}

interface History {
  readonly batches: readonly Buffer[];
  readonly lines: readonly WrittenLine[];
  readonly transactions: readonly Transaction[];
  /** The offset after the last record. */
  readonly end: number;
}

/** Producers that write in turns. Producer 0 knows no transactions. */
async function anyHistory(random: Random): Promise<History> {
  const batches: Buffer[] = [];
  const lines: WrittenLine[] = [];
  const transactions: Transaction[] = [];
  const open = new Map<number, Transaction>();
  let offset = 0;
  const end = async (transaction: Transaction): Promise<void> => {
    open.delete(transaction.producer);
    Object.assign(transaction, { isAborted: random.chance(50), end: offset });
    batches.push(await marker(offset++, transaction.producer, transaction.isAborted));
  };
  for (let steps = 2 + random.below(25); steps > 0; steps--) {
    const producer = random.below(4);
    let transaction = open.get(producer);
    if (transaction !== undefined && random.chance(40)) {
      await end(transaction);
      continue;
    }
    if (producer > 0 && transaction === undefined) {
      transaction = { producer, firstOffset: offset, isAborted: false, end: Infinity };
      open.set(producer, transaction);
      transactions.push(transaction);
    }
    const values = Array.from({ length: 1 + random.below(4) }, (_, i) => `line ${offset + i}`);
    const isTransactional = producer > 0;
    const more = {
      producerId: isTransactional ? producer : -1,
      transactional: isTransactional,
      compression: random.below(2),
    };
    batches.push(await written({ offset, values, more }));
    for (const line of values) lines.push({ offset: offset++, line, transaction });
  }
  for (const transaction of open.values()) await end(transaction);
  return { batches, lines, transactions, end: offset };
}

test('any history of transactions gives the lines that were committed or are in none, from any offset on', async () => {
  registerCodecs();
  const random = seeded(Number(process.env['TOCSIN_SEED'] ?? 20_261_128));
  for (let round = 0; round < 60; round++) {
    const { batches, lines, transactions, end } = await anyHistory(random);
    for (let from = 0; from < end; from += 1 + random.below(3)) {
      const brought = batches.filter(
        (bytes) => Number(bytes.readBigInt64BE(0)) + bytes.readInt32BE(23) >= from,
      );
      const aborted = transactions.filter((each) => each.isAborted && each.end >= from);
      const read = await fetched(Buffer.concat(brought), from, aborted);
      const expected = lines.filter(
        ({ offset, transaction }) => offset >= from && transaction?.isAborted !== true,
      );
      expect(linesOf(read)).toEqual(expected.map(({ offset, line }) => [offset, line]));
      expect([read.first, read.last]).toEqual([from, end - 1]);
    }
  }
});

describe('the answers to a fetch', () => {
  interface Response {
    decode(bytes: Buffer): Promise<Answer>;
  }
  interface Answer {
    readonly responses: readonly {
      readonly partitions: readonly { messages: readonly object[]; abortedTransactions: readonly object[] }[];
    }[];
  }
  const versions = [4, 5, 6, 7, 8, 9, 10, 11];
  const responses = versions.map(
    (version) => load(`kafkajs/src/protocol/requests/fetch/v${version}/response.js`) as Response,
  );
  const originals = responses.map((response) => response.decode.bind(response));

  const int = (bytes: number, value: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    if (bytes === 8) buffer.writeBigInt64BE(BigInt(value));
    else buffer.writeIntBE(value, 0, bytes);
    return buffer;
  };

  function answer(version: number, records: Buffer): Buffer {
    const partition = (number: number, bytes: Buffer): Buffer[] => [
      int(4, number),
      int(2, 0),
      int(8, 500 + number),
      int(8, 400 + number),
      ...(version >= 5 ? [int(8, 3)] : []),
      int(4, number === 1 ? -1 : 1),
      ...(number === 1 ? [] : [int(8, 7), int(8, 12)]),
      ...(version >= 11 ? [int(4, -1)] : []),
      int(4, bytes.length),
      bytes,
    ];
    return Buffer.concat([
      int(4, 25),
      ...(version >= 7 ? [int(2, 0), int(4, 99)] : []),
      int(4, 1),
      int(2, 6),
      Buffer.from('orders'),
      int(4, 3),
      ...partition(0, records),
      ...partition(1, Buffer.alloc(0)),
      ...partition(2, records),
    ]);
  }

  test.each(versions.map((version, i) => [version, i] as const))(
    'of version %i are as kafkajs reads them, apart from the messages',
    async (version, i) => {
      registerCodecs();
      readFetchesAsBatches();
      const bytes = answer(version, await written({ offset: 0, values: ['a', 'b'] }));
      const [ours, plain] = [await responses[i]!.decode(bytes), await originals[i]!(bytes)];
      expect(ours.responses[0]!.partitions.map(({ messages }) => messages.length)).toEqual([1, 0, 1]);
      const withoutMessages = (from: Answer): object => ({
        ...from,
        responses: from.responses.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((partition) => ({
            ...partition,
            messages: [],
            abortedTransactions: [],
          })),
        })),
      });
      expect(withoutMessages(ours)).toEqual(withoutMessages(plain));
    },
  );
});
