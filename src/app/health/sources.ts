/**
 * Watches the sources of alerting by the clock: whether anything is read from them, how far the reading is behind, which partitions are
 * halted. Silence is counted only while a process listens, so that neither downtime nor a restart begins or ends a silence.
 */
import type { SourceConfig } from '../../config/config.ts';
import type { HeardRow } from '../../detect/store/notes.ts';
import type { PartitionStatus } from '../../ingest/source.ts';
import type { BatchRead } from '../types.ts';

/** The state of a source. Times are ms since epoch, spans ms. */
export interface SourceState {
  readonly source: string;
  /** Set where no event of any kind has been read for `silent_after`. `sinceMs`: the last event; absent where there never was one. */
  readonly silent?: { readonly sinceMs?: number; readonly forMs: number; readonly afterMs: number };
  /** Set where lines are unread. `byMs`: the age of the last event that was read. */
  readonly behind?: { readonly byMs: number; readonly readToMs: number };
  /** The partitions from which nothing more is read, with the reason. */
  readonly halted: readonly string[];
  /** Set while a partition cannot be reached: since when, and the reason for the first such partition. */
  readonly unreachable?: { readonly because: string; readonly sinceMs: number };
  /** Set while something that cannot be read yet, such as an open transaction, holds the time back: the partition that has waited for longest. */
  readonly waits?: NonNullable<PartitionStatus['waits']>;
}

export interface SourceWatch {
  read(batch: BatchRead): void;
  /** Call about every 5 s, with the partitions of each source that has not ended. */
  look(partitions: ReadonlyMap<string, readonly PartitionStatus[]>, nowMs: number): readonly SourceState[];
  /** Returns the rows that the next process begins with. */
  heard(): readonly HeardRow[];
}

/** A longer time between two looks does not count as listening: the machine slept, or the clock was set. */
const BETWEEN_LOOKS_MAX_MS = 60_000;

type WatchedSource = Pick<SourceConfig, 'name' | 'silentAfterMs'>;

/** Creates the watch on the sources. `kept`: the rows of the process before this one. */
export function createSourceWatch(
  sources: readonly WatchedSource[],
  kept: readonly HeardRow[],
  startedMs: number,
): SourceWatch {
  const heard = new Map<string, HeardRow>(
    sources.map(({ name }) => [
      name,
      kept.find(({ source }) => source === name) ?? { source: name, quietMs: 0 },
    ]),
  );
  const readToMs = new Map<string, number>();
  const reach = createReachWatch();
  let lookedMs = startedMs;

  return {
    read({ source, partition, clockMs, lastTimeMs, events }) {
      if (events === 0) return;
      heard.set(source, { source, atMs: clockMs, quietMs: 0 });
      if (lastTimeMs !== undefined) readToMs.set(`${source}/${partition}`, lastTimeMs);
    },
    look(partitions, nowMs) {
      const passedMs = Math.min(Math.max(0, nowMs - lookedMs), BETWEEN_LOOKS_MAX_MS);
      lookedMs = nowMs;
      return sources.flatMap((source) => {
        const { name } = source;
        const own = partitions.get(name);
        if (own === undefined) return [];
        const row = heard.get(name)!;
        const now = { ...row, quietMs: row.quietMs + passedMs };
        heard.set(name, now);
        return [
          stateOf({
            source,
            partitions: own,
            heard: now,
            unreachable: reach(name, own, nowMs),
            readTo: (partition) => readToMs.get(`${name}/${partition}`),
            nowMs,
          }),
        ];
      });
    },
    heard: () => [...heard.values()],
  };
}

interface Seen {
  readonly source: WatchedSource;
  readonly partitions: readonly PartitionStatus[];
  readonly heard: HeardRow;
  readonly unreachable: SourceState['unreachable'];
  readonly readTo: (partition: number) => number | undefined;
  readonly nowMs: number;
}

function stateOf({ source, partitions, heard, unreachable, readTo, nowMs }: Seen): SourceState {
  const { name, silentAfterMs } = source;
  const { atMs, quietMs } = heard;
  const isSilent = silentAfterMs !== undefined && quietMs >= silentAfterMs;
  const since = atMs === undefined ? {} : { sinceMs: atMs };
  const waits = oldestOf(
    partitions.flatMap((each) =>
      each.waits === undefined ? [] : [{ ...each.waits, because: labelled(each.label, each.waits.because) }],
    ),
  );
  const unread = partitions.filter(isUnread).map(({ partition }) => partition);
  const behind = behindOf(unread, readTo, nowMs);
  return {
    source: name,
    ...(isSilent && { silent: { ...since, forMs: quietMs, afterMs: silentAfterMs } }),
    ...(behind !== undefined && { behind }),
    halted: partitions.flatMap(({ label, halted }) =>
      halted === undefined ? [] : [labelled(label, halted)],
    ),
    ...(unreachable !== undefined && { unreachable }),
    ...(waits !== undefined && { waits }),
  };
}

/** Creates the function that remembers since when a partition of a source cannot be reached. Call it at each look. */
function createReachWatch() {
  const goneSinceMs = new Map<string, number>();
  return (
    name: string,
    partitions: readonly PartitionStatus[],
    nowMs: number,
  ): SourceState['unreachable'] => {
    const gone = partitions.find(({ unreachable }) => unreachable !== undefined);
    if (gone?.unreachable === undefined) {
      goneSinceMs.delete(name);
      return undefined;
    }
    const sinceMs = goneSinceMs.get(name) ?? nowMs;
    goneSinceMs.set(name, sinceMs);
    return { because: labelled(gone.label, gone.unreachable), sinceMs };
  };
}

/** Puts the label of the partition before a text that does not begin with it. */
export const labelled = (label: string, text: string): string =>
  text.startsWith(label) ? text : `${label}: ${text}`;

function oldestOf(waits: readonly NonNullable<PartitionStatus['waits']>[]): SourceState['waits'] {
  return waits.toSorted((a, b) => a.sinceMs - b.sinceMs)[0];
}

const isUnread = ({ atEnd, halted, lag }: PartitionStatus): boolean =>
  !atEnd && halted === undefined && (lag ?? 0) > 0;

/** Returns how far the partition is behind that is furthest behind. */
function behindOf(
  unread: readonly number[],
  readTo: (partition: number) => number | undefined,
  nowMs: number,
): SourceState['behind'] {
  const times = unread.map(readTo).filter((time) => time !== undefined);
  if (times.length === 0) return undefined;
  const readToMs = Math.min(...times);
  return { byMs: Math.max(0, nowMs - readToMs), readToMs };
}
