/** The partitions as the log tells of them, and up to what time the events of some sources are all in (semantics: Ground). */
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { BatchInput, PartitionRef, SourceTiming } from './input.ts';

/** Wall time without an event after which a partition that was read to its end counts as idle. */
export const idleAfterMs = 60_000;

interface PartitionState extends PartitionRef {
  watermarkMs: number | null;
  lastTimeMs: number | null;
  /** Greatest offset of a match seen: what is not above it is a replay. */
  matchOffset: number;
  isIdle: boolean;
  /** Gives no more events, or is no longer ours. */
  hasEnded: boolean;
}

export interface Uneven {
  readonly behind: readonly PartitionRef[];
  readonly ahead: readonly PartitionRef[];
}

export interface Partitions {
  setSources(sources: readonly SourceTiming[]): void;
  /** Notes a batch; gives the greatest match offset seen before it. */
  read(batch: BatchInput): number;
  own(source: string, partitions: readonly number[]): void;
  end(source: string, partition: number): void;
  tick(clockMs: number, idle: readonly PartitionRef[]): void;
  /** Settled up to and including this time, for a rule of these sources (none: all). */
  settledMs(from: readonly string[]): number;
  /** The partitions of these sources that hold the time back, and those that are ahead of them; idle ones are neither. */
  uneven(from: readonly string[]): Uneven;
  /** Greatest event time of all; −Infinity before the first. */
  lastTimeMs(): number;
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
}

export function createPartitions(): Partitions {
  let states: PartitionState[] = [];
  let sources: readonly SourceTiming[] = [];
  let tickMs: number | null = null;

  function stateOf(source: string, partition: number): PartitionState {
    let state = states.find((known) => known.source === source && known.partition === partition);
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
      states.push(state);
    }
    return state;
  }

  const countedFor = (from: readonly string[]): PartitionState[] =>
    states.filter(({ source, hasEnded }) => !hasEnded && (from.length === 0 || from.includes(source)));
  const timeOf = ({ watermarkMs }: PartitionState): number => watermarkMs ?? -Infinity;

  /** All partitions are idle: the wall clock moves the time, as far behind as their events could still be. */
  function idleTimeMs(counted: ReadonlySet<string>): number {
    if (tickMs === null) return -Infinity;
    const latenesses = sources.filter(({ name }) => counted.has(name)).map(({ latenessMs }) => latenessMs);
    return tickMs - Math.max(0, ...latenesses) - idleAfterMs;
  }

  return {
    setSources: (timings) => void (sources = timings),
    read(batch) {
      const state = stateOf(batch.source, batch.partition);
      const before = state.matchOffset;
      state.isIdle = false;
      state.hasEnded = false;
      if (batch.watermarkMs !== undefined)
        state.watermarkMs = Math.max(state.watermarkMs ?? -Infinity, batch.watermarkMs);
      if (batch.lastTimeMs !== undefined)
        state.lastTimeMs = Math.max(state.lastTimeMs ?? -Infinity, batch.lastTimeMs);
      for (const { position } of batch.matches)
        state.matchOffset = Math.max(state.matchOffset, position.offset);
      return before;
    },
    own(source, partitions) {
      for (const partition of partitions) stateOf(source, partition);
      for (const state of states)
        if (state.source === source) state.hasEnded = !partitions.includes(state.partition);
    },
    end(source, partition) {
      stateOf(source, partition).hasEnded = true;
    },
    tick(clockMs, idle) {
      tickMs = Math.max(tickMs ?? -Infinity, clockMs);
      for (const state of states)
        state.isIdle = idle.some(
          ({ source, partition }) => source === state.source && partition === state.partition,
        );
    },
    settledMs(from) {
      const counted = countedFor(from);
      if (counted.length === 0) return -Infinity;
      const active = counted.filter(({ isIdle }) => !isIdle);
      if (active.length === 0) return idleTimeMs(new Set(counted.map(({ source }) => source)));
      return Math.min(...active.map(timeOf)) - 1;
    },
    uneven(from) {
      const active = countedFor(from).filter(({ isIdle }) => !isIdle);
      const leastMs = Math.min(...active.map(timeOf));
      return {
        behind: active.filter((state) => timeOf(state) === leastMs),
        ahead: active.filter((state) => timeOf(state) > leastMs),
      };
    },
    lastTimeMs: () => Math.max(-Infinity, ...states.map(({ lastTimeMs }) => lastTimeMs ?? -Infinity)),
    save: (writer) => writer.json({ states, sources, tickMs }),
    load(reader) {
      ({ states, sources, tickMs } = reader.json() as {
        states: PartitionState[];
        sources: readonly SourceTiming[];
        tickMs: number | null;
      });
    },
  };
}
