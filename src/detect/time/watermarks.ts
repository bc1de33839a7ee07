/** The partitions as the log tells of them, and up to what time the events of some sources are all in (semantics: Ground). */
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import type { BatchInput, PartitionRef, SourceTiming } from '../input/input.ts';

/** Wall time without an event after which a partition that was read to its end counts as idle. */
export const idleAfterMs = 60_000;

/**
 * Stands for a configured source of which no partition counts: it has not been opened yet, its partitions are not known, or it has
 * none. It holds the time back as a partition does that has not been read, until it is idle or partitions take its place.
 */
export const wholeSource = -1;

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
  /** The sources of the configuration, which are all that count, heard of or not. */
  setSources(sources: readonly SourceTiming[]): void;
  /** Notes a batch; gives the greatest match offset seen before it. */
  read(batch: BatchInput): number;
  /** Exactly these of the source count from now on. */
  own(source: string, partitions: readonly number[]): void;
  end(source: string, partition: number): void;
  tick(clockMs: number, idle: readonly PartitionRef[]): void;
  /** Settled up to and including this time, for a rule of these sources (none: all). */
  settledMs(from: readonly string[]): number;
  /** The partitions of these sources that hold the time back, and those that are ahead of them; idle ones are neither. */
  uneven(from: readonly string[]): Uneven;
  /** The lateness that would have kept an event of this time for a rule that is settled up to then, ms. */
  latenessFor(of: PartitionRef, timeMs: number, settledMs: number): number;
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

  const isConfigured = (source: string): boolean => sources.some(({ name }) => name === source);
  const countedFor = (from: readonly string[]): PartitionState[] =>
    states.filter(
      ({ source, hasEnded }) =>
        !hasEnded && (from.length === 0 || from.includes(source)) && isConfigured(source),
    );
  /** The source counts: by its partitions, or as a whole where it has none that does. */
  function count(source: string): void {
    const counted = states.filter((state) => state.source === source && !state.hasEnded);
    const isKnown = counted.some(({ partition }) => partition !== wholeSource);
    if (!isKnown) stateOf(source, wholeSource);
    else if (counted.some(({ partition }) => partition === wholeSource))
      states = states.filter((state) => state.source !== source || state.partition !== wholeSource);
  }
  const timeOf = ({ watermarkMs }: PartitionState): number => watermarkMs ?? -Infinity;

  /** All partitions are idle: the wall clock moves the time, as far behind as their events could still be. */
  function idleTimeMs(counted: ReadonlySet<string>): number {
    if (tickMs === null) return -Infinity;
    const latenesses = sources.filter(({ name }) => counted.has(name)).map(({ latenessMs }) => latenessMs);
    return tickMs - Math.max(0, ...latenesses) - idleAfterMs;
  }

  return {
    setSources(timings) {
      sources = timings;
      for (const { name } of sources) count(name);
    },
    read(batch) {
      const state = stateOf(batch.source, batch.partition);
      const before = state.matchOffset;
      state.isIdle = false;
      state.hasEnded = false;
      count(batch.source);
      if (batch.watermarkMs !== undefined)
        state.watermarkMs = Math.max(state.watermarkMs ?? -Infinity, batch.watermarkMs);
      if (batch.lastTimeMs !== undefined)
        state.lastTimeMs = Math.max(state.lastTimeMs ?? -Infinity, batch.lastTimeMs);
      for (const matches of [batch.matches, batch.late ?? []])
        for (const { position } of matches) state.matchOffset = Math.max(state.matchOffset, position.offset);
      return before;
    },
    own(source, partitions) {
      for (const partition of partitions) stateOf(source, partition);
      for (const state of states)
        if (state.source === source)
          state.hasEnded = state.partition !== wholeSource && !partitions.includes(state.partition);
      count(source);
    },
    end(source, partition) {
      stateOf(source, partition).hasEnded = true;
    },
    tick(clockMs, idle) {
      // A clock was wrong: what it has not settled yet must not be too late for it.
      tickMs = clockMs;
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
    latenessFor({ source, partition }, timeMs, settledMs) {
      const latenessMs = sources.find(({ name }) => name === source)?.latenessMs ?? 0;
      const limitMs = Math.max(timeOf(stateOf(source, partition)), settledMs + 1);
      return latenessMs + limitMs - timeMs;
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
