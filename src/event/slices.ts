/** Long work beside a stream. It is written as a generator that yields wherever it may be interrupted, and runs whole or in slices. */
import type { WorkTimers } from './clock.ts';
import { machineTimers } from './waiting.ts';

/** Work that may be interrupted wherever it yields. */
export type Slices<T> = Generator<undefined, T, undefined>;

/** Runs the work without a break. */
export function whole<T>(work: Slices<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

const SLICE_MS = 5;

/** Runs the work. Every `sliceMs`, or after a step that takes longer, all other work gets its turn. */
export async function inSlices<T>(
  work: Slices<T>,
  timers: Pick<WorkTimers, 'sleep' | 'workMs'> = machineTimers,
  sliceMs = SLICE_MS,
): Promise<T> {
  let sinceMs = timers.workMs();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (timers.workMs() - sinceMs < sliceMs) continue;
    await timers.sleep(0);
    sinceMs = timers.workMs();
  }
}
