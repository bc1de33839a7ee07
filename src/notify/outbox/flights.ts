/**
 * The messages that are under way to one receiver: most channels take one at a time, some several. The more urgent a message, the
 * more places it may take, so that what is less urgent never holds them all while a receiver is slow to answer.
 */
import type { Severity } from '../../event/alert.ts';
import { rankOf } from './urgency.ts';

/** A message that arrives, but takes so long. Connecting in vain takes as long, and is no sign that a message needs it. */
const SLOW_MS = 5_000;
/** Whether it arrives or not. */
const VERY_SLOW_MS = 30_000;

export interface Flights {
  readonly count: () => number;
  readonly hasPlace: (severity: Severity) => boolean;
  /** The receiver takes long for each message. */
  isSlow(nowMs: number): boolean;
  /** Under way until `landing` settles, which must not reject; it gives whether the message arrived. */
  start(nowMs: number, landing: Promise<boolean>): void;
}

/**
 * `atOnce`: places in all, at least one. `onLanding` is called whenever a place has come free. Times are of the steady clock.
 */
export function createFlights(atOnce: number, steadyMs: () => number, onLanding: () => void): Flights {
  const startedMs = new Map<Promise<boolean>, number>();
  let wasSlow = false;
  return {
    count: () => startedMs.size,
    hasPlace: (severity) => startedMs.size < Math.max(1, atOnce - rankOf(severity)),
    isSlow: (nowMs) => wasSlow || [...startedMs.values()].some((atMs) => nowMs - atMs > VERY_SLOW_MS),
    start(nowMs, landing) {
      startedMs.set(landing, nowMs);
      void landing.then((hasArrived) => {
        startedMs.delete(landing);
        wasSlow = steadyMs() - nowMs > (hasArrived ? SLOW_MS : VERY_SLOW_MS);
        onLanding();
      });
    },
  };
}
