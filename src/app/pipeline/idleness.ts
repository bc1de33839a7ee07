/**
 * Which partitions are idle: read to their end, with no event for 60 s (semantics: Ground). One with unread data, paused or unreachable
 * is never idle and holds the time back. What was not looked at is unread: a partition at whose end nobody has looked lately is not
 * at its end, and after a standstill of the process (a stopped process, a laptop asleep) all of them begin anew. Nor is one idle of which
 * a batch was handed out and is not judged yet, however long that takes (a full disk).
 */
import type { PartitionRef } from '../../detect/input/input.ts';
import { IDLE_AFTER_MS } from '../../detect/time/watermarks.ts';
import type { PartitionStatus } from '../../ingest/source.ts';

export interface Idleness {
  /** A batch of the partition was handed out; call `heard` when it has been judged. */
  inHand(source: string, partition: number): void;
  /** A batch of the partition was read. */
  heard(source: string, partition: number): void;
  /** The idle ones of a source's partitions. One never heard of counts from the first time it is asked about. */
  idle(source: string, partitions: readonly PartitionStatus[]): readonly PartitionRef[];
  /**
   * Call before each batch is judged and about once a second. True where the process stood still since the call before: whatever was
   * idle may have unread data by now, and counts as idle no more.
   */
  stoodStill(): boolean;
}

/** Longer than this between two calls that are a second apart is a standstill. */
const STANDSTILL_MS = 5_000;
/** A look at the end of a partition vouches for so long. */
const FRESH_MS = 10_000;

/** `steadyMs`: the steady clock. */
export function createIdleness(steadyMs: () => number): Idleness {
  const lastMs = new Map<string, number>();
  const handed = new Set<string>();
  let aliveMs = steadyMs();
  /** Nothing has been idle since before this. */
  let beganMs = aliveMs;
  return {
    inHand: (source, partition) => void handed.add(`${source}/${partition}`),
    heard(source, partition) {
      handed.delete(`${source}/${partition}`);
      lastMs.set(`${source}/${partition}`, steadyMs());
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
