/**
 * A simulated source: partitions that grow, appear, can become unreachable or have an open transaction, and outlive every process that
 * reads them. A reader knows only what it saw when it last looked; some are given new lines at once (Kafka), some find them when they
 * look (files).
 */
import type { Batch } from '../../src/event/batch.ts';
import type { LogReader, LogSource, PartitionStatus } from '../../src/ingest/source.ts';
import { batchOf } from '../support/batches.ts';
import type { Random } from '../support/timelines.ts';
import type { Mortal } from './process-disk.ts';
import type { VirtualTime } from '../support/virtual-time.ts';

export interface SourceOptions {
  readonly name: string;
  readonly partitions: number;
  readonly random: Random;
  readonly time: Pick<VirtualTime, 'nowMs' | 'timers'>;
  /** It finds lines when it looks, and says when it looked; otherwise they are given to it. */
  readonly isLooking?: boolean;
  /** Most lines of a batch. */
  readonly linesMax?: number;
  /** It takes as long as this to open it, at the most. */
  readonly openMaxMs?: number;
}

export interface SimulatedSource {
  readonly name: string;
  /** A partition appears; readers that run know of it after this time at the earliest. Gives its number. */
  addPartition(knownAfterMs: number): number;
  partitions(): readonly number[];
  /** Appends a line; gives its offset. */
  append(partition: number, line: string): number;
  setReachable(partition: number, reachable: boolean): void;
  /** What is appended from now on can be read at its end. */
  setTransaction(partition: number, isOpen: boolean): void;
  /** Whoever reads it now looks for partitions and their ends, as a running process does every few seconds. */
  look(): void;
  /** The source as a process that lives this life sees it. */
  source(life: Mortal): LogSource;
}

const never = (): Promise<never> => new Promise(() => undefined);

interface Log {
  readonly partition: number;
  readonly knownFromMs: number;
  readonly lines: string[];
  isReachable: boolean;
  /** Offset of the first line of a transaction that is open. */
  transactionAt: number | undefined;
}

/** A partition as its reader knows it. */
interface Known {
  readonly log: Log;
  read: number;
  /** Where its end was at the last look, for everybody and for those who wait for transactions to end. */
  end: number;
  readableEnd: number;
  lookedAtMs: number;
  isReachable: boolean;
}

/** Nothing vouches for what was last seen longer ago. */
const FRESH_MS = 5_000;

export function createSimulatedSource(options: SourceOptions): SimulatedSource {
  const { name, random, time, isLooking = false, linesMax = 5, openMaxMs = 0 } = options;
  const logs: Log[] = [];
  let readers: { readonly life: Mortal; look(): void; appended(log: Log): void }[] = [];
  const living = (): typeof readers => (readers = readers.filter(({ life }) => !life.isOver()));

  function addPartition(knownAfterMs: number): number {
    const partition = logs.length;
    logs.push({
      partition,
      knownFromMs: time.nowMs() + knownAfterMs,
      lines: [],
      isReachable: true,
      transactionAt: undefined,
    });
    return partition;
  }
  for (let i = 0; i < options.partitions; i++) addPartition(0);

  function open(position: (partition: number) => number, life: Mortal): LogReader {
    const known = new Map<Log, Known>();
    let held: ReadonlySet<number> = new Set();
    let wake = (): void => undefined;
    let lookedAtMs = -Infinity;
    const isFresh = (): boolean => time.nowMs() - lookedAtMs < FRESH_MS;

    function see(log: Log): void {
      let one = known.get(log);
      if (one === undefined) {
        const read = position(log.partition);
        one = { log, read, end: read, readableEnd: read, lookedAtMs: -Infinity, isReachable: true };
        known.set(log, one);
      }
      one.isReachable = log.isReachable;
      if (!log.isReachable) return;
      one.end = log.lines.length;
      one.readableEnd = log.transactionAt ?? log.lines.length;
      one.lookedAtMs = time.nowMs();
    }
    const look = (isFirst: boolean): void => {
      lookedAtMs = time.nowMs();
      // Whoever opens it asks what there is.
      for (const log of logs) if (isFirst || log.knownFromMs <= lookedAtMs) see(log);
      wake();
    };
    look(true);
    readers.push({
      life,
      look: () => look(false),
      appended(log) {
        if (isLooking || !known.has(log)) return;
        see(log);
        wake();
      },
    });

    const hasNews = ({ log, read, readableEnd }: Known): boolean =>
      log.isReachable && !held.has(log.partition) && read < readableEnd;
    const batchFrom = (one: Known): Batch => {
      const { log, read: from } = one;
      const taken = log.lines.slice(from, Math.min(one.readableEnd, from + 1 + random.below(linesMax)));
      const next = from + taken.length;
      one.read = next;
      return batchOf(taken, 0, {
        source: name,
        partition: log.partition,
        offsets: Float64Array.from(taken, (_, i) => from + i),
        next: { offset: next, proof: '' },
        atEnd: next === one.end,
      });
    };
    const status = (one: Known): PartitionStatus => ({
      partition: one.log.partition,
      label: `${name}-${one.log.partition}`,
      atEnd:
        one.isReachable && !held.has(one.log.partition) && one.read === one.end && (isLooking || isFresh()),
      ...(isLooking && { lookedAtMs: one.lookedAtMs }),
      ...(!one.isReachable && { unreachable: 'nobody answers' }),
    });

    const give = (): Batch | undefined => {
      const ready = [...known.values()].filter(hasNews);
      return ready.length === 0 ? undefined : batchFrom(random.pick(ready));
    };

    return {
      async next(waitMs) {
        if (life.isOver()) return await never();
        const given = give();
        if (given !== undefined || waitMs === 0) return given;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        return life.isOver() ? await never() : give();
      },
      durable: () => undefined,
      hold(partitions) {
        held = partitions;
        wake();
      },
      partitions: () => [...known.values()].map(status),
      look() {
        look(false);
        return Promise.resolve();
      },
      close() {
        wake();
        return Promise.resolve();
      },
    };
  }

  /** For the archive: nothing is ever given to it. */
  function openIdle(life: Mortal): LogReader {
    let wake = (): void => undefined;
    readers.push({ life, look: () => wake(), appended: () => undefined });
    return {
      async next() {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        return undefined;
      },
      durable: () => undefined,
      hold: () => undefined,
      partitions: () => [],
      close: () => Promise.resolve(),
    };
  }

  return {
    name,
    addPartition,
    partitions: () => logs.map(({ partition }) => partition),
    append(partition, line) {
      const log = logs[partition]!;
      log.lines.push(line);
      for (const reader of living()) reader.appended(log);
      return log.lines.length - 1;
    },
    setReachable: (partition, reachable) => void (logs[partition]!.isReachable = reachable),
    setTransaction(partition, isOpen) {
      const log = logs[partition]!;
      log.transactionAt = isOpen ? (log.transactionAt ?? log.lines.length) : undefined;
    },
    look() {
      for (const reader of living()) reader.look();
    },
    source: (life) => ({
      name,
      finite: false,
      mayHaveNone: isLooking,
      async open(reader) {
        const afterMs = random.below(openMaxMs + 1);
        if (afterMs > 0) await time.timers.sleep(afterMs);
        if (reader.purpose === 'archive') return openIdle(life);
        return open((partition) => reader.position(partition)?.offset ?? 0, life);
      },
      close: () => Promise.resolve(),
    }),
  };
}
