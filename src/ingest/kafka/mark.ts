/**
 * A mark identifies the record before a position, so that a log which was deleted and filled again is not taken for the log that we read.
 * The mark is kept as the proof of a position, and as the metadata of a committed offset.
 */
import { hash } from 'node:crypto';
import type { RecordColumns } from './record-batch.ts';

export interface Mark {
  /** Kafka offset of the record. */
  readonly offset: number;
  readonly timestampMs: number;
  readonly hash: string;
}

/** A record of which a mark is made. */
export interface MarkedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly value: Uint8Array | null;
}

/** Returns record `i`; a negative `i` counts from the end. */
export function recordAt({ bytes, offsets, timesMs, starts, ends }: RecordColumns, i: number): MarkedRecord {
  const [offset, timestampMs, start, end] = [offsets.at(i)!, timesMs.at(i)!, starts.at(i)!, ends.at(i)!];
  return { offset, timestampMs, value: end < start ? null : bytes.subarray(start, end) };
}

export function markOf(record: MarkedRecord): Mark {
  return {
    offset: record.offset,
    timestampMs: record.timestampMs,
    hash: record.value === null ? 'null' : hash('sha256', record.value, 'hex').slice(0, 32),
  };
}

export function sameRecord(a: Mark, b: Mark): boolean {
  return a.offset === b.offset && a.timestampMs === b.timestampMs && a.hash === b.hash;
}

export function writeProof(mark: Mark): string {
  return JSON.stringify({ lastOffset: mark.offset, lastTimestamp: mark.timestampMs, lastHash: mark.hash });
}

/** Returns undefined when the text is not a proof of ours. The position is then checked against the ends of the log alone. */
export function readProof(proof: string | null | undefined): Mark | undefined {
  if (proof === null || proof === undefined || proof === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(proof);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { lastOffset, lastTimestamp, lastHash } = value as Record<string, unknown>;
  if (typeof lastOffset !== 'number' || typeof lastTimestamp !== 'number' || typeof lastHash !== 'string') {
    return undefined;
  }
  return { offset: lastOffset, timestampMs: lastTimestamp, hash: lastHash };
}
