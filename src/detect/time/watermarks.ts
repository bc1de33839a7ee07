/** The watermark of a set of sources, from their partitions and the wall clock (semantics: Ground). */
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import type { AnyBatch, PartitionRef, SourceTiming } from '../input/input.ts';
import { PartitionTable, type PartitionState } from './partition-table.ts';

/** Wall time without an event after which a partition that was read to its end counts as idle. */
export const IDLE_AFTER_MS = 60_000;

export interface Uneven {
  readonly behind: readonly PartitionRef[];
  readonly ahead: readonly PartitionRef[];
}

export interface Partitions {
  /** Sets the configured sources. Only these count, even before anything has come from them. */
  setSources(sources: readonly SourceTiming[]): void;
  /** Records a batch; returns the greatest match offset seen before it. */
  read(batch: AnyBatch): number;
  /** From now on exactly these partitions of the source count. */
  own(source: string, partitions: readonly number[]): void;
  end(source: string, partition: number): void;
  tick(clockMs: number, idle: readonly PartitionRef[]): void;
  /** A rule of these sources is final up to and including this time. An empty list means all sources. */
  finalMs(from: readonly string[]): number;
  /** The partitions of these sources that hold the watermark back, and the partitions that are ahead of those. Idle partitions are neither. */
  uneven(from: readonly string[]): Uneven;
  /** The lateness, ms, with which an event of `timeMs` would have been in time for a rule that is final up to `finalMs`. */
  latenessFor(of: PartitionRef, timeMs: number, finalMs: number): number;
  /** Greatest event time of all partitions; −Infinity before the first event. */
  lastTimeMs(): number;
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
}

export function createPartitions(): Partitions {
  let table = new PartitionTable();
  let sources: readonly SourceTiming[] = [];
  let tickMs: number | null = null;

  const countedFor = (from: readonly string[]): readonly PartitionState[] =>
    table.all.filter(
      ({ source, hasEnded }) =>
        !hasEnded &&
        (from.length === 0 || from.includes(source)) &&
        sources.some(({ name }) => name === source),
    );

  return {
    setSources(timings) {
      sources = timings;
      for (const { name } of sources) table.count(name);
    },
    read: (batch) => table.read(batch),
    own: (source, partitions) => table.own(source, partitions),
    end(source, partition) {
      table.of(source, partition).hasEnded = true;
    },
    tick(clockMs, idle) {
      // Takes the clock even when it went back: after a wrong clock, events of times that are not final yet must not come too late.
      tickMs = clockMs;
      for (const state of table.all)
        state.isIdle = idle.some(
          ({ source, partition }) => source === state.source && partition === state.partition,
        );
    },
    finalMs(from) {
      const counted = countedFor(from);
      if (counted.length === 0) return -Infinity;
      const active = counted.filter(({ isIdle }) => !isIdle);
      if (active.length === 0) return idleTimeMs(tickMs, counted, sources);
      return Math.min(...active.map(timeOf)) - 1;
    },
    uneven(from) {
      const active = countedFor(from).filter(({ isIdle }) => !isIdle);
      const earliestMs = Math.min(...active.map(timeOf));
      return {
        behind: active.filter((state) => timeOf(state) === earliestMs),
        ahead: active.filter((state) => timeOf(state) > earliestMs),
      };
    },
    latenessFor({ source, partition }, timeMs, finalMs) {
      const latenessMs = sources.find(({ name }) => name === source)?.latenessMs ?? 0;
      const limitMs = Math.max(timeOf(table.of(source, partition)), finalMs + 1);
      return latenessMs + limitMs - timeMs;
    },
    lastTimeMs: () => Math.max(-Infinity, ...table.all.map(({ lastTimeMs }) => lastTimeMs ?? -Infinity)),
    save: (writer) => writer.json({ states: table.all, sources, tickMs }),
    load(reader) {
      const saved = reader.json() as Saved;
      table = new PartitionTable([...saved.states]);
      ({ sources, tickMs } = saved);
    },
  };
}

interface Saved {
  readonly states: readonly PartitionState[];
  readonly sources: readonly SourceTiming[];
  readonly tickMs: number | null;
}

const timeOf = ({ watermarkMs }: PartitionState): number => watermarkMs ?? -Infinity;

/** Returns the final time while all partitions are idle: the wall clock, minus the greatest lateness of the sources, minus `IDLE_AFTER_MS`. */
function idleTimeMs(
  tickMs: number | null,
  counted: readonly PartitionState[],
  sources: readonly SourceTiming[],
): number {
  if (tickMs === null) return -Infinity;
  const latenesses = sources
    .filter(({ name }) => counted.some(({ source }) => source === name))
    .map(({ latenessMs }) => latenessMs);
  return tickMs - Math.max(0, ...latenesses) - IDLE_AFTER_MS;
}
