/**
 * Reads record batches of Kafka (its format 2) from bytes to columns: no object and no copy for a record. Keys and headers are
 * passed over, until someone asks for those of a record. The format: https://kafka.apache.org/documentation/#recordbatch. The checksum is not verified, as kafkajs does not.
 */
import { unpacked } from './codecs.ts';

/** Records as columns, in the order of their offsets. */
export interface RecordColumns {
  /** Bytes in which the values lie. */
  readonly bytes: Buffer;
  /** Kafka offset of each record. */
  readonly offsets: Float64Array;
  /** Timestamp of each record, ms since epoch; below 0 if it has none. */
  readonly timesMs: Float64Array;
  /** The value of record `i` is `bytes[starts[i], ends[i])`. A record without a value (a tombstone) ends before it starts. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The records as they came, and which of them hold bytes that are not of their encoding. Absent where nothing was decoded. */
  readonly original?: { readonly records: RecordColumns; readonly garbled: ReadonlySet<number> };
  /** Reads what stands beside the value of record `i`. Most sources never ask. */
  readonly beside: (i: number) => RecordBeside;
}

export interface RecordBeside {
  readonly key: Buffer | undefined;
  /** Headers with a value; of those of one name the last counts. */
  readonly headers: ReadonlyMap<string, Buffer>;
}

/** The head of a batch, and where its records lie. */
export interface RecordBatchHead {
  /** Offset of the first record that was ever in the batch, and of the last one. Compaction takes records away and leaves these. */
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly firstTimeMs: number;
  readonly maxTimeMs: number;
  readonly producer: number;
  readonly count: number;
  /** The records, packed as the attributes say. */
  readonly records: Buffer;
}

/** Where a batch says which format it has. Older formats say it in the same place. */
const MAGIC_AT = 16;
const MAGIC = 2;
const SIZE_AT = 8;
/** The size counts the bytes behind it. */
const SIZED_FROM = 12;
const HEAD_BYTES = 61;
const CODEC_MASK = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** The least size of a record: its length, attributes, two deltas, the lengths of key and value, the number of headers. */
const RECORD_MIN_BYTES = 7;
const VARINT_MAX_BYTES = 10;
/** The value of so many bytes of a number is below 2^53. */
const EXACT_BYTES = 7;
const TWO_32 = 2 ** 32;

/** Returns true if the bytes begin with a batch of the format that is read here. */
export function isRecordBatch(bytes: Buffer): boolean {
  return bytes.length > MAGIC_AT && bytes[MAGIC_AT] === MAGIC;
}

/** Returns the heads of all batches that are complete: the last batch of an answer may be cut. Throws for bytes that are no batch. */
export function batchHeads(bytes: Buffer): readonly RecordBatchHead[] {
  const heads: RecordBatchHead[] = [];
  for (let at = 0; bytes.length - at >= HEAD_BYTES;) {
    const size = bytes.readInt32BE(at + SIZE_AT);
    if (size < HEAD_BYTES - SIZED_FROM) throw unreadable(int64(bytes, at), `it has a size of ${size}`);
    const end = at + SIZED_FROM + size;
    if (end > bytes.length) break;
    heads.push(headOf(bytes.subarray(at, end)));
    at = end;
  }
  return heads;
}

function headOf(bytes: Buffer): RecordBatchHead {
  const firstOffset = int64(bytes, 0);
  const magic = bytes[MAGIC_AT];
  if (magic !== MAGIC) throw unreadable(firstOffset, `its format is ${magic}`);
  return {
    firstOffset,
    lastOffset: firstOffset + bytes.readInt32BE(23),
    attributes: bytes.readInt16BE(21),
    firstTimeMs: int64(bytes, 27),
    maxTimeMs: int64(bytes, 35),
    producer: int64(bytes, 43),
    count: bytes.readInt32BE(57),
    records: bytes.subarray(HEAD_BYTES),
  };
}

/** Returns true if the batch is part of a transaction. */
export const isTransactional = ({ attributes }: RecordBatchHead): boolean =>
  (attributes & TRANSACTIONAL) !== 0;

/** Returns true if the batch holds the marker that ends a transaction, which no consumer sees. */
export const isControl = ({ attributes }: RecordBatchHead): boolean => (attributes & CONTROL) !== 0;

/** Returns true if the marker ends a transaction by aborting it. The key of a marker: its version, and 0 for an abort, two bytes each. */
export function isAbort(head: RecordBatchHead): boolean {
  const cursor = new Cursor(head.records);
  cursor.varint();
  cursor.at += 1;
  cursor.varint();
  cursor.varint();
  const keyBytes = cursor.varint();
  return keyBytes >= 4 && head.records.readInt16BE(cursor.at + 2) === 0;
}

