/**
 * Makes batches of records of a batch of lines, for `each`. The offset of a record is that of its line and its ordinal in the line together
 * (ADR 37), so that all that goes by offsets goes by records.
 */
import type { DecodeConfig } from '../config/config.ts';
import type { Batch, GarbledLines, Position } from '../event/batch.ts';
import { lineCount, originsOfLines, withGarbled } from '../event/batch.ts';
import { isUtf8 } from 'node:buffer';
import { withoutMark } from '../event/number-text.ts';
import { joiningOf } from './joining.ts';
import { batchLines, type BatchLines } from './decode/batch-lines.ts';
import {
  keptWhole,
  recordCount,
  recordReader,
  recordTexts,
  type RecordGroup,
  type RecordReader,
} from './decode/records.ts';
import { GarbledCount } from './encoding/transcode.ts';
import { LINE_MAX_BYTES, wholeCharacters } from './lines.ts';

/** A batch of records holds no more than this, or one record. */
const RECORDS_MAX = 2_000;
const BYTES_MAX = LINE_MAX_BYTES;

export interface RecordSplitting {
  readonly read: RecordReader;
  /** Lines consist of several, as in `batchLines`. */
  readonly joined: boolean;
  /** The offset of a line is multiplied by this. 1 where offsets count bytes: each record takes some of its line. */
  readonly spacing: number;
}

/** Returns undefined where each line is one event. */
export function splittingOf(decode: DecodeConfig, spacing = 1): RecordSplitting | undefined {
  const read = recordReader(decode.steps);
  return read && { read, joined: joiningOf(decode) !== undefined, spacing };
}

export interface SplitFrom {
  /** Where the reader of the lines goes on to read this batch again. */
  readonly before: Position;
  /** Records with a smaller offset have been handed out before. */
  readonly readTo: number;
}

/** Yields all batches of records but the last, which it returns. That one ends where the batch of lines ends, and may be empty. */
export function* splitBatch(
  batch: Batch,
  splitting: RecordSplitting,
  from: SplitFrom,
): Generator<Batch, Batch> {
  const lines = batchLines(batch, () => '', { joined: splitting.joined, origins: undefined });
  let records = new Records(batch);
  for (let i = 0; i < lineCount(batch); i += 1) {
    const split = splitLine(batch, i, lines, splitting);
    const offset = batch.offsets[i]! * splitting.spacing;
    let ordinal = Math.min(split.count, Math.max(0, from.readTo - offset));
    if (split.isMended && ordinal < split.count) records.addGarbled(bytesOf(lines, batch, i));
    for (const bytes of split.records(ordinal)) {
      if (records.isFull(bytes)) {
        yield records.batch(batch, {
          next: positionOf(offset + ordinal, from.before),
          atEnd: false,
        });
        records = new Records();
      }
      records.add(bytes, offset + ordinal, i);
      ordinal += 1;
    }
  }
  return records.batch(batch, {
    // Lines that are read again may end before the record that is next.
    next: positionOf(Math.max(from.readTo, batch.next.offset * splitting.spacing), batch.next),
    atEnd: batch.atEnd,
  });
}

/** Yields all batches of records of a batch that nothing was handed out of, and that is read once. */
export function* recordsOnce(batch: Batch, splitting: RecordSplitting): Generator<Batch, void> {
  yield yield* splitBatch(batch, splitting, { before: { offset: 0, proof: '' }, readTo: 0 });
}

/** The proof of a position among records: where the reader of the lines goes on. */
interface RecordProof {
  readonly lines: Position;
}

/** Returns the position of the record with this offset. `lines`: where the lines are read from to find it. */
function positionOf(offset: number, lines: Position): Position {
  const proof: RecordProof = { lines };
  return { offset, proof: JSON.stringify(proof) };
}

/** Returns where the reader of the lines goes on, for a position among records. Undefined for a position among lines. */
export function linePosition({ proof }: Position): Position | undefined {
  if (!proof.startsWith('{"lines":')) return undefined;
  return (JSON.parse(proof) as RecordProof).lines;
}

interface SplitLine {
  readonly count: number;
  /** The line had bytes that are no UTF-8. Its records have none. */
  readonly isMended: boolean;
  /** Yields the bytes of the records from an ordinal on. */
  records(from: number): Iterable<Buffer>;
}

