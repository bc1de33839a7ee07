/**
 * How many messages a receiver may still get within a minute. A part of it is kept for criticals, so that a flood of lesser
 * messages never makes them wait.
 */
const minuteMs = 60_000;

export interface RateBudget {
  /** Slots left now; those kept for criticals count only for them. */
  left(nowMs: number, critical: boolean): number;
  /** When the next slot comes free. */
  nextMs(nowMs: number, critical: boolean): number;
  spend(nowMs: number): void;
}

/** All times are of the steady clock. `spentAtMs`: attempts already made, oldest first (before a restart). */
export function createRateBudget(perMinute: number, spentAtMs: readonly number[]): RateBudget {
  const kept = perMinute < 4 ? 0 : Math.max(1, Math.floor(perMinute / 5));
  let spent = [...spentAtMs];
  const recent = (nowMs: number): readonly number[] => (spent = spent.filter((at) => at > nowMs - minuteMs));
  const allowed = (critical: boolean): number => (critical ? perMinute : perMinute - kept);
  return {
    left: (nowMs, critical) => Math.max(0, allowed(critical) - recent(nowMs).length),
    nextMs(nowMs, critical) {
      const used = recent(nowMs);
      const frees = used[used.length - allowed(critical)];
      return frees === undefined ? nowMs : frees + minuteMs;
    },
    spend: (nowMs) => void spent.push(nowMs),
  };
}
