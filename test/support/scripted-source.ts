/** A source whose batches a test hands out, in the order in which it likes to have them read. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Batch } from '../../src/event/batch.ts';
import type { LogReader, LogSource } from '../../src/ingest/source.ts';
import { batchOf } from './batches.ts';

export interface ScriptedSource extends LogSource {
  /** The next batch to be read: these lines, of this partition. */
  readonly push: (partition: number, lines: readonly string[]) => void;
  /** Everything that was pushed has been taken, and what was taken before the last has been worked on. */
  readonly drained: () => Promise<void>;
}

export function scriptedSource(partitions: number): ScriptedSource {
  const offsets = Array.from({ length: partitions }, () => 0);
  const queue: Batch[] = [];
  const reader: LogReader = {
    async next(waitMs) {
      if (queue.length === 0) await delay(Math.min(waitMs, 5));
      return queue.shift();
    },
    durable: () => undefined,
    partitions: () =>
      offsets.map((_offset, partition) => ({
        partition,
        label: `${partition}`,
        atEnd: !queue.some((batch) => batch.partition === partition),
      })),
    hold: () => undefined,
    close: () => Promise.resolve(),
  };
  return {
    name: 'orders',
    finite: false,
    open: () => Promise.resolve(reader),
    close: () => Promise.resolve(),
    push(partition, lines) {
      const from = offsets[partition]!;
      const next = from + lines.length;
      offsets[partition] = next;
      queue.push(
        batchOf(lines, 0, {
          partition,
          offsets: Float64Array.from(lines, (_line, i) => from + i),
          next: { offset: next, proof: '' },
        }),
      );
    },
    async drained() {
      while (queue.length > 0) await delay(5);
      await delay(20);
    },
  };
}
