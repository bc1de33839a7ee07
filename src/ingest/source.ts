/**
 * The port LogSource: where events come from. The pipelines call it. Each kind of source implements it in its own folder. Archiving and
 * alerting each open a reader of their own with its own position, so that neither waits for the other.
 */
import type { Batch, Position } from '../event/batch.ts';

/** The purpose of a reader. Each purpose has its own positions (Kafka: the group `<group>.<purpose>`). */
export type ReaderPurpose = 'archive' | 'alert';

export interface ReaderOptions {
  readonly purpose: ReaderPurpose;
  /** Returns the durable position of a partition, undefined when nothing of the partition has been read. Asked again after a rebalance. */
  position(partition: number): Position | undefined;
  /**
   * Called when we know no position of a partition, but the source has kept that we read it up to `offset` (the offset of the group in
   * Kafka). Reading goes on from `offset`.
   */
  continued?(partition: number, offset: number): void;
  /**
   * Called while the reader is opened, when the source has kept that a partition was read up to `offset`, beyond our own position `own`.
   * The lines between the two are read a second time.
   */
  readFurther?(partition: number, own: number, offset: number): void;
}

/** The partition number of a status when the partitions are not known. No batch has this number. */
export const UNKNOWN_PARTITION = -1;

/** A partition as its reader sees it. */
export interface PartitionStatus {
  /** `UNKNOWN_PARTITION` when there may be partitions that the reader cannot see. */
  readonly partition: number;
  /** The topic partition or the file path, for people. */
  readonly label: string;
  /** True when everything that is there has been handed out. False while the partition is paused, unreachable or unread. */
  readonly atEnd: boolean;
  /**
   * When the end was last looked at, by the steady clock (event/clock.ts, ms). An end at which nobody has looked for a while proves
   * nothing. Absent when the reader takes care of this itself.
   */
  readonly lookedAtMs?: number;
  /** True when the input of a finite source is over and all of it has been handed out: no line will ever come again. */
  readonly ended?: boolean;
  /** Bytes (files) or records (Kafka) that are not yet handed out, where known. */
  readonly lag?: number;
  /** The reason why nothing more is read from the partition until a person decides. */
  readonly halted?: string;
  /**
   * The reason why the partition cannot be reached at the moment. The reader tries again by itself. Until then the partition is not at its
   * end, and it holds the watermark back.
   */
  readonly unreachable?: string;
  /**
   * A part of the partition that we may not read yet holds the watermark back (an open transaction, a partition found just now). `because`
   * is the reason for people; `sinceMs` is since when (ms since epoch).
   */
  readonly waits?: { readonly because: string; readonly sinceMs: number };
  /**
   * The reason for which the partition held the watermark back as long as the configuration allows. It does not hold it back any more: its
   * lines will come too late.
   */
  readonly outwaited?: string;
}

export interface LogReader {
  /**
   * Returns the next batch of any partition, or undefined when none came within `waitMs`. Not calling `next` is the back-pressure: a reader
   * holds only a bounded amount meanwhile. Rejects only on a fault that a person must mend (FixableError).
   */
  next(waitMs: number): Promise<Batch | undefined>;
  /** Reports that the batch which ended at this position is durable: the source may commit it (Kafka) or free it (spool). Idempotent. */
  durable(partition: number, position: Position): void;
  partitions(): readonly PartitionStatus[];
  /** Looks for new partitions; `partitions` lists them afterwards. Never rejects. Absent when no new partition can come. */
  look?(): Promise<void>;
  /**
   * From now on hands out nothing of exactly these partitions. Their unread lines stay in the source, and none of them counts as read to
   * its end.
   */
  hold(partitions: ReadonlySet<number>): void;
  /** Ends within 5 s. Further calls of `next` return undefined. */
  close(): Promise<void>;
}

/** The first start of a source, of which no line had ever been read. It is the same in every later process. */
export interface FirstStart {
  /** When it was, ms since epoch. */
  readonly atMs: number;
  /** True once everything that was there then is read and judged. */
  readonly isOver: boolean;
  /** Where the partitions of then began, as `keepOffsets` was told; undefined before that. */
  offsets(): Readonly<Record<string, number>> | undefined;
  /** Keeps durably where the partitions begin. Throws FixableError. */
  keepOffsets(offsets: Readonly<Record<string, number>>): void;
}

export interface LogSource {
  readonly name: string;
  /** Opens a reader. Rejects with FixableError, which names the fix, when the source cannot be reached or refuses us. */
  open(options: ReaderOptions): Promise<LogReader>;
  /** True for an input that has an end (stdin). Once all of it is handed out, the status of every partition has `ended`. */
  readonly finite: boolean;
  /**
   * True when the source may have no partition at all (no file fits its globs yet). Any other source without partitions does not know its
   * partitions yet.
   */
  readonly mayHaveNone?: boolean;
  close(): Promise<void>;
}
