import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byteReader, byteWriter } from './bytes.ts';
import type { EventRef } from '../input/event-ref.ts';
import { createWindows } from './windows.ts';
import type { Tag } from './tagged-events.ts';

interface Kept {
  readonly event: EventRef;
  readonly tag: Tag;
}

const kept = fc
  .record({
    timeMs: fc.oneof(fc.nat(10), fc.integer({ min: -(2 ** 45), max: 2 ** 45 })),
    source: fc.constantFrom('orders', 'payments'),
    partition: fc.nat(3),
    offset: fc.oneof(fc.nat(10), fc.integer({ min: -1, max: 2 ** 50 })),
    mask: fc.nat(7),
    value: fc.nat(9),
  })
  .map(({ timeMs, source, partition, offset, mask, value }): Kept => ({
    event: { timeMs, position: { source, partition, offset } },
    tag: { mask, values: [[value]] },
  }));

it('are queues, a slot each, and come back from their bytes', () => {
  const change = fc.record({
    kind: fc.constantFrom('push', 'push', 'push', 'shift', 'clear', 'reload'),
    slot: fc.nat(3),
    kept,
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(change, { maxLength: 200 }),
      (blockEvents, changes) => {
        const windows = createWindows({ blockEvents, keepsMasks: true, keepsValues: true });
        const model = new Map<number, Kept[]>();
        for (const { kind, slot, kept: one } of changes) {
          const queue = model.get(slot) ?? [];
          model.set(slot, queue);
          if (kind === 'push') {
            windows.push(slot, one.event, one.tag);
            queue.push(one);
          } else if (kind === 'shift' && queue.length > 0)
            expect(windows.shift(slot)).toEqual(queue.shift()!.tag);
          else if (kind === 'clear') {
            windows.clear(slot);
            queue.length = 0;
          } else if (kind === 'reload') {
            const writer = byteWriter();
            windows.save(slot, writer);
            windows.clear(slot);
            const tags: Tag[] = [];
            windows.load(slot, byteReader(writer.finish()), (tag) => tags.push(tag));
            expect(tags).toEqual(queue.map(({ tag }) => tag));
          }
          expect(windows.size(slot)).toBe(queue.length);
          expect(windows.oldest(slot)).toEqual(queue[0]?.event);
          expect(windows.oldestMs(slot)).toBe(queue[0]?.event.timeMs ?? Infinity);
          expect(windows.newestMs(slot)).toBe(queue.at(-1)?.event.timeMs ?? -Infinity);
          expect(windows.newest(slot)).toEqual(queue.slice(-2).map(({ event }) => event));
        }
      },
    ),
    { numRuns: 300 },
  );
});