function splitLine(
  batch: Batch,
  i: number,
  lines: BatchLines,
  { read, spacing }: RecordSplitting,
): SplitLine {
  const text = withoutMark(lines.text(i));
  const groups = read(text);
  const bytes = bytesOf(lines, batch, i);
  if (typeof groups === 'string' || recordCount(groups) > roomOf(batch, i, spacing)) {
    const kept = keptWhole(text);
    const whole = kept === undefined ? bytes : Buffer.from(kept);
    return {
      count: 1,
      isMended: kept !== undefined && !isUtf8(bytes),
      records: (from) => (from > 0 ? [] : [whole]),
    };
  }
  return {
    count: recordCount(groups),
    isMended: !isUtf8(bytes),
    records: (from) => recordBytes(groups, from),
  };
}

const bytesOf = (lines: BatchLines, { starts, ends }: Batch, i: number): Buffer =>
  lines.bytes.subarray(starts[i], ends[i]);

function* recordBytes(groups: readonly RecordGroup[], from: number): Generator<Buffer> {
  for (const text of recordTexts(groups, from)) yield Buffer.from(text);
}

/** Returns how many offsets a line has before the next one. A record takes two bytes at least, so that bytes always leave room. */
function roomOf(batch: Batch, i: number, spacing: number): number {
  const next = i + 1 < lineCount(batch) ? batch.offsets[i + 1]! : batch.next.offset;
  const toNext = (next - batch.offsets[i]!) * spacing;
  return Math.min(toNext, spacing === 1 ? batch.ends[i]! - batch.starts[i]! : spacing);
}

/** Records that become one batch. */
class Records {
  readonly #chunks: Buffer[] = [];
  readonly #offsets: number[] = [];
  /** The line of each record. */
  readonly #lines: number[] = [];
  #bytes = 0;
  #cutLines: number;
  readonly #garbled: GarbledLines | undefined;
  readonly #garbledHere = new GarbledCount();

  /** `counted`: what is told once, with the first records of a batch. */
  constructor(counted: Pick<Batch, 'cutLines' | 'garbled'> = { cutLines: 0 }) {
    this.#cutLines = counted.cutLines;
    this.#garbled = counted.garbled;
  }

  /** Counts a line whose records no longer have the bytes that are no UTF-8. */
  addGarbled(line: Uint8Array): void {
    this.#garbledHere.add(line);
  }

  isFull(next: Buffer): boolean {
    const count = this.#offsets.length;
    return count === RECORDS_MAX || (count > 0 && this.#bytes + next.length > BYTES_MAX);
  }

  /** Keys of the document around a record may make it longer than a line can be: it is cut like one. */
  add(bytes: Buffer, offset: number, line: number): void {
    const isLong = bytes.length > LINE_MAX_BYTES;
    const kept = isLong ? bytes.subarray(0, wholeCharacters(bytes, 0, LINE_MAX_BYTES)) : bytes;
    if (isLong) this.#cutLines += 1;
    this.#chunks.push(kept);
    this.#bytes += kept.length;
    this.#offsets.push(offset);
    this.#lines.push(line);
  }

  batch(lines: Batch, end: Pick<Batch, 'next' | 'atEnd'>): Batch {
    const starts = new Uint32Array(this.#chunks.length);
    const ends = new Uint32Array(this.#chunks.length);
    let at = 0;
    this.#chunks.forEach((chunk, i) => {
      starts[i] = at;
      at += chunk.length;
      ends[i] = at;
    });
    const { recordTimesMs, origins } = lines;
    return {
      ...lines,
      bytes: Buffer.concat(this.#chunks, at),
      starts,
      ends,
      offsets: Float64Array.from(this.#offsets),
      ...(recordTimesMs !== undefined && {
        recordTimesMs: Float64Array.from(this.#lines, (line) => recordTimesMs[line]!),
      }),
      ...(origins !== undefined && { origins: originsOfLines(origins, this.#lines) }),
      cutLines: this.#cutLines,
      garbled: withGarbled(this.#garbled, this.#garbledHere.take()),
      ...end,
    };
  }
}
