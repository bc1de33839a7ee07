/**
 * The one idea of time of the process, passed in to whatever asks for the time or waits, so that a simulation can turn it. A machine has two clocks: the wall clock, which people and other machines share and which may
 * be set at any moment, and a steady one, which only measures spans. Times of day come from the first, checked against the second.
 */

/** The wall clock went another way than the time that passed, by more than 5 s. */
export interface ClockJump {
  /** The time that the process goes by since then, ms since epoch. */
  readonly atMs: number;
  /** By how much it was set ahead; negative: back. */
  readonly byMs: number;
  /** `steadyMs` when it was noticed. */
  readonly steadyMs: number;
}

/** How work waits, and how it measures itself. The machine's own: `machineTimers` in waiting.ts. */
export interface WorkTimers {
  /**
   * Resolves after so long; true as soon as `signal` is aborted. Keeps the process alive. 0: everything else that can go on gets its
   * turn first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<boolean>;
  /**
   * Calls `work` once every so long until the result is called. Where several calls fell due while nothing ran there is one. Keeps the
   * process alive. `work` must not throw.
   */
  every(ms: number, work: () => void): () => void;
  /** For the length of a piece of work: ms since some moment, finer than `steadyMs`; stands still while the machine sleeps. */
  workMs(): number;
}

export interface Clock extends WorkTimers {
  /**
   * The time of day that the process goes by, ms since epoch. A wall clock that was set ahead is not followed before something else
   * vouches for it, or before it has stayed there for 10 minutes; one that was set back is followed at once, unless that is spoken
   * against.
   */
  nowMs(): number;
  /** What the wall clock says, believed or not: for what other programs compare with their own, ms since epoch. */
  wallMs(): number;
  /** For spans: ms since some moment. Nobody can set it, and it goes on while the machine sleeps. */
  steadyMs(): number;
  /** False in the first 10 minutes after the machine's start, until something has shown that its clock was set. */
  isProven(): boolean;
  /**
   * Times that others have written and that were read just now. Gives true where they show that the wall clock was rightly set ahead,
   * or wrongly set back: `nowMs` is later from now on.
   */
  vouch(timesMs: Iterable<number>): boolean;
  /** The jumps of this process, the latest last; only the last hundred are kept. */
  jumps(): readonly ClockJump[];
}
