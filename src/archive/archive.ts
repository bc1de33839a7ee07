/**
 * The port LogArchive: keeps every line searchable. The archiving pipeline calls `write` with decoded batches in order; `next`
 * of a batch becomes the durable position only when every event of it (and of those before it in its partition) is in the
 * archive or in the dead letters.
 */
import type { Position } from '../event/batch.ts';
import type { JsonObject, LogEvent, Timeliness } from '../event/event.ts';
import type { Condition } from '../rule/ast.ts';

export interface ArchiveBatch {
  readonly source: string;
  readonly partition: number;
  readonly events: readonly LogEvent[];
  readonly next: Position;
  /** Decoder and timing state of the partition after this batch (JSON), kept with the position. */
  readonly timing: string;
}

/** What the archive keeps for a partition between runs. */
export interface ArchivedPosition {
  readonly position: Position;
  readonly timing: string;
}

/** A batch that was taken. */
export interface Written {
  /**
   * Resolves when the batch is durable: every event of it, and of those before it in its partition, is in the archive or in the dead
   * letters. Never rejects, and never resolves where the archive is closed before.
   */
  readonly durable: Promise<void>;
}

export interface SearchRequest {
  readonly condition: Condition;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Most hits to give, newest first. */
  readonly limit: number;
  /** The matcher's verdict on a candidate: an archive whose index only narrows down asks it. */
  matches(event: LogEvent): boolean;
}

export interface SearchHit {
  readonly id: string;
  readonly timeMs: number;
  /** As it stood when the line was read. */
  readonly timeliness: Timeliness;
  readonly source: string;
  readonly document: JsonObject;
  readonly line: string;
}

export interface ArchiveStatus {
  /** Age of the oldest event that was taken and is not durable, 0 where none is. */
  readonly lagMs: number;
  readonly pendingEvents: number;
  /** What keeps events from being stored, with the fix; from the first refusal, or the first seconds without an answer, on. */
  readonly problem?: string;
  /** Since when, ms since epoch; there with `problem`. */
  readonly problemSinceMs?: number;
  /** Events since the process began: those that were stored, or were there already, and those that went to the dead letters. */
  readonly stored: number;
  readonly deadLetters: number;
}

export interface LogArchive {
  /** Reaches the store and brings index template or tables up to date. Fails with FixableError, naming the fix. */
  open(): Promise<void>;
  position(source: string, partition: number): ArchivedPosition | undefined;
  /**
   * Takes a batch; resolves when there is room for the next (bounded), which is before it is durable. Never loses or refuses one: what
   * the store rejects for good goes to the dead letters, what it cannot take now is tried again.
   */
  write(batch: ArchiveBatch): Promise<Written>;
  /** Waits until everything taken is durable, at most `withinMs`; true if it is. */
  flush(withinMs: number): Promise<boolean>;
  search(request: SearchRequest): AsyncIterable<SearchHit>;
  /** How the store does, for /metrics, /readyz and Tocsin's own alerts. */
  status(): ArchiveStatus;
  close(): Promise<void>;
}
