/**
 * The time that ticks tell the detector. It never moves on by more than has passed since the last event or tick, whatever the clock
 * says: a clock that is wrong while the sources are quiet settles nothing that has not been. It goes back with the clock.
 */
import type { Clock } from '../../event/clock.ts';

export interface TickTime {
  /** Events up to this time have been read, none of them in the future. */
  read(lastTimeMs: number): void;
  /** The time of a tick now, ms since epoch. */
  nowMs(): number;
  /** The clock was set back behind the last tick: the detector must be told. */
  wentBack(): boolean;
}

const STEP_MIN_MS = 30_000;
const STEPS_MAX = 240;

/**
 * The times of the ticks that lead from what is next due to now. One that settled hours at once would hold up the event loop for as
 * long as everything takes that fell due in them.
 */
export function* stepsTo(nowMs: number, dueMs: number): Iterable<number> {
  const stepMs = Math.max(STEP_MIN_MS, (nowMs - dueMs) / STEPS_MAX);
  if (Number.isFinite(dueMs))
    for (let atMs = dueMs + stepMs; atMs < nowMs; atMs += stepMs) yield Math.ceil(atMs);
  yield nowMs;
}

/** The first tick says what the clock says. */
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
