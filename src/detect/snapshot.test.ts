import { describe, expect, it } from 'vitest';
import { batch, detectorOf } from '../../test/support/detector-steps.ts';
import { restoreDetector } from './detector.ts';
import { SnapshotError } from './snapshot.ts';

describe('a snapshot', () => {
  it('continues as if nothing had happened', () => {
    const steps = [
      batch([0, 500], 0),
      batch([400, 3000], 2, 'ship'),
      batch([700, 3500], 4),
      batch([9000], 6),
    ];
    const whole = detectorOf(3, 10_000);
    let restarted = detectorOf(3, 10_000);
    for (const input of steps) {
      expect(restarted.step(input)).toEqual(whole.step(input));
      const parts = [...restarted.snapshot()];
      expect(parts).toEqual([...whole.snapshot()]);
      restarted = restoreDetector(parts);
    }
  });

  it('of another format is refused with what to do', () => {
    const parts = [...detectorOf(3, 10_000).snapshot()];
    parts[0]![1 + 'tocsin-state'.length] = 99;
    expect(() => restoreDetector(parts)).toThrow(SnapshotError);
  });

  it('that ends too early is refused', () => {
    const parts = [...detectorOf(3, 10_000).snapshot()];
    expect(() => restoreDetector(parts.slice(0, -1))).toThrow('not whole');
  });
});
