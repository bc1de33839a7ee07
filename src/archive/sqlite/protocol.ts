/** What the archive and its two workers say to each other. Everything here survives structured cloning. */
import type { Timeliness } from '../../event/event.ts';
import type { ArchivedPosition } from '../archive.ts';
import type { Indexable } from './tokens.ts';

/** An event as it is stored. */
export interface StoredEvent {
  readonly offset: number;
  /** Tells a replay from another line at the same place. */
  readonly hash: string;
  readonly timeMs: number;
  readonly timeInferred: boolean;
  readonly timeliness: Timeliness;
  readonly undecodable: string | null;
  readonly line: string;
  /** JSON of the document; null where the line is exactly that. */
  readonly document: string | null;
}

export interface StoredBatch extends ArchivedPosition {
  readonly source: string;
  readonly partition: number;
  readonly events: readonly (StoredEvent & Indexable)[];
}

export interface PartitionRow extends ArchivedPosition {
  readonly source: string;
  readonly partition: number;
}

export interface WriterOptions {
  readonly path: string;
  /** `indexFingerprint` of the schema. */
  readonly fingerprint: string;
}

/** Each request is answered by one `WriterReply`. */
export type WriterRequest =
  | { readonly kind: 'open' }
  | { readonly kind: 'write'; readonly batches: readonly StoredBatch[]; readonly nowMs: number }
  | { readonly kind: 'newest' }
  | { readonly kind: 'expire'; readonly storedBeforeMs: number };

export type WriterReply =
  | { readonly kind: 'opened'; readonly partitions: readonly PartitionRow[] }
  | { readonly kind: 'written'; readonly created: number; readonly existing: number }
  /** Time of the newest line, those of the future left out; absent where there is none. */
  | { readonly kind: 'newest'; readonly newestMs?: number }
  /** `more`: call again, so that writes get their turn in between. */
  | { readonly kind: 'expired'; readonly events: number; readonly more: boolean }
  | { readonly kind: 'failed'; readonly message: string; readonly fix: string };

export interface SqliteSearchOptions {
  readonly path: string;
  readonly fingerprint: string;
  /** FTS5 expression, absent where the index does not narrow. */
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
