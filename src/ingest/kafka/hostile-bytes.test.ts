import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrameSync } from 'lz4-napi';
import { expect, test } from 'vitest';
import { registerCodecs } from './codecs.ts';
import { AnswerMeter, mendHostileBytes } from './hostile-bytes.ts';

interface Encoder {
  readonly buffer: Buffer;
  writeInt8(value: number): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarIntString(value: string): Encoder;
}
const load = createRequire(import.meta.url);
const newEncoder = (): Encoder => new (load('kafkajs/src/protocol/encoder.js') as new () => Encoder)();
type DecodeRecord = (
  decoder: object,
  context: object,
) => { readonly value: Buffer; readonly headers: object };
const decodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as DecodeRecord;
const newDecoder = (bytes: Buffer): object =>
  new (load('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object)(bytes);

function record(headers: readonly string[], announced = headers.length): Buffer {
  const encoder = newEncoder()
    .writeInt8(0)
    .writeVarInt(0)
    .writeVarInt(0)
    .writeVarInt(-1)
    .writeVarIntString('line');
  encoder.writeVarInt(announced);
  for (const name of headers) encoder.writeVarIntString(name).writeVarIntString('x');
  return encoder.buffer;
}

const valueOf = (bytes: Buffer): string =>
  decodeRecord(newDecoder(bytes), { firstOffset: '0', firstTimestamp: '0' }).value.toString();

test('a record with many headers costs no more than its bytes, and one that announces more than it has gives its line', () => {
  mendHostileBytes();
  const many = record(Array.from({ length: 30_000 }, (_, i) => `h${i}`));
  const before = process.threadCpuUsage();
  for (let i = 0; i < 10; i++) expect(valueOf(many)).toBe('line');
  const { user, system } = process.threadCpuUsage(before);
  expect(user + system).toBeLessThan(1_000_000);
  expect(valueOf(record([], 2_000_000_000))).toBe('line');
});

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

function codecOf(type: number): Codec {
  registerCodecs();
  return (kafkajs.CompressionCodecs as unknown as Record<number, () => Codec>)[type]!();
}

test.each([
  ['gzip', kafkajs.CompressionTypes.GZIP, gzipSync],
  ['zstd', kafkajs.CompressionTypes.ZSTD, zstdCompressSync],
  ['lz4', kafkajs.CompressionTypes.LZ4, compressFrameSync],
] as const)(
  'what unpacks to more than a batch ever is is refused before it is there: %s',
  async (_name, type, pack) => {
    const unpacking = codecOf(type);
    expect((await unpacking.decompress(pack(Buffer.from('lines')))).toString()).toBe('lines');
    await expect(unpacking.decompress(pack(Buffer.alloc(300 << 20)))).rejects.toThrow(
      'a batch of records unpacks to more than',
    );
  },
);

/** In the frame of Java's clients. */
const inFrame = (blocks: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1'),
    ...blocks.flatMap((block) => [Buffer.from(Uint32Array.of(block.length).buffer).swap32(), block]),
  ]);

test('a batch in Snappy that announces more than a batch ever is is refused, and thousands of blocks cost what their bytes do', async () => {
  const snappy = codecOf(kafkajs.CompressionTypes.Snappy);
  const lines = await snappy.compress({ buffer: Buffer.from('lines') });
  expect((await snappy.decompress(lines)).toString()).toBe('lines');
  expect((await snappy.decompress(inFrame([lines, lines]))).toString()).toBe('lineslines');
  const bomb = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x04, 0, 1]);
  for (const packed of [bomb, inFrame([lines, bomb])])
    await expect(snappy.decompress(packed)).rejects.toThrow('a batch of records unpacks to more than');
  const before = process.threadCpuUsage();
  const letter = Buffer.from([1, 0, 97]);
  const many = await snappy.decompress(inFrame(Array<Buffer>(149_000).fill(letter)));
  expect(many.equals(Buffer.alloc(149_000, 'a'))).toBe(true);
  const { user, system } = process.threadCpuUsage(before);
  expect(user + system).toBeLessThan(3_000_000);
});

test('a batch in Snappy whose text has a length below zero is an error, and not read for ever', async () => {
  const backToItself = Buffer.from([64, 0xfc, 0xfa, 0xff, 0xff, 0xff, 97]);
  await expect(codecOf(kafkajs.CompressionTypes.Snappy).decompress(backToItself)).rejects.toThrow();
  const large = Buffer.concat([Buffer.from([0x80, 0x80, 0x04, 0xfc, 0xfa, 0xff, 0xff, 0xff]), backToItself]);
  await expect(codecOf(kafkajs.CompressionTypes.Snappy).decompress(large)).rejects.toThrow();
});

test('sizes of answers are followed over whatever pieces they come in, and one that no broker sends is told for good', () => {
  const answer = (size: number): Buffer => {
    const bytes = Buffer.alloc(4 + Math.max(0, size));
    bytes.writeInt32BE(size);
    return bytes;
  };
  const stream = Buffer.concat([answer(4), answer(100), answer(5)]);
  for (let piece = 1; piece < stream.length; piece++) {
    const meter = new AnswerMeter();
    for (let at = 0; at < stream.length; at += piece)
      expect(meter.wrongIn(stream.subarray(at, at + piece))).toBeUndefined();
  }
  for (const wrong of [answer(-1), answer(0), answer(3), Buffer.from('HTTP/1.1 400 Bad Request')]) {
    const meter = new AnswerMeter();
    expect(meter.wrongIn(stream)).toBeUndefined();
    expect(meter.wrongIn(wrong.subarray(0, 2))).toBeUndefined();
    expect(meter.wrongIn(wrong.subarray(2))).toContain('no Kafka broker');
    expect(meter.wrongIn(stream)).toContain('no Kafka broker');
  }
});
