/**
 * The compressions of Kafka, bounded: a few bytes can unpack to a thousand times as many. All are registered before the first fetch: a
 * record set in an unknown one ends a kafkajs consumer for good.
 */
import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import snappy from 'kafkajs-snappy';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { lz4Size, snappyBlocks, snappySize } from './unpacked-size.ts';

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** Far more than a broker takes as one batch (`message.max.bytes`, 1 MiB by default), unpacked. */
const unpackedBytesMost = 128 << 20;

const lz4: Codec = {
  compress: (encoder) => compressFrame(encoder.buffer),
  async decompress(buffer) {
    refuseAbove(lz4Size(buffer));
    return await decompressFrame(buffer);
  },
};

const plainSnappy = snappy() as Codec;

/** The library joins blocks one by one, each time all that it has: that takes the square of their number. */
const snappyInBlocks: Codec = {
  compress: (encoder) => plainSnappy.compress(encoder),
  async decompress(buffer) {
    const blocks = snappyBlocks(buffer);
    refuseAbove(blocks.reduce((sum, block) => sum + snappySize(block), 0));
    return Buffer.concat(await Promise.all(blocks.map((block) => plainSnappy.decompress(block))));
  },
};

const zstd: Codec = {
  compress: (encoder) => promisify(zstdCompress)(encoder.buffer),
  decompress: (buffer) => bounded(promisify(zstdDecompress)(buffer, { maxOutputLength: unpackedBytesMost })),
};

const gzipped: Codec = {
  compress: (encoder) => promisify(gzip)(encoder.buffer),
  decompress: (buffer) => bounded(promisify(gunzip)(buffer, { maxOutputLength: unpackedBytesMost })),
};

async function bounded(unpacking: Promise<Buffer>): Promise<Buffer> {
  try {
    return await unpacking;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw unpacksToTooMuch({ cause: error });
  }
}

function refuseAbove(bytes: number): void {
  if (bytes > unpackedBytesMost) throw unpacksToTooMuch();
}

const unpacksToTooMuch = (options?: ErrorOptions): Error =>
  new Error(`a batch of records unpacks to more than ${unpackedBytesMost >> 20} MiB`, options);

/** Makes them known to every kafkajs client of the process. Idempotent. */
export function registerCodecs(): void {
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
  codecs[types.Snappy] = () => snappyInBlocks;
  codecs[types.LZ4] = () => lz4;
  codecs[types.ZSTD] = () => zstd;
  codecs[types.GZIP] = () => gzipped;
}
