/**
 * Turns Kafka records into batches. The bytes are copied out of the fetch, so that a small rest does not keep a whole response in memory. A
 * batch is bounded in lines and bytes. A line is never changed, except for its line end and the length limit.
 */
import type { KafkaMessage } from 'kafkajs';
import type { Batch } from '../../event/batch.ts';
import { LINE_MAX_BYTES, wholeCharacters } from '../lines.ts';
import { markOf, writeProof } from './mark.ts';

const LINES_MAX = 8192;
const BYTES_MAX = 2 << 20;

/** A batch without `atEnd`, which is known only when the batch is handed out. */
export type Chunk = Omit<Batch, 'atEnd'>;

/** Cuts records into batches. Empty values (tombstones) are no events: the position passes their offsets with the line that follows. */
export function chunksOf(
  source: string,
  partition: number,
  records: readonly KafkaMessage[],
  readAtMs: number,
): Chunk[] {
  const chunks: Chunk[] = [];
  let lines: Line[] = [];
  let size = 0;
  const flush = (): void => {
    if (lines.length > 0) chunks.push(chunkOf(source, partition, lines, size, readAtMs));
    lines = [];
    size = 0;
  };
  for (const record of records) {
    if (record.value === null) continue;
    const length = lineLength(record.value);
    if (length === 0) continue;
    const kept = cutLength(record.value, length);
    if (lines.length === LINES_MAX || (lines.length > 0 && size + kept > BYTES_MAX)) flush();
    lines.push({ record, value: record.value, length: kept, cut: kept < length });
    size += kept;
  }
  flush();
  return chunks;
}

interface Line {
  readonly record: KafkaMessage;
  readonly value: Buffer;
  readonly length: number;
  readonly cut: boolean;
}

function chunkOf(
  source: string,
  partition: number,
  lines: readonly Line[],
  size: number,
  readAtMs: number,
): Chunk {
  const bytes = new Uint8Array(size);
  const starts = new Uint32Array(lines.length);
  const ends = new Uint32Array(lines.length);
  const offsets = new Float64Array(lines.length);
  const recordTimesMs = new Float64Array(lines.length);
  let at = 0;
  let cutLines = 0;
  for (const [i, { record, value, length, cut }] of lines.entries()) {
    value.copy(bytes, at, 0, length);
    starts[i] = at;
    at += length;
    ends[i] = at;
    offsets[i] = Number(record.offset);
    const timeMs = Number(record.timestamp);
    recordTimesMs[i] = timeMs >= 0 ? timeMs : NaN;
    if (cut) cutLines++;
  }
  const mark = markOf(lines.at(-1)!.record);
  const next = { offset: mark.offset + 1, proof: writeProof(mark) };
  return { source, partition, bytes, starts, ends, offsets, recordTimesMs, readAtMs, next, cutLines };
}

/** Returns the length of a value without its line end. */
function lineLength(value: Buffer): number {
  let length = value.length;
  if (length > 0 && value[length - 1] === 0x0a) length--;
  if (length > 0 && length < value.length && value[length - 1] === 0x0d) length--;
  return length;
}

/** Returns the length that is kept: at most LINE_MAX_BYTES, and not inside a UTF-8 character. */
const cutLength = (value: Buffer, length: number): number =>
  length <= LINE_MAX_BYTES ? length : wholeCharacters(value, 0, LINE_MAX_BYTES);
