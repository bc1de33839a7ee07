/**
 * Decides which partitions are idle: read to their end, with no event for 60 s (semantics: Ground). A partition with unread data, paused or
 * unreachable is never idle and holds the time back. A partition at whose end nobody has looked lately may have unread data, so it does not
 * count as read to its end. After a standstill of the process (a stopped process, a sleeping laptop) the 60 s begin again for all
 * partitions. A partition is not idle while one of its batches is handed out and not yet judged, however long that takes (a full disk).
 */
import type { PartitionRef } from '../../detect/input/input.ts';
import { IDLE_AFTER_MS } from '../../detect/time/watermarks.ts';
import type { PartitionStatus } from '../../ingest/source.ts';

export interface Idleness {
  /** Notes that a batch of the partition was handed out. Call `heard` when it has been judged. */
  inHand(source: string, partition: number): void;
  /** Notes that a batch of the partition was read and judged. */
  heard(source: string, partition: number): void;
  /** Returns the idle ones of a source's partitions. A partition that was never heard of counts from the first call that names it. */
  idle(source: string, partitions: readonly PartitionStatus[]): readonly PartitionRef[];
  /**
   * Call before each batch is judged and about once a second. Returns true where the process stood still since the call before: partitions
   * that were idle may have unread data by now, and are idle no more.
   */
  stoodStill(): boolean;
}

/** Two calls that are further apart than this mean a standstill; they should be a second apart. */
const STANDSTILL_MS = 5_000;
/** A look at the end of a partition is valid for this time. */
const FRESH_MS = 10_000;

/** Creates the memory of idleness. `steadyMs`: the steady clock. */
export function createIdleness(steadyMs: () => number): Idleness {
  const lastMs = new Map<string, number>();
  /** Number of batches in hand, by their partition. */
  const handed = new Map<string, number>();
  let aliveMs = steadyMs();
  /** No partition counts as idle from an earlier time than this. */
  let beganMs = aliveMs;
  return {
    inHand(source, partition) {
      const key = `${source}/${partition}`;
      handed.set(key, (handed.get(key) ?? 0) + 1);
    },
    heard(source, partition) {
      const key = `${source}/${partition}`;
      const left = (handed.get(key) ?? 0) - 1;
      if (left > 0) handed.set(key, left);
      else handed.delete(key);
      lastMs.set(key, steadyMs());
    },
    idle(source, partitions) {
      const nowMs = steadyMs();
      return partitions.flatMap(({ partition, atEnd, lookedAtMs = nowMs }) => {
        const key = `${source}/${partition}`;
        const isRead = atEnd && !handed.has(key);
        const isAtEnd = isRead && nowMs - lookedAtMs < FRESH_MS && lookedAtMs >= beganMs;
        const sinceMs = isAtEnd ? Math.max(lastMs.get(key) ?? nowMs, beganMs) : nowMs;
        lastMs.set(key, sinceMs);
        return isAtEnd && nowMs - sinceMs >= IDLE_AFTER_MS ? [{ source, partition }] : [];
      });
    },
    stoodStill() {
      const nowMs = steadyMs();
      const hasStoodStill = nowMs - aliveMs > STANDSTILL_MS;
      if (hasStoodStill) beganMs = nowMs;
      aliveMs = nowMs;
      return hasStoodStill;
    },
  };
}
