/** The partitions as the log tells of them: which there are, which count, and how far each has been read. */
import type { BatchInput, PartitionRef } from '../input/input.ts';

/**
 * Stands for a configured source of which no partition counts: it has not been opened yet, its partitions are not known, or it has
 * none. It holds the time back as a partition does that has not been read, until it is idle or partitions take its place.
 */
export const WHOLE_SOURCE = -1;

export interface PartitionState extends PartitionRef {
  watermarkMs: number | null;
  lastTimeMs: number | null;
  /** Greatest offset of a match seen: what is not above it is a replay. */
  matchOffset: number;
  isIdle: boolean;
  /** Gives no more events, or is no longer ours. */
  hasEnded: boolean;
}

export class PartitionTable {
  #states: PartitionState[];

  constructor(states: readonly PartitionState[] = []) {
    this.#states = [...states];
  }

  get all(): readonly PartitionState[] {
    return this.#states;
  }

  /** The partition's state, a new one where it is not known. */
  of(source: string, partition: number): PartitionState {
    let state = this.#states.find((known) => known.source === source && known.partition === partition);
    if (state === undefined) {
      state = {
        source,
        partition,
        watermarkMs: null,
        lastTimeMs: null,
        matchOffset: -1,
        isIdle: false,
        hasEnded: false,
      };
      this.#states.push(state);
    }
    return state;
  }

  /** The source counts: by its partitions, or as a whole where it has none that does. */
  count(source: string): void {
    const counted = this.#states.filter((state) => state.source === source && !state.hasEnded);
    const isKnown = counted.some(({ partition }) => partition !== WHOLE_SOURCE);
    if (!isKnown) this.of(source, WHOLE_SOURCE);
    else if (counted.some(({ partition }) => partition === WHOLE_SOURCE))
      this.#states = this.#states.filter(
        (state) => state.source !== source || state.partition !== WHOLE_SOURCE,
      );
  }

  /** Exactly these of the source count from now on. */
  own(source: string, partitions: readonly number[]): void {
    for (const partition of partitions) this.of(source, partition);
    for (const state of this.#states)
      if (state.source === source)
        state.hasEnded = state.partition !== WHOLE_SOURCE && !partitions.includes(state.partition);
    this.count(source);
  }

  /** Notes a batch; gives the greatest match offset seen before it. */
  read(batch: BatchInput): number {
    const state = this.of(batch.source, batch.partition);
    const before = state.matchOffset;
    state.isIdle = false;
    state.hasEnded = false;
    this.count(batch.source);
    if (batch.watermarkMs !== undefined)
      state.watermarkMs = Math.max(state.watermarkMs ?? -Infinity, batch.watermarkMs);
    if (batch.lastTimeMs !== undefined)
      state.lastTimeMs = Math.max(state.lastTimeMs ?? -Infinity, batch.lastTimeMs);
    for (const matches of [batch.matches, batch.late ?? []])
      for (const { position } of matches) state.matchOffset = Math.max(state.matchOffset, position.offset);
    return before;
  }
}
