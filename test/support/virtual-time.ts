/**
 * Time for simulated processes: it passes when a simulation says so, and everything that waits goes by it, through the clock that is
 * passed in. What runs on it is made of promises and needs no real input or output.
 */
import type { WorkTimers } from '../../src/event/clock.ts';

export interface VirtualTime {
  /** The time that has really passed, ms since epoch: the steady clock of every machine. */
  nowMs(): number;
  /** The waits of whatever runs on this time. Its intervals come when `due` is asked, four times as seldom as they should. */
  readonly timers: WorkTimers;
  /** Time passes, and who waited goes on when its wait is over. */
  advance(ms: number): Promise<void>;
  /** Time passes while nothing runs: what has come due goes on with the next step. */
  jump(ms: number): void;
  /** Everything is done that can be done now. */
  finalise(): Promise<void>;
  /** The work of the intervals that are due: as on a busy machine they come late, and once where they should have come several times. */
  due(): readonly (() => void)[];
  /** What waits for the dead goes with them. */
  clearTimers(): void;
}

interface Wait {
  readonly dueMs: number;
  over(): void;
}

interface Interval {
  readonly everyMs: number;
  dueMs: number;
  work(): void;
}

/** More than this at one instant is a loop that never ends. */
const AT_ONCE_MAX = 100_000;
const SLOWNESS = 4;

export function virtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  const waits = new Set<Wait>();
  const intervals = new Set<Interval>();

  const timers: WorkTimers = {
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve(true);
          return;
        }
        const stop = (): void => {
          waits.delete(wait);
          resolve(true);
        };
        const wait = {
          dueMs: nowMs + ms,
          over() {
            signal?.removeEventListener('abort', stop);
            resolve(false);
          },
        };
        waits.add(wait);
        signal?.addEventListener('abort', stop, { once: true });
      }),
    every(ms, work) {
      const everyMs = ms * SLOWNESS;
      const interval = { everyMs, dueMs: nowMs + everyMs, work };
      intervals.add(interval);
      return () => void intervals.delete(interval);
    },
    // Work takes no time here.
    workMs: () => 0,
  };

  /** Node runs every promise that can go on before this comes back. */
  const promises = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

  function takeDue(untilMs: number): Wait | undefined {
    let first: Wait | undefined;
    for (const wait of waits)
      if (wait.dueMs <= untilMs && (first === undefined || wait.dueMs < first.dueMs)) first = wait;
    if (first !== undefined) waits.delete(first);
    return first;
  }

  async function runUntil(untilMs: number): Promise<void> {
    await promises();
    let atOnce = 0;
    for (let wait = takeDue(untilMs); wait !== undefined; wait = takeDue(untilMs)) {
      atOnce = wait.dueMs > nowMs ? 0 : atOnce + 1;
      if (atOnce > AT_ONCE_MAX) throw new Error('waits without end');
      nowMs = Math.max(nowMs, wait.dueMs);
      wait.over();
      await promises();
    }
    nowMs = Math.max(nowMs, untilMs);
  }

  return {
    nowMs: () => nowMs,
    timers,
    advance: (ms) => runUntil(nowMs + ms),
    jump: (ms) => void (nowMs += ms),
    finalise: () => runUntil(nowMs),
    due() {
      const due = [...intervals].filter(({ dueMs }) => dueMs <= nowMs);
      for (const interval of due) interval.dueMs = nowMs + interval.everyMs;
      return due.map((interval) => () => {
        // It may have been stopped meanwhile.
        if (intervals.has(interval)) interval.work();
      });
    },
    clearTimers() {
      waits.clear();
      intervals.clear();
    },
  };
}
