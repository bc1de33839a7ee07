/**
 * The only source of time of the process. It is passed in to all code that asks for the time or waits, so that a simulation can drive it. A
 * machine has two clocks. The wall clock is shared with people and other machines, and may be set at any moment. The steady clock only
 * measures spans. Times of day come from the wall clock, checked against the steady one.
 */

/** A jump of the wall clock: it moved by more than 5 s otherwise than the time that passed. */
export interface ClockJump {
  /** The time that the process uses since then, ms since epoch. */
  readonly atMs: number;
  /** By how much the wall clock was set ahead, ms; negative: set back. */
  readonly byMs: number;
  /** `steadyMs` when the jump was noticed. */
  readonly steadyMs: number;
}

/** How work waits, and how it measures itself. `machineTimers` in waiting.ts is the machine's own. */
export interface WorkTimers {
  /**
   * Resolves after `ms`; resolves to true as soon as `signal` is aborted. Keeps the process alive. With 0, everything else that can go on
   * gets its turn first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<boolean>;
  /**
   * Calls `work` once every `ms` until the result is called. If several calls fell due while nothing ran, there is only one. Keeps the
   * process alive. `work` must not throw.
   */
  every(ms: number, work: () => void): () => void;
  /** Measures a piece of work: ms since some moment, finer than `steadyMs`. Stands still while the machine sleeps. */
  workMs(): number;
}

export interface Clock extends WorkTimers {
  /**
   * The time of day that the process uses, ms since epoch. A wall clock that was set ahead is not followed until something else vouches for
   * it, or until it has stayed there for 10 minutes. A wall clock that was set back is followed at once, unless something speaks against
   * it.
   */
  nowMs(): number;
  /** The time of the wall clock, believed or not, ms since epoch. For times that other programs compare with their own. */
  wallMs(): number;
  /** For spans: ms since some moment. Nobody can set this clock, and it goes on while the machine sleeps. */
  steadyMs(): number;
  /** False in the first 10 minutes after the machine's start, until something has shown that its clock was set. */
  isProven(): boolean;
  /**
   * Takes times that others have written and that were read just now. Returns true if they show that the wall clock was rightly set ahead,
   * or wrongly set back; `nowMs` is later from then on.
   */
  vouch(timesMs: Iterable<number>): boolean;
  /** The jumps of this process, oldest first. Only the last hundred are kept. */
  jumps(): readonly ClockJump[];
}
