/** The sleep of a receiver's loop, which `ring` can end early. */
import type { WorkTimers } from '../../event/clock.ts';

const SLEEP_MIN_MS = 10;

export interface Alarm {
  ring(): void;
  /** Sleeps until `ring`, the stop signal, or the end of the time. A ring while nobody sleeps ends the next sleep at once. */
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
        // The sleep lasts at most a minute, so that a wrong due time cannot stop delivery. It lasts at least SLEEP_MIN_MS, so that a wrong
        // due time cannot make the loop spin.
        await timers.sleep(Math.min(Math.max(ms, SLEEP_MIN_MS), 60_000), woken.signal);
      }
      awaken = undefined;
      rung = false;
    },
  };
}
