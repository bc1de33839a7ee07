import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Timers } from './timers.ts';

it('gives what is due in the order of time, then slot, each slot once, as a sorted list would', () => {
  const change = fc.record({
    kind: fc.constantFrom('arm', 'arm', 'arm', 'disarm', 'take'),
    slot: fc.nat(60),
    atMs: fc.nat(200),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const timers = new Timers();
      const due = new Map<number, number>();
      const first = (): [number, number] | undefined =>
        [...due].sort(([a, aMs], [b, bMs]) => aMs - bMs || a - b)[0];
      for (const { kind, slot, atMs } of changes) {
        if (kind === 'disarm') {
          timers.disarm(slot);
          due.delete(slot);
        } else if (kind === 'arm') {
          timers.arm(slot, atMs);
          due.set(slot, Math.min(due.get(slot) ?? Infinity, atMs));
        } else {
          const expected = first();
          const isDue = expected !== undefined && expected[1] <= atMs;
          expect(timers.take(atMs)).toBe(isDue ? expected[0] : -1);
          if (isDue) due.delete(expected[0]);
        }
        expect(timers.next()).toBe(first()?.[1] ?? Infinity);
      }
    }),
    { numRuns: 300 },
  );
});
