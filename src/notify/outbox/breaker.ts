/**
 * The circuit breaker of a receiver. After several failures in a row it lets one attempt through from time to time, until one succeeds. It
 * uses the steady clock: a wall clock that is set back would keep it open for that long.
 */
export interface Breaker {
  /** Returns the steady time before which no attempt may be made; −Infinity while it is closed. */
  untilMs(): number;
  /** Records how the last attempt ended. Returns `opened` or `closed` if the breaker has changed now. */
  ended(isFailure: boolean): 'opened' | 'closed' | undefined;
}

export const BREAK_AFTER_FAILURES = 5;
export const BREAK_MS = 10_000;

export function createBreaker(steadyMs: () => number): Breaker {
  let failures = 0;
  let untilMs = -Infinity;
  return {
    untilMs: () => untilMs,
    ended(isFailure) {
      const wasOpen = failures >= BREAK_AFTER_FAILURES;
      failures = isFailure ? failures + 1 : 0;
      const isOpen = failures >= BREAK_AFTER_FAILURES;
      untilMs = isOpen ? steadyMs() + BREAK_MS : -Infinity;
      if (isOpen === wasOpen) return undefined;
      return isOpen ? 'opened' : 'closed';
    },
  };
}
