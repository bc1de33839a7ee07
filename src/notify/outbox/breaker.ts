/**
 * The circuit breaker of a receiver: after several failures in a row it lets one attempt through every now and then, until one works.
 * By the steady clock: a wall clock that is set back would keep it open for as long.
 */
export interface Breaker {
  /** No attempt before this steady time; −Infinity where it is closed. */
  untilMs(): number;
  /** How the last attempt ended. Gives whether it has just opened, or just closed. */
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