/** Reads the records of a batch. Rejects for records that cannot be read. */
export async function recordsOf(head: RecordBatchHead): Promise<RecordColumns> {
  const codec = head.attributes & CODEC_MASK;
  if (codec === 0) return columnsOf(head, head.records);
  return columnsOf(head, head.count <= 0 ? Buffer.alloc(0) : await unpacked(codec, head.records));
}

function columnsOf(head: RecordBatchHead, bytes: Buffer): RecordColumns {
  const { count, firstOffset, firstTimeMs } = head;
  if (count > bytes.length / RECORD_MIN_BYTES) throw unreadable(firstOffset, `it has ${count} records`);
  const records = Math.max(0, count);
  const offsets = new Float64Array(records);
  const timesMs = new Float64Array(records);
  const starts = new Int32Array(records);
  const ends = new Int32Array(records);
  const keys = new Int32Array(records);
  const cursor = new Cursor(bytes);
  for (let i = 0; i < records; i += 1) {
    const recordBytes = cursor.varint();
    const end = cursor.at + recordBytes;
    cursor.at += 1;
    timesMs[i] = firstTimeMs + cursor.varint();
    offsets[i] = firstOffset + cursor.varint();
    keys[i] = cursor.at;
    const keyBytes = cursor.varint();
    if (keyBytes > 0) cursor.at += keyBytes;
    const valueBytes = cursor.varint();
    starts[i] = cursor.at;
    ends[i] = valueBytes < 0 ? -1 : cursor.at + valueBytes;
    if (!(recordBytes > 0 && end <= bytes.length && cursor.at <= end && ends[i]! <= end))
      throw unreadable(firstOffset, `its record ${i} is longer than it says`);
    cursor.at = end;
  }
  if ((head.attributes & APPEND_TIME) !== 0) timesMs.fill(head.maxTimeMs);
  const beside = (i: number): RecordBeside =>
    // A count of headers may be wrong, and must not lead beyond the next record.
    besideValue(bytes.subarray(0, keys[i + 1]), keys[i]!, Math.max(starts[i]!, ends[i]!));
  return { bytes, offsets, timesMs, starts, ends, beside };
}

/** `keyAt`: where the size of the key stands. `headersAt`: where the number of headers stands. Headers that do not fit the bytes are none. */
function besideValue(bytes: Buffer, keyAt: number, headersAt: number): RecordBeside {
  const cursor = new Cursor(bytes, keyAt);
  const key = cursor.bytes();
  const headers = new Map<string, Buffer>();
  cursor.at = headersAt;
  for (let left = cursor.varint(); left > 0; left -= 1) {
    const name = cursor.bytes();
    const value = cursor.bytes();
    if (name === undefined || !(cursor.at <= bytes.length)) break;
    if (value !== undefined) headers.set(name.toString('utf8'), value);
  }
  return { key, headers };
}

/** Reads numbers of Kafka's variable length: groups of seven bits, the sign in the last bit. */
class Cursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Returns bytes behind their size; undefined for a size below 0, which stands for none. */
  bytes(): Buffer | undefined {
    const size = this.varint();
    if (!(size >= 0)) return undefined;
    this.at += size;
    return this.#bytes.subarray(this.at - size, this.at);
  }

  /** Behind the end of the bytes, and where a number does not end, it is NaN, and so is `at`. */
  varint(): number {
    const first = this.#bytes[this.at++]!;
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    const second = this.#bytes[this.at++]!;
    if (second < 0x80) {
      const value = (first & 0x7f) | (second << 7);
      return (value >>> 1) ^ -(value & 1);
    }
    return this.#longVarint((first & 0x7f) + (second & 0x7f) * 0x80);
  }

  /** `low`: the value of the first two bytes. */
  #longVarint(low: number): number {
    let value = low;
    let scale = 0x4000;
    for (let i = 2; i < EXACT_BYTES; i += 1) {
      const byte = this.#bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 0x80;
    }
    return this.#hugeVarint(BigInt(value));
  }

  #hugeVarint(low: bigint): number {
    let value = low;
    for (let i = EXACT_BYTES; i < VARINT_MAX_BYTES; i += 1) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      value += BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
    }
    return (this.at = Number.NaN);
  }
}

/** Offsets and times are below 2^53. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4);
}

function unreadable(offset: number, why: string): Error {
  return new Error(`the batch of records at offset ${offset} cannot be read: ${why}`);
}
