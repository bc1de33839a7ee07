/** Waiting with a limit: work that waits for ever cannot be stopped. */
import type { WorkTimers } from './clock.ts';

/** As `WorkTimers.sleep`, by the machine's timers. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted === true) return true;
  return await new Promise((resolve) => {
    const cancel = ms === 0 ? nextTurn(over) : later(ms, over);
    const stop = (): void => {
      cancel();
      resolve(true);
    };
    function over(): void {
      signal?.removeEventListener('abort', stop);
      resolve(false);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function nextTurn(work: () => void): () => void {
  const immediate = setImmediate(work);
  return () => clearImmediate(immediate);
}

function later(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}

export const machineTimers: WorkTimers = {
  sleep,
  every(ms, work) {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
  workMs: () => performance.now(),
};

/** Waits for the end of something, well or not, but no longer than `ms`. Does not end it. */
export async function within(
  work: Promise<unknown>,
  ms: number,
  timers: Pick<WorkTimers, 'sleep'> = machineTimers,
): Promise<void> {
  const nothing = (): undefined => undefined;
  await orLate(work.then(nothing, nothing), ms, nothing, timers);
}

/**
 * Returns the result of the work, or rejects with its error. If it takes longer than `ms`, returns or throws what `late` does; the later
 * end of the work then has no effect.
 */
export async function orLate<T>(
  work: Promise<T>,
  ms: number,
  late: () => T,
  timers: Pick<WorkTimers, 'sleep'> = machineTimers,
): Promise<T> {
  const isOver = new AbortController();
  const limit = timers.sleep(ms, isOver.signal).then(() => late);
  try {
    const outcome = await Promise.race([work.then((value) => () => value), limit]);
    return outcome();
  } finally {
    isOver.abort();
    work.catch(() => undefined);
  }
}
