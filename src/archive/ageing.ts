/**
 * The clock of retention: the time from which the age of archived lines is counted. Retention deletes for good, so this time does not
 * follow the system clock alone. It is never later than the newest archived line. For one day after a start, or after the system clock was
 * set, it goes on from the line that was newest then, no faster than the steady clock.
 */
import type { Clock } from '../event/clock.ts';

const DAY_MS = 86_400_000;

export class Ageing {
  readonly #clock: Clock;
  /** The newest line when the day began. `steadyMs`: the steady clock at that moment. `jumpedAtMs`: when the system clock was last set. */
  #base: { readonly newestMs: number; readonly steadyMs: number; readonly jumpedAtMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Returns the present time for retention, in ms since epoch. `newestMs`: time of the newest line; while there is none, the result is
   * undefined and no line has an age.
   */
  nowMs(newestMs: number | undefined): number | undefined {
    if (newestMs === undefined) return undefined;
    const steadyMs = this.#clock.steadyMs();
    const latestMs = Math.min(this.#clock.nowMs(), newestMs);
    const jumpedAtMs = this.#clock.jumps().at(-1)?.steadyMs ?? -Infinity;
    if (this.#base?.jumpedAtMs !== jumpedAtMs) this.#base = { newestMs: latestMs, steadyMs, jumpedAtMs };
    const passedMs = steadyMs - this.#base.steadyMs;
    return passedMs < DAY_MS ? Math.min(latestMs, this.#base.newestMs + passedMs) : latestMs;
  }
}
