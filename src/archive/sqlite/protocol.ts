/** The messages between the archive and its two workers. Everything here can be cloned by the structured clone algorithm. */
import type { Schema, Timeliness } from '../../event/event.ts';
import type { ArchiveBatch, ArchivedPosition, ReadingModule } from '../archive.ts';

/** An event as it is stored. */
interface StoredEvent {
  readonly offset: number;
  /** Separates a replayed line from another line at the same position. */
  readonly hash: string;
  readonly timeMs: number;
  readonly timeInferred: boolean;
  readonly timeliness: Timeliness;
  readonly undecodable: string | null;
  readonly line: string;
  /** JSON of the document; null if the document is the JSON of the line. */
  readonly document: string | null;
}

/** A batch as it goes to the writing worker, which decodes it. */
export type LineBatch = Pick<ArchiveBatch, 'batch' | 'before'>;

export interface PartitionRow extends ArchivedPosition {
  readonly source: string;
  readonly partition: number;
}

export interface WriterOptions {
  readonly path: string;
  /** Result of `indexFingerprint` for the schema. */
  readonly fingerprint: string;
  readonly schema: Schema;
  readonly reading: ReadingModule;
}

/** A value of a field that did not fit its type, as often as `count`. */
interface UnfitValues {
  readonly source: string;
  readonly field: string;
  readonly count: number;
}

/** The result of a write, which is durable. */
export interface WriteResult {
  readonly created: number;
  readonly existing: number;
  /** State of the decoder after each batch. */
  readonly timings: readonly string[];
  readonly unfit: readonly UnfitValues[];
}

/** Requests to the writing worker. It answers each one with one `WriterReply`. */
export type WriterRequest =
  | { readonly kind: 'open' }
  | { readonly kind: 'write'; readonly batches: readonly LineBatch[]; readonly nowMs: number }
  | { readonly kind: 'newest' }
  | { readonly kind: 'expire'; readonly storedBeforeMs: number };

export type WriterReply =
  | { readonly kind: 'opened'; readonly partitions: readonly PartitionRow[] }
  | ({ readonly kind: 'written' } & WriteResult)
  /** `newestMs`: time of the newest line, without lines from the future. Absent if there is no line. */
  | { readonly kind: 'newest'; readonly newestMs?: number }
  /** `more`: call again. Writes get their turn in between. */
  | { readonly kind: 'expired'; readonly events: number; readonly more: boolean }
  | { readonly kind: 'failed'; readonly message: string; readonly fix: string };

export interface SqliteSearchOptions {
  readonly path: string;
  readonly fingerprint: string;
  /** FTS5 expression. Absent if the index does not narrow the search. */
  readonly match?: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface FoundEvent extends StoredEvent {
  readonly source: string;
  readonly partition: number;
}

/** Answer of the search worker to each `more`. */
export type SearchReply =
  | { readonly kind: 'page'; readonly events: readonly FoundEvent[]; readonly last: boolean }
  | { readonly kind: 'failed'; readonly message: string };
