/** The partitions as the journal tells of them: which exist, which count, and how far each has been read. */
import { MatchColumns, type Matches } from '../../event/match-columns.ts';
import type { AnyBatch, PartitionRef } from '../input/input.ts';

/**
 * Stands for a configured source of which no partition counts: it has not been opened yet, its partitions are not known, or it has none.
 * Such a source holds the watermark back like a partition that has not been read, until it is idle or partitions replace it.
 */
export const WHOLE_SOURCE = -1;

export interface PartitionState extends PartitionRef {
  watermarkMs: number | null;
  lastTimeMs: number | null;
  /** Greatest offset of a match seen. A match that is not above it is a replay. */
  matchOffset: number;
  isIdle: boolean;
  /** True once the partition gives no more events, or no longer belongs to this process. */
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

  /** Returns the state of the partition; creates it if it is not known. */
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

  /** Lets the source count: by its partitions, or as a whole if none of them counts. */
  count(source: string): void {
    const counted = this.#states.filter((state) => state.source === source && !state.hasEnded);
    const isKnown = counted.some(({ partition }) => partition !== WHOLE_SOURCE);
    if (!isKnown) this.of(source, WHOLE_SOURCE);
    else if (counted.some(({ partition }) => partition === WHOLE_SOURCE))
      this.#states = this.#states.filter(
        (state) => state.source !== source || state.partition !== WHOLE_SOURCE,
      );
  }

  /** From now on exactly these partitions of the source count. */
  own(source: string, partitions: readonly number[]): void {
    for (const partition of partitions) this.of(source, partition);
    for (const state of this.#states)
      if (state.source === source)
        state.hasEnded = state.partition !== WHOLE_SOURCE && !partitions.includes(state.partition);
    this.count(source);
  }

  /** Records a batch; returns the greatest match offset seen before it. */
  read(batch: AnyBatch): number {
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
      state.matchOffset = Math.max(state.matchOffset, greatestOffset(matches));
    return before;
  }
}

/** Returns the greatest offset of the events of matches; −1 if there is none. */
function greatestOffset(matches: Matches): number {
  let greatest = -1;
  if (matches instanceof MatchColumns) {
    const { offsets, length } = matches.of;
    for (let event = 0; event < length; event++) greatest = Math.max(greatest, offsets[event]!);
  } else for (const { position } of matches) greatest = Math.max(greatest, position.offset);
  return greatest;
}
