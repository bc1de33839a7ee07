/**
 * Turns Kafka records into batches. The bytes are copied out of the fetch, so that a small rest does not keep a whole response in memory. A
 * batch is bounded in lines and bytes. A line is never changed, except for its line end and the length limit.
 */
import { ORIGIN_HEADER, ORIGIN_KEY } from '../../config/decode/origins.ts';
import type { Batch } from '../../event/batch.ts';
import { GarbledCount } from '../encoding/transcode.ts';
import { LINE_MAX_BYTES, wholeCharacters } from '../lines.ts';
import { markOf, recordAt, writeProof } from './mark.ts';
import type { RecordColumns } from './record-batch.ts';

const LINES_MAX = 8192;
const BYTES_MAX = 2 << 20;
const LF = 0x0a;
const CR = 0x0d;

/** A batch without `atEnd`, which is known only when the batch is handed out. */
export type Chunk = Omit<Batch, 'atEnd'>;

/** Records in order. Records before the offset `from` are not taken. */
export interface RecordsFrom {
  readonly records: readonly RecordColumns[];
  readonly from: number;
  /** Names of what steps ask of a record (`@kafka.key`); absent: nothing. */
  readonly origins?: readonly string[];
}

/** Cuts records into batches. Empty values (tombstones) are no events: the position passes their offsets with the line that follows. */
export function chunksOf(
  source: string,
  partition: number,
  { records, from, origins = [] }: RecordsFrom,
  readAtMs: number,
): Chunk[] {
  const lengths = records.map((some) => lineLengths(some, from));
  const sizes = sizesOf(records, lengths);
  const chunks: Chunk[] = [];
  let writer: ChunkWriter | undefined;
  for (const [k, some] of records.entries()) {
    for (let i = 0; i < some.offsets.length; i += 1) {
      const length = lengths[k]![i]!;
      if (length === 0) continue;
      writer ??= new ChunkWriter(sizes[chunks.length]!, origins);
      writer.add(some, i, keptLength(some, i, length));
      if (!writer.isFull) continue;
      chunks.push({ source, partition, readAtMs, ...writer.written(some, i) });
      writer = undefined;
    }
  }
  return chunks;
}

interface ChunkSize {
  lines: number;
  bytes: number;
  cutLines: number;
}

/** Returns the sizes of the batches, within their bounds. */
function sizesOf(records: readonly RecordColumns[], lengths: readonly Int32Array[]): readonly ChunkSize[] {
  const sizes: ChunkSize[] = [];
  let size: ChunkSize | undefined;
  for (const [k, some] of records.entries()) {
    for (let i = 0; i < some.offsets.length; i += 1) {
      const length = lengths[k]![i]!;
      if (length === 0) continue;
      const kept = keptLength(some, i, length);
      if (size === undefined || size.lines === LINES_MAX || size.bytes + kept > BYTES_MAX)
        sizes.push((size = { lines: 0, bytes: 0, cutLines: 0 }));
      size.lines += 1;
      size.bytes += kept;
      if (kept < length) size.cutLines += 1;
    }
  }
  return sizes;
}

/** Writes the lines of one batch, whose size is known. */
class ChunkWriter {
  readonly #size: ChunkSize;
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #offsets: Float64Array;
  readonly #recordTimesMs: Float64Array;
  readonly #garbled = new GarbledCount();
  readonly #origins: readonly { readonly name: string; readonly texts: (string | undefined)[] }[];
  #lines = 0;
  #at = 0;

  constructor(size: ChunkSize, origins: readonly string[]) {
    this.#size = size;
    this.#origins = origins.map((name) => ({ name, texts: [] }));
    this.#bytes = new Uint8Array(size.bytes);
    this.#starts = new Uint32Array(size.lines);
    this.#ends = new Uint32Array(size.lines);
    this.#offsets = new Float64Array(size.lines);
    this.#recordTimesMs = new Float64Array(size.lines);
  }

  get isFull(): boolean {
    return this.#lines === this.#size.lines;
  }

  /** Adds the first `length` bytes of the value of record `i`. */
  add(records: RecordColumns, i: number, length: number): void {
    const { bytes, offsets, timesMs, starts, original, beside } = records;
    if (original?.garbled.has(i) === true) this.#garbled.add(recordAt(original.records, i).value!);
    const line = this.#lines++;
    const start = starts[i]!;
    bytes.copy(this.#bytes, this.#at, start, start + length);
    this.#starts[line] = this.#at;
    this.#at += length;
    this.#ends[line] = this.#at;
    this.#offsets[line] = offsets[i]!;
    const timeMs = timesMs[i]!;
    this.#recordTimesMs[line] = timeMs >= 0 ? timeMs : NaN;
    if (this.#origins.length === 0) return;
    const { key, headers } = beside(i);
    for (const { name, texts } of this.#origins)
      texts[line] = (name === ORIGIN_KEY ? key : headers.get(name.slice(ORIGIN_HEADER.length)))?.toString(
        'utf8',
      );
  }

  /** Returns the batch, whose last line is record `i`. */
  written(records: RecordColumns, i: number): Omit<Chunk, 'source' | 'partition' | 'readAtMs'> {
    // The proof is of the bytes that Kafka has.
    const mark = markOf(recordAt(records.original?.records ?? records, i));
    return {
      bytes: this.#bytes,
      starts: this.#starts,
      ends: this.#ends,
      offsets: this.#offsets,
      recordTimesMs: this.#recordTimesMs,
      next: { offset: mark.offset + 1, proof: writeProof(mark) },
      cutLines: this.#size.cutLines,
      garbled: this.#garbled.take(),
      ...(this.#origins.length > 0 && {
        origins: Object.fromEntries(this.#origins.map(({ name, texts }) => [name, texts])),
      }),
    };
  }
}

/** Returns the length of each line without its line end; 0 for a record that is no line, and for one before `from`. */
function lineLengths({ bytes, offsets, starts, ends }: RecordColumns, from: number): Int32Array {
  const lengths = new Int32Array(offsets.length);
  for (let i = 0; i < lengths.length; i += 1) {
    if (offsets[i]! < from) continue;
    const start = starts[i]!;
    let end = ends[i]!;
    if (end > start && bytes[end - 1] === LF) {
      end -= 1;
      if (end > start && bytes[end - 1] === CR) end -= 1;
    }
    if (end > start) lengths[i] = end - start;
  }
  return lengths;
}

/** Returns the length that is kept: at most LINE_MAX_BYTES, and not inside a UTF-8 character. */
function keptLength({ bytes, starts }: RecordColumns, i: number, length: number): number {
  if (length <= LINE_MAX_BYTES) return length;
  const start = starts[i]!;
  return wholeCharacters(bytes, start, start + LINE_MAX_BYTES) - start;
}
