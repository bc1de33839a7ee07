/**
 * The compressions of Kafka, bounded where a few bytes can unpack to a thousand times as many. All are registered before the first fetch: a
 * record set in an unknown one ends a kafkajs consumer for good.
 */
import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import snappy from 'kafkajs-snappy';
import { compressFrame, decompressFrame } from 'lz4-napi';

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

const lz4: Codec = {
  compress: (encoder) => compressFrame(encoder.buffer),
  decompress: (buffer) => decompressFrame(buffer),
};

/** Far more than a broker takes as one batch (`message.max.bytes`, 1 MiB by default), unpacked. */
const unpackedBytesMost = 128 << 20;

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
    throw new Error(`a batch of records unpacks to more than ${unpackedBytesMost >> 20} MiB`, {
      cause: error,
    });
  }
}

/** Makes them known to every kafkajs client of the process. Idempotent. */
export function registerCodecs(): void {
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
  codecs[types.Snappy] = snappy;
  codecs[types.LZ4] = () => lz4;
  codecs[types.ZSTD] = () => zstd;
  codecs[types.GZIP] = () => gzipped;
}
