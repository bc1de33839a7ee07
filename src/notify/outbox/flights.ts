/**
 * The messages that are under way to one receiver. Most channels allow one at a time, some several. A more urgent message may use more of
 * the places, so that less urgent ones never hold them all while a receiver answers slowly.
 */
import type { Severity } from '../../event/alert.ts';
import { rankOf } from './urgency.ts';

/**
 * A message that arrives after this time counts as slow. A failed connection takes as long, but does not show that the receiver needs this
 * time.
 */
const SLOW_MS = 5_000;
/** Any message that takes longer than this counts as slow, even if it does not arrive. */
const VERY_SLOW_MS = 30_000;

export interface Flights {
  readonly count: () => number;
  readonly hasPlace: (severity: Severity) => boolean;
  /** Returns true if the receiver takes long for each message. */
  isSlow(nowMs: number): boolean;
  /** Counts a message as under way until `landing` settles. `landing` must not reject; it resolves to true if the message arrived. */
  start(nowMs: number, landing: Promise<boolean>): void;
}

/**
 * Creates the flights of one receiver. `atOnce`: number of places, at least one. `onLanding` is called when a place has become free. Times
 * are of the steady clock.
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
