/** A simulated source: partitions that grow, can become unreachable, and outlive every process that reads them. */
import type { Batch } from '../../src/event/batch.ts';
import type { LogReader, LogSource } from '../../src/ingest/source.ts';
import { batchOf } from '../support/batches.ts';
import type { Random } from '../support/timelines.ts';
import type { Mortal } from './process-disk.ts';

export interface SimulatedSource {
  /** Appends a line; gives its offset. */
  append(partition: number, line: string): number;
  setReachable(partition: number, reachable: boolean): void;
  /** The source as a process that lives this life sees it. */
  source(life: Mortal, clock: () => number): LogSource;
}

interface Log {
  readonly partition: number;
  readonly lines: string[];
  isReachable: boolean;
}

const mostLines = 5;

export function createSimulatedSource(name: string, partitions: number, random: Random): SimulatedSource {
  const logs: Log[] = Array.from({ length: partitions }, (_, partition) => ({
    partition,
    lines: [],
    isReachable: true,
  }));
  let wake = (): void => undefined;

  function open(position: (partition: number) => number, life: Mortal, clock: () => number): LogReader {
    const read = logs.map(({ partition }) => position(partition));
    let held: ReadonlySet<number> = new Set();
    const hasNews = ({ partition, lines, isReachable }: Log): boolean =>
      isReachable && !held.has(partition) && read[partition]! < lines.length;

    const batchFrom = ({ partition, lines }: Log): Batch => {
      const from = read[partition]!;
      const taken = lines.slice(from, from + 1 + random.below(mostLines));
      const next = from + taken.length;
      read[partition] = next;
      return batchOf(taken, 0, {
        source: name,
        partition,
        offsets: Float64Array.from(taken, (_, i) => from + i),
        readAtMs: clock(),
        next: { offset: next, proof: '' },
        atEnd: next === lines.length,
      });
    };
    return {
      async next() {
        for (;;) {
          const ready = logs.filter(hasNews);
          if (life.isOver()) return await new Promise(() => undefined);
          if (ready.length > 0) return batchFrom(random.pick(ready));
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
      durable: () => undefined,
      hold(partitions) {
        held = partitions;
        wake();
      },
      partitions: () =>
        logs.map(({ partition, lines, isReachable }) => ({
          partition,
          label: `${name}-${partition}`,
          atEnd: isReachable && !held.has(partition) && read[partition] === lines.length,
        })),
      close: () => Promise.resolve(),
    };
  }

  return {
    append(partition, line) {
      const { lines } = logs[partition]!;
      lines.push(line);
      wake();
      return lines.length - 1;
    },
    setReachable(partition, reachable) {
      logs[partition]!.isReachable = reachable;
      wake();
    },
    source: (life, clock) => ({
      name,
      finite: false,
      open: (options) =>
        Promise.resolve(open((partition) => options.position(partition)?.offset ?? 0, life, clock)),
      close: () => Promise.resolve(),
    }),
  };
}
