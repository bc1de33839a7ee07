/**
 * The time from which the age of archived lines is counted for retention. What is deleted is gone, so it is not the clock alone: nothing
 * is older than the newest line shows, and for a day after a start or after the clock was set the time goes on from that line no faster
 * than it passes.
 */
import type { Clock } from '../event/clock.ts';

const DAY_MS = 86_400_000;

export class Ageing {
  readonly #clock: Clock;
  /** The newest line when the day began, at this steady time and after so many jumps. */
  #base: { readonly newestMs: number; readonly steadyMs: number; readonly jumpedAtMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `newestMs`: time of the newest line, undefined where there is none: then nothing has an age. Ms since epoch. */
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
