/** Computes how many bytes LZ4 and Snappy unpack to at most. It reads only their headers, before anything is unpacked. */

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;
const SIZE_BYTES = 4;

/** Returns the blocks of Snappy, each of which states its unpacked length: the blocks in the frame of the Java clients, or the only block. */
export function snappyBlocks(packed: Buffer): readonly Buffer[] {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return [packed];
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at + SIZE_BYTES <= packed.length;) {
    const size = packed.readUInt32BE(at);
    at += SIZE_BYTES;
    blocks.push(packed.subarray(at, at + size));
    at += size;
  }
  return blocks;
}

/** Returns the length that a block of Snappy states: a number in groups of seven bits. Unpacking does not go beyond it. */
export function snappySize(block: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i] ?? 0;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return size;
}

const LZ4_MAGIC = 0x184d2204;
const CONTENT_SIZE = 0x08;
const BLOCK_CHECKSUM = 0x10;
const CHECKSUM = 0x04;
const DICTIONARY = 0x01;
const UNPACKED = 0x8000_0000;
/** One byte of a block stands for at most this many unpacked bytes. */
const BYTES_PER_BYTE_MAX = 255;

/**
 * Returns a bound for the unpacked size of frames of LZ4. No block is longer than its frame states for all blocks. Bytes that are no frame
 * have no bound.
 */
export function lz4Size(packed: Buffer): number {
  let size = 0;
  for (let at = 0; at < packed.length;) {
    if (packed.length - at < 7 || packed.readUInt32LE(at) !== LZ4_MAGIC) return Infinity;
    const flags = packed[at + 4]!;
    const has = (flag: number): boolean => (flags & flag) !== 0;
    const blockBytesMax = 2 ** (8 + 2 * ((packed[at + 5]! >> 4) & 7));
    at += 7 + (has(CONTENT_SIZE) ? 8 : 0) + (has(DICTIONARY) ? 4 : 0);
    while (at + SIZE_BYTES <= packed.length) {
      const word = packed.readUInt32LE(at);
      at += SIZE_BYTES;
      if (word === 0) break;
      const bytes = word % UNPACKED;
      size += word >= UNPACKED ? bytes : Math.min(blockBytesMax, bytes * BYTES_PER_BYTE_MAX);
      at += bytes + (has(BLOCK_CHECKSUM) ? 4 : 0);
    }
    at += has(CHECKSUM) ? 4 : 0;
  }
  return size;
}
