/**
 * Which partitions are idle: read to their end, with no event for 60 s of wall time (semantics: Ground). One with unread data,
 * paused or unreachable is never idle and holds the time back.
 */
import type { PartitionRef } from '../detect/input.ts';
import { idleAfterMs } from '../detect/partitions.ts';
import type { PartitionStatus } from '../ingest/source.ts';

export interface Idleness {
  /** A batch of the partition was read at this clock. */
  heard(source: string, partition: number, clockMs: number): void;
  /** The idle ones of a source's partitions. One never heard of counts from the first time it is asked about. */
  idle(source: string, partitions: readonly PartitionStatus[], clockMs: number): readonly PartitionRef[];
}

export function createIdleness(): Idleness {
  const lastMs = new Map<string, number>();
  return {
    heard(source, partition, clockMs) {
      lastMs.set(`${source}/${partition}`, clockMs);
    },
    idle(source, partitions, clockMs) {
      return partitions.flatMap(({ partition, atEnd }) => {
        const key = `${source}/${partition}`;
        const sinceMs = lastMs.get(key) ?? clockMs;
        lastMs.set(key, atEnd ? sinceMs : clockMs);
        return atEnd && clockMs - sinceMs >= idleAfterMs ? [{ source, partition }] : [];
      });
    },
  };
}
