/**
 * The time that ticks tell the detector. It never advances further than the time that has passed since the last event or tick, whatever the
 * clock says. So a clock that is wrong while the sources are quiet makes nothing final too early. The time goes back with the clock.
 */
import type { Clock } from '../../event/clock.ts';

export interface TickTime {
  /** Notes that events up to this time have been read, none of them in the future. */
  read(lastTimeMs: number): void;
  /** Returns the time of a tick now, ms since epoch. */
  nowMs(): number;
  /** True where the clock was set back behind the last tick: the detector must be told. */
  wentBack(): boolean;
}

const STEP_MIN_MS = 30_000;
const STEPS_MAX = 240;

/**
 * Yields the times of the ticks that lead from the next due time (`dueMs`) to now. One tick that made hours final would block the event
 * loop until everything due in them was judged.
 */
export function* stepsTo(nowMs: number, dueMs: number): Iterable<number> {
  const stepMs = Math.max(STEP_MIN_MS, (nowMs - dueMs) / STEPS_MAX);
  if (Number.isFinite(dueMs))
    for (let atMs = dueMs + stepMs; atMs < nowMs; atMs += stepMs) yield Math.ceil(atMs);
  yield nowMs;
}

/** Creates the time of ticks. The first tick has the time of the clock. */
export function createTickTime(clock: Clock): TickTime {
  let lineMs = clock.nowMs();
  let atMs = clock.steadyMs();
  let tickMs = -Infinity;
  const moveOn = (): void => {
    const steadyMs = clock.steadyMs();
    lineMs += steadyMs - atMs;
    atMs = steadyMs;
  };
  return {
    read(lastTimeMs) {
      moveOn();
      lineMs = Math.max(lineMs, lastTimeMs);
    },
    nowMs() {
      moveOn();
      return (tickMs = Math.min(clock.nowMs(), Math.round(lineMs)));
    },
    wentBack: () => clock.nowMs() < tickMs,
  };
}
