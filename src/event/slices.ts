/** Long work beside a stream: written as a generator that yields wherever it may be interrupted, and run whole or in slices. */
import { setImmediate } from 'node:timers/promises';

/** Work that may be interrupted wherever it yields. */
export type Slices<T> = Generator<undefined, T, undefined>;

/** Runs the work in one go. */
export function whole<T>(work: Slices<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Runs the work letting everything else have its turn every `sliceMs` or, where a step takes longer, after that step. */
export async function inSlices<T>(work: Slices<T>, sliceMs = 5): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - since < sliceMs) continue;
    await setImmediate();
    since = performance.now();
  }
}
