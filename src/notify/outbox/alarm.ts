/** The sleep of a receiver's loop, which somebody may end. */
import type { WorkTimers } from '../../event/clock.ts';

const SLEEP_MIN_MS = 10;

export interface Alarm {
  ring(): void;
  /** Until `ring`, the stop signal, or the time is over. A ring while nobody slept ends the next sleep at once. */
  sleep(ms: number): Promise<void>;
}

export function createAlarm(stop: AbortSignal, timers: Pick<WorkTimers, 'sleep'>): Alarm {
  let rung = false;
  let awaken: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    awaken?.();
  };
  stop.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async sleep(ms) {
      if (!rung) {
        const woken = new AbortController();
        awaken = () => woken.abort();
        // Never longer than a minute, so that no mistake about what is due can stall delivery; never shorter than this, so that none
        // can make the loop spin.
        await timers.sleep(Math.min(Math.max(ms, SLEEP_MIN_MS), 60_000), woken.signal);
      }
      awaken = undefined;
      rung = false;
    },
  };
}
