import { describe, expect, it } from 'vitest';
import { batch, detectorOf } from '../../test/support/detector-steps.ts';
import { keptCheckpoint, checkpointOfEveryForm } from '../../test/support/save-checkpoint.ts';
import { restoreDetector } from './detector.ts';
import { CHECKPOINT_FORMAT } from './checkpoint.ts';
import { FixableError } from '../event/fixable-error.ts';

/** What keeps the state from being taken. */
function refusalOf(parts: readonly Uint8Array[]): FixableError {
  try {
    restoreDetector(parts);
  } catch (error) {
    return error as FixableError;
  }
  throw new Error('It was taken');
}

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
      const parts = [...restarted.checkpoint()];
      expect(parts).toEqual([...whole.checkpoint()]);
      restarted = restoreDetector(parts);
    }
  });

  it('of another format is refused with what to do', () => {
    const parts = [...detectorOf(3, 10_000).checkpoint()];
    parts[0]![1 + 'tocsin-state'.length] = 99;
    expect(refusalOf(parts)).toBeInstanceOf(FixableError);
    expect(refusalOf(parts).fix).toContain('Start the version that wrote it');
  });

  it('that ends too early is refused', () => {
    const parts = [...detectorOf(3, 10_000).checkpoint()];
    expect(() => restoreDetector(parts.slice(0, -1))).toThrow('not whole');
  });

  it.each(['1', '2', '3-1', '3-2', '3-3', '3-4', '4', '5'])(
    'of the older format %s is refused with what to do',
    (name) => {
      const refusal = refusalOf(keptCheckpoint(name));
      expect(refusal).toBeInstanceOf(FixableError);
      expect(refusal.message).toMatch(/format.*; this version of Tocsin reads tocsin-state 7\./u);
      expect(refusal.fix).toMatch(/begin with empty windows/u);
    },
  );

  it('of the format before is taken, and is one of this format from then on', () => {
    const parts = [...restoreDetector(keptCheckpoint('6')).checkpoint()];
    expect(parts).toEqual(keptCheckpoint(String(CHECKPOINT_FORMAT)));
  });

  it(`has the layout of its format: where it changes, raise the format and run node test/support/save-checkpoint.ts`, () => {
    const kept = keptCheckpoint(String(CHECKPOINT_FORMAT));
    expect([...restoreDetector(kept).checkpoint()]).toEqual(kept);
    expect(checkpointOfEveryForm()).toEqual(kept);
  });

  it('that says more or less than its format has, or is damaged, is refused with what to do', () => {
    const kept = keptCheckpoint(String(CHECKPOINT_FORMAT));
    for (let part = 0; part < kept.length; part++) {
      const changed = (bytes: readonly number[]) => kept.with(part, Uint8Array.from(bytes));
      const bytes = [...kept[part]!];
      const refusals = {
        more: refusalOf(changed([...bytes, 0])),
        less: refusalOf(changed(bytes.slice(0, -1))),
      };
      for (const [which, refusal] of Object.entries(refusals)) {
        expect(refusal, `a byte ${which} in part ${part}`).toBeInstanceOf(FixableError);
        expect(refusal.fix).toMatch(/data folder away to begin/u);
      }
    }
  });
});
