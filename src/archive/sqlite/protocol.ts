/** The messages between the archive and its two workers. Everything here can be cloned by the structured clone algorithm. */
import type { Schema } from '../../event/event.ts';
import type { ArchiveBatch, ArchivedPosition, ReadingModule } from '../archive.ts';
import type { BlockQuery } from './block-query.ts';

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

/** The query as blocks are asked. */
interface AskedOfBlocks {
  /** Blocks of another fingerprint are candidates as a whole. */
  readonly fingerprint: string;
  /** Absent if blocks do not narrow the search. */
  readonly query?: BlockQuery;
}

export interface SqliteSearchOptions {
  readonly path: string;
  /** Finds the candidates in blocks. */
  readonly blocks: AskedOfBlocks;
  /** FTS5 expressions by the fingerprint of older events that they find. Empty if the index does not narrow the search. */
  readonly matches: ReadonlyMap<string, string>;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Some of the candidates, newest first. Line `i` is `bytes[starts[i], ends[i])`. */
export interface FoundPage {
  /** The lines as UTF-8. */
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
  /** Source and partition of each line, by its number in `partitions`. */
  readonly partitionOf: Uint32Array;
  readonly partitions: readonly { readonly source: string; readonly partition: number }[];
  readonly timesMs: Float64Array;
  /** 1 where the time is inferred. */
  readonly inferred: Uint8Array;
  /** Index in `TIMELINESS`. */
  readonly timeliness: Uint8Array;
  readonly undecodable: readonly (string | null)[];
  /** JSON of each document; null if the document is the JSON of the line. */
  readonly documents: readonly (string | null)[];
}

/** Answer of the search worker to each `more`. */
export type SearchReply =
  | { readonly kind: 'page'; readonly page: FoundPage; readonly last: boolean }
  | { readonly kind: 'failed'; readonly message: string };
