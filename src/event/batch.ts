/**
 * A batch: lines of one partition as they were read, still UTF-8 bytes. Nothing here parses a line, so that a step
 * which can decide on bytes never has to.
 */

/** Where a reader goes on after a batch. */
export interface Position {
  /** Offset of the next event in its partition; an event with a smaller one has been seen. */
  readonly offset: number;
  /**
   * The source's own evidence (JSON) of where that is: file identity and fingerprint, or the timestamp and hash of the Kafka
   * record before it. Opaque to everyone but the source that made it.
   */
  readonly proof: string;
}

/** Lines read together from one partition. Line `i` is `bytes[starts[i], ends[i])`, without its line end. */
export interface Batch {
  readonly source: string;
  /** Number of the partition within its source. */
  readonly partition: number;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Offset of each line, strictly increasing; unique within (source, partition). */
  readonly offsets: Float64Array;
  /** The transport's own time of each line (Kafka record timestamp, ms since epoch, NaN where none); absent for files. */
  readonly recordTimesMs?: Float64Array;
  /** Clock when the batch was read (ms since epoch): the recorded tick of the batch. */
  readonly readAtMs: number;
  /** Where to go on once everything in this batch is durable. */
  readonly next: Position;
  /** Lines of this batch that were longer than the limit and were cut. */
  readonly cutLines: number;
  /** The partition had no unread data after this batch. */
  readonly atEnd: boolean;
  /**
   * Where the lines were read after the fact (a file that was not read to its end just before), so that they may have arrived long ago:
   * when the last of them had been written at the latest (modification time, whole ms since epoch). Absent where they arrived as they were read.
   */
  readonly writtenByMs?: number;
}

/** Number of lines in a batch. */
export function lineCount(batch: Batch): number {
  return batch.offsets.length;
}
