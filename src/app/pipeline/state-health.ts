/** Remembers whether the state in memory can be trusted. */
export interface StateHealth {
  /** Rejects with the first error that broke the state. */
  readonly failed: Promise<never>;
  fail(error: unknown): Error;
  isBroken(): boolean;
  throwIfBroken(): void;
  /** Returns the result of `work`. An error of `work` breaks the state, unless `isHarmless` returns true for it. */
  watching<T>(work: () => T, isHarmless?: (error: unknown) => boolean): T;
}

export function createStateHealth(): StateHealth {
  let broken: Error | undefined;
  const failed = Promise.withResolvers<never>();
  // `failed` is told to whoever waits for it. Where nobody does, the next input is refused.
  failed.promise.catch(() => undefined);
  const fail = (error: unknown): Error => {
    broken ??= error instanceof Error ? error : new Error(String(error));
    failed.reject(broken);
    return broken;
  };
  return {
    failed: failed.promise,
    fail,
    isBroken: () => broken !== undefined,
    throwIfBroken() {
      if (broken !== undefined) throw broken;
    },
    watching(work, isHarmless) {
      try {
        return work();
      } catch (error) {
        if (isHarmless?.(error) === true) throw error;
        throw fail(error);
      }
    },
  };
}
