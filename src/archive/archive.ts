/**
 * The port `LogArchive` keeps every line searchable. The archiving pipeline calls `write` with batches in order. `next` of a batch becomes
 * the durable position only when every event of the batch is in the archive or in the dead letters, and so is every event before it in its
 * partition.
 */
import type { Batch, Position } from '../event/batch.ts';
import type { DecodedLines } from '../event/decoded-lines.ts';
import type { JsonObject, LogEvent, Timeliness } from '../event/event.ts';
import type { Condition } from '../rule/ast.ts';

/** A batch on its way into the archive, which decodes it on the thread where it has the time for that. */
export interface ArchiveBatch {
  /** The lines as they were read. */
  readonly batch: Batch;
  /**
   * The state of the decoder in the partition before the batch. Absent: the state after the batch of the partition that was written before
   * this one.
   */
  readonly before?: { readonly timing: string | undefined };
  /** Decodes and masks the lines on this thread. Call it at most once, before the next batch is written. */
  readonly decoded: () => Promise<ArchivedLines>;
}

/** Lines as they are archived: decoded, and masked where the configuration asks for it. A masked line is on no tape. */
export interface ArchivedLines extends DecodedLines {
  /** State of the decoder and of event times in the partition after the lines, as JSON. The archive keeps it with the position. */
  readonly timing: string;
}

/** The same, read on the thread that writes the archive. */
export interface ReadLines extends ArchivedLines {
  /** How many values did not fit the type of their field, by field. Grows as values are read. */
  readonly unfit: ReadonlyMap<string, number>;
}

/** Makes events of lines, on the thread that writes the archive. */
export interface LineReading {
  /** `timing`: state of the decoder before the batch. */
  read(batch: Batch, timing: string | undefined): ReadLines;
}

/** The module with which another thread reads lines: it exports `openReading(data): LineReading`. `data` can be cloned. */
export interface ReadingModule {
  readonly url: string;
  readonly data: unknown;
}

/** The durable position of a partition with its `timing`, which the archive keeps between runs. */
export interface ArchivedPosition {
  readonly position: Position;
  readonly timing: string;
}

/** A batch that the archive has taken. */
export interface Written {
  /**
   * Resolves when the batch is durable: every event of the batch, and every earlier event of its partition, is in the archive or in the
   * dead letters. Never rejects. Never resolves if the archive is closed before.
   */
  readonly durable: Promise<void>;
}

export interface SearchRequest {
  readonly condition: Condition;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Maximum number of hits. The newest hits come first. */
  readonly limit: number;
  /** Returns true if the matcher selects the event. An archive whose index only narrows the search down asks it about each candidate. */
  matches(event: LogEvent): boolean;
}

export interface SearchHit {
  readonly id: string;
  readonly timeMs: number;
  /** `timeliness` of the event as it was when the line was read. */
  readonly timeliness: Timeliness;
  readonly source: string;
  readonly document: JsonObject;
  readonly line: string;
}

export interface ArchiveStatus {
  /** Age of the oldest event that was taken and is not durable; 0 when there is none. */
  readonly lagMs: number;
  readonly pendingEvents: number;
  /**
   * Problem that keeps events from being stored, with the fix. Present after the first refusal, or after some seconds without an answer.
   */
  readonly problem?: string;
  /** Start of `problem`, ms since epoch. Present together with `problem`. */
  readonly problemSinceMs?: number;
  /**
   * Events since the process began. `stored`: those that were stored now or were there already. `deadLetters`: those that went to the dead
   * letters.
   */
  readonly stored: number;
  readonly deadLetters: number;
}

export interface LogArchive {
  /** Connects to the store and brings its index template or tables up to date. Fails with FixableError, which names the fix. */
  open(): Promise<void>;
  position(source: string, partition: number): ArchivedPosition | undefined;
  /**
   * Takes a batch. Resolves when there is room for the next one, which is before this batch is durable; the room is bounded. Never loses or
   * refuses a batch: an event that the store rejects for good goes to the dead letters, an event that the store cannot take now is tried
   * again.
   */
  write(batch: ArchiveBatch): Promise<Written>;
  /** Waits at most `withinMs` until everything that was taken is durable. Returns true if it is. */
  flush(withinMs: number): Promise<boolean>;
  search(request: SearchRequest): AsyncIterable<SearchHit>;
  /** Returns the state of the archive for /metrics, /readyz and Tocsin's own alerts. */
  status(): ArchiveStatus;
  close(): Promise<void>;
}
