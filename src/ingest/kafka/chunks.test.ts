import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { encoded } from '../../../test/support/encoded.ts';
import { chunksOf as chunksOfRecords, type Chunk } from './chunks.ts';
import { columnsOfMessages } from './fetched.ts';
import { markOf, readProof } from './mark.ts';
import { recordsInUtf8 } from './record-text.ts';

interface Message {
  readonly offset: string;
  readonly timestamp: string;
  readonly value: Buffer | null;
}

const message = (offset: number, value: string | null, timestamp = '1700000000000'): Message => ({
  value: value === null ? null : Buffer.from(value),
  timestamp,
  offset: String(offset),
});

/** Each message is its own batch of records where its number is a multiple of three. */
function chunksOf(
  source: string,
  partition: number,
  messages: readonly Message[],
  readAtMs: number,
): Chunk[] {
  const groups: Message[][] = [[]];
  for (const [i, each] of messages.entries()) {
    if (i % 3 === 0) groups.push([]);
    groups.at(-1)!.push(each);
  }
  return chunksOfRecords(source, partition, { records: groups.map(columnsOfMessages), from: 0 }, readAtMs);
}

const lines = (chunk: Chunk): string[] =>
  [...chunk.offsets.keys()].map((i) =>
    Buffer.from(chunk.bytes.subarray(chunk.starts[i], chunk.ends[i])).toString(),
  );

test('a record is a line, without its line end, with its offset and time', () => {
  const [chunk] = chunksOf('orders', 2, [message(5, 'a\r\n'), message(9, 'b\nc\n', '-1')], 42);
  expect(chunk).toMatchObject({ source: 'orders', partition: 2, readAtMs: 42, cutLines: 0 });
  expect(lines(chunk!)).toEqual(['a', 'b\nc']);
  expect([...chunk!.offsets]).toEqual([5, 9]);
  expect([...chunk!.recordTimesMs!]).toEqual([1700000000000, NaN]);
  expect(chunk!.next.offset).toBe(10);
  const last = { offset: 9, timestampMs: -1, value: Buffer.from('b\nc\n') };
  expect(readProof(chunk!.next.proof)).toEqual(markOf(last));
});

test('tombstones and empty records are no lines', () => {
  const [chunk, none] = chunksOf(
    'orders',
    0,
    [message(0, null), message(1, ''), message(2, '\n'), message(3, 'x')],
    0,
  );
  expect(lines(chunk!)).toEqual(['x']);
  expect(none).toBeUndefined();
  expect(chunksOf('orders', 0, [message(0, null)], 0)).toEqual([]);
});

test('a line over 1 MiB is cut before a character that would not fit, and counted', () => {
  const long = 'x'.repeat((1 << 20) - 1) + '单'.repeat(10);
  const [chunk] = chunksOf('orders', 0, [message(0, long), message(1, 'y'.repeat(1 << 20))], 0);
  expect(lines(chunk!).map((line) => line.length)).toEqual([(1 << 20) - 1, 1 << 20]);
  expect(chunk!.cutLines).toBe(1);
});

test('many records become several batches, bounded in lines and bytes, that follow each other', () => {
  const small = chunksOf(
    'orders',
    0,
    Array.from({ length: 20_000 }, (_, i) => message(i, 'x')),
    0,
  );
  expect(small.map(({ offsets }) => offsets.length)).toEqual([8192, 8192, 3616]);
  expect(small.map(({ next }) => next.offset)).toEqual([8192, 16_384, 20_000]);
  const large = chunksOf(
    'orders',
    0,
    Array.from({ length: 5 }, (_, i) => message(i, 'x'.repeat(900_000))),
    0,
  );
  expect(large.map(({ offsets }) => offsets.length)).toEqual([2, 2, 1]);
});

test('a proof that is not ours is no proof', () => {
  for (const proof of ['', '{', 'null', '{"inode":7}', '{"lastOffset":"1"}', null, undefined]) {
    expect(readProof(proof)).toBeUndefined();
  }
});

test('records of another encoding become UTF-8; the proof is of the bytes that Kafka has', () => {
  const bytes = ['订单\r\n', 'plain', '支付失败'].map((text) => encoded(text, 'gbk'));
  const marked = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from('订单\n', 'utf16le')]);
  const garbled = Buffer.concat([Buffer.from('a'), Buffer.of(0xff, 0xff)]);
  const records = columnsOfMessages(
    [...bytes, marked, garbled].map((value, i) => ({ ...message(i, ''), value })),
  );
  const texts = recordsInUtf8(records, 1, 'gbk');
  const [chunk] = chunksOfRecords('orders', 0, { records: [texts], from: 1 }, 0);
  expect(lines(chunk!)).toEqual(['plain', '支付失败', '\ufeff订单'.slice(1), 'a\ufffd\ufffd']);
  expect([...chunk!.offsets]).toEqual([1, 2, 3, 4]);
  expect(chunk!.garbled).toEqual({ lines: 1 });
  const last = { offset: 4, timestampMs: 1700000000000, value: garbled };
  expect(readProof(chunk!.next.proof)).toEqual(markOf(last));
  expect(recordsInUtf8(records, 0, undefined)).toBe(records);
});

test('keys and headers are carried where they are asked for, as text, and are absent where a record has none', () => {
  const records = [
    { ...message(0, 'a'), key: Buffer.from('shop-é'), headers: { trace: Buffer.from('t1'), other: 'x' } },
    { ...message(1, ''), key: Buffer.from('tombstone') },
    { ...message(2, 'b'), key: null, headers: { trace: ['t2', Buffer.from('t3')] } },
  ].map((record) => columnsOfMessages([record]));
  const origins = ['@kafka.key', '@kafka.headers.trace'];
  const [asked] = chunksOfRecords('orders', 0, { records, from: 0, origins }, 0);
  expect(asked!.origins).toEqual({
    '@kafka.key': ['shop-é', undefined],
    '@kafka.headers.trace': ['t1', 't3'],
  });
  const [unasked] = chunksOfRecords('orders', 0, { records, from: 0 }, 0);
  expect(unasked).not.toHaveProperty('origins');
});
