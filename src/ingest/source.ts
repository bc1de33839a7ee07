/**
 * The port LogSource: where events come from. The pipelines call it; each kind implements it in its own folder. Archive and
 * alerting each open a reader of their own, with a position of their own, so that neither waits for the other.
 */
import type { Batch, Position } from '../event/batch.ts';

/** Who reads: each has its own positions (Kafka: the group `<group>.<purpose>`). */
export type ReaderPurpose = 'archive' | 'alert';

export interface ReaderOptions {
  readonly purpose: ReaderPurpose;
  /** Durable position of a partition, undefined where nothing of it has been read. Asked again after a rebalance. */
  position(partition: number): Position | undefined;
  /**
   * Nothing is known of a partition here, but the source has kept that we read it up to `offset` (the group's offset in Kafka): reading
   * goes on from there.
   */
  continued?(partition: number, offset: number): void;
  /**
   * The source has kept that a partition was read up to `offset`, beyond the position `own` that we have: what lies between is read a
   * second time. Told while it is opened.
   */
  readFurther?(partition: number, own: number, offset: number): void;
}

/** The number of what nobody knows the partitions of: no batch has it. */
export const UNKNOWN_PARTITION = -1;

/** A partition as its reader sees it. */
export interface PartitionStatus {
  /** `UNKNOWN_PARTITION` where there may be partitions that the reader cannot see. */
  readonly partition: number;
  /** Topic partition or file path, for people. */
  readonly label: string;
  /** Everything that is there has been handed out. False while paused, unreachable or unread. */
  readonly atEnd: boolean;
  /**
   * When that was last looked at, by the steady clock (event/clock.ts, ms): an end at which nobody has looked for a while vouches for
   * nothing. Absent where the reader sees to that itself.
   */
  readonly lookedAtMs?: number;
  /** The input of a finite source is over and all of it has been handed out: nothing will ever come again. */
  readonly ended?: boolean;
  /** Bytes (files) or records (Kafka) not yet handed out, where known. */
  readonly lag?: number;
  /** Why nothing more is read from it until a person decides. */
  readonly halted?: string;
  /** Why it cannot be reached at the moment: it is tried again by itself, is not at its end, and holds the time back. */
  readonly unreachable?: string;
  /**
   * Something of it that is not ours to read yet holds the time back (an open transaction, a partition found just now). With the
   * reason for people, and since when (ms since epoch).
   */
  readonly waits?: { readonly because: string; readonly sinceMs: number };
  /** What it has held the time back for as long as the configuration allows, and does no more: its lines will come too late. */
  readonly outwaited?: string;
}

export interface LogReader {
  /**
   * The next batch of some partition, or undefined when none came within `waitMs`. Not calling it is the back-pressure:
   * what a reader holds meanwhile is bounded. Rejects only on what a person must mend (FixableError).
   */
  next(waitMs: number): Promise<Batch | undefined>;
  /** The batch that ended at this position is durable: the source may commit it (Kafka) or free it (spool). Idempotent. */
  durable(partition: number, position: Position): void;
  partitions(): readonly PartitionStatus[];
  /**
   * Looks which partitions there are now; those that have come are among `partitions` afterwards. Never rejects. Absent where none can
   * come.
   */
  look?(): Promise<void>;
  /**
   * From now on hands out nothing of exactly these partitions: what is not read of them stays in the source, and none of them
   * counts as read to its end.
   */
  hold(partitions: ReadonlySet<number>): void;
  /** Ends within 5 s; further calls of `next` give undefined. */
  close(): Promise<void>;
}

export interface LogSource {
  readonly name: string;
  /** Fails with FixableError where the source cannot be reached or refuses us, naming the fix. */
  open(options: ReaderOptions): Promise<LogReader>;
  /** The input has an end (stdin): once it is over and handed out, every partition says `ended`. */
  readonly finite: boolean;
  /** It may have no partition at all (no file fits its globs yet). Otherwise a reader without any does not know its own yet. */
  readonly mayHaveNone?: boolean;
  close(): Promise<void>;
}
