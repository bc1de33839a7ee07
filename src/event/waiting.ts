/** Waiting with a limit. Nothing else waits for a time, or for the end of something: what waits for ever cannot be stopped. */

/** True when it was interrupted, which happens at once where `signal` is aborted already. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted === true) return true;
  return await new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve(false);
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Waits for the end of something, well or not, but not for longer than `ms`. It is not ended by that. */
export async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const nothing = (): undefined => undefined;
  await orLate(work.then(nothing, nothing), ms, nothing);
}

/** What the work gives or rejects with; where it takes longer than `ms`, what `late` gives or throws. The work may then do as it likes. */
export async function orLate<T>(work: Promise<T>, ms: number, late: () => T): Promise<T> {
  const limit = Promise.withResolvers<() => T>();
  const timer = setTimeout(() => limit.resolve(late), ms);
  try {
    const outcome = await Promise.race([work.then((value) => () => value), limit.promise]);
    return outcome();
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
