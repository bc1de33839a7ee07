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

export const breakAfterFailures = 5;
export const breakMs = 10_000;

export function createBreaker(steadyMs: () => number): Breaker {
  let failures = 0;
  let untilMs = -Infinity;
  return {
    untilMs: () => untilMs,
    ended(isFailure) {
      const wasOpen = failures >= breakAfterFailures;
      failures = isFailure ? failures + 1 : 0;
      const isOpen = failures >= breakAfterFailures;
      untilMs = isOpen ? steadyMs() + breakMs : -Infinity;
      if (isOpen === wasOpen) return undefined;
      return isOpen ? 'opened' : 'closed';
    },
  };
}
