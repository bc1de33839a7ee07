/** Waits that have a limit. */
import type { Timers } from './clock.ts';

/** As of `Timers`, by the machine. */
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

export const machineTimers: Timers = {
  sleep,
  every(ms, work) {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
  workMs: () => performance.now(),
};

/** Waits for the end of something, well or not, but not for ever. */
export async function within(
  work: Promise<unknown>,
  ms: number,
  timers: Pick<Timers, 'sleep'> = machineTimers,
): Promise<void> {
  const isOver = new AbortController();
  await Promise.race([work.catch(() => undefined), timers.sleep(ms, isOver.signal)]);
  isOver.abort();
}
