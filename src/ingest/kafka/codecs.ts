/**
 * The compressions of Kafka, bounded: a few bytes can unpack to a thousand times as many. All are registered before the first fetch,
 * because a record set in an unknown compression ends a kafkajs consumer for good.
 */
import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress, uncompress, uncompressSync } from 'snappy';
import { lz4Size, snappyBlocks, snappySize } from './unpacked-size.ts';

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** The greatest size of one batch, unpacked. It is far above the size that a broker accepts (`message.max.bytes`, 1 MiB by default). */
const UNPACKED_MAX_BYTES = 128 << 20;

const lz4: Codec = {
  compress: (encoder) => compressFrame(encoder.buffer),
  async decompress(buffer) {
    refuseAbove(lz4Size(buffer));
    return await decompressFrame(buffer);
  },
};

/** A block that unpacks to less is unpacked in this thread: the way to another thread and back would take longer than the work. */
const SMALL_BLOCK_BYTES = 4_096;

/** Unpacks a block. The cast is right, since the library returns a text only when a text is asked for. */
async function unpackedBlock(block: Buffer): Promise<Buffer> {
  return (snappySize(block) < SMALL_BLOCK_BYTES ? uncompressSync(block) : await uncompress(block)) as Buffer;
}

const snappy: Codec = {
  compress: (encoder) => compress(encoder.buffer),
  async decompress(buffer) {
    const blocks = snappyBlocks(buffer);
    refuseAbove(blocks.reduce((sum, block) => sum + snappySize(block), 0));
    const unpacked: Buffer[] = [];
    for (const block of blocks) unpacked.push(await unpackedBlock(block));
    return Buffer.concat(unpacked);
  },
};

const zstd: Codec = {
  compress: (encoder) => promisify(zstdCompress)(encoder.buffer),
  decompress: (buffer) => bounded(promisify(zstdDecompress)(buffer, { maxOutputLength: UNPACKED_MAX_BYTES })),
};

const gzipped: Codec = {
  compress: (encoder) => promisify(gzip)(encoder.buffer),
  decompress: (buffer) => bounded(promisify(gunzip)(buffer, { maxOutputLength: UNPACKED_MAX_BYTES })),
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
  if (bytes > UNPACKED_MAX_BYTES) throw unpacksToTooMuch();
}

const unpacksToTooMuch = (options?: ErrorOptions): Error =>
  new Error(`a batch of records unpacks to more than ${UNPACKED_MAX_BYTES >> 20} MiB`, options);

/** Unpacks the records of a batch whose attributes name this codec. Rejects for an unknown codec, and for what unpacks to too much. */
export async function unpacked(codec: number, bytes: Buffer): Promise<Buffer> {
  const found = codecs.get(codec);
  if (found === undefined) throw new Error(`a batch of records has an unknown compression, ${codec}`);
  return await found.decompress(bytes);
}

const { CompressionTypes: types } = kafkajs;
const codecs: ReadonlyMap<number, Codec> = new Map([
  [types.GZIP, gzipped],
  [types.Snappy, snappy],
  [types.LZ4, lz4],
  [types.ZSTD, zstd],
]);

/** Registers the codecs for every kafkajs client of the process. Idempotent. */
export function registerCodecs(): void {
  for (const [type, codec] of codecs)
    (kafkajs.CompressionCodecs as unknown as Record<number, () => Codec>)[type] = () => codec;
}
