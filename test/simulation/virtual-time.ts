/**
 * Time for simulated processes: it passes when a simulation says so, and the timers of what is tested go by it. Vitest's fake timers would
 * do, but wait for real milliseconds at every step, which makes a run a hundred times as long. All that runs on it is made of promises and
 * timers, and needs no real input or output.
 */

export interface VirtualTime {
  /** The time that has really passed, ms since epoch: the steady clock of every machine. */
  nowMs(): number;
  /** Time passes, and timers fire as they come due. */
  advance(ms: number): Promise<void>;
  /** Time passes while nothing runs: what has come due fires with the next step. */
  jump(ms: number): void;
  /** Everything is done that can be done now. */
  settle(): Promise<void>;
  /** The timers of the dead go with them. */
  clearTimers(): void;
  /** Gives the real timers back. */
  end(): void;
}

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly fire: () => void;
}

/** More than this at one instant is a loop that never ends. */
const mostAtOnce = 100_000;

export function virtualTime(startMs: number): VirtualTime {
  const real = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    setImmediate: globalThis.setImmediate,
    clearTimeout: globalThis.clearTimeout,
    clearInterval: globalThis.clearInterval,
    clearImmediate: globalThis.clearImmediate,
  };
  const realNow = performance.now.bind(performance);
  let nowMs = startMs;
  const timers = new Set<Timer>();

  const add =
    (isRepeated: boolean) =>
    (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Timer & { unref(): Timer } => {
      const afterMs = Math.max(ms, isRepeated ? 1 : 0);
      const timer = {
        dueMs: nowMs + afterMs,
        everyMs: isRepeated ? afterMs : undefined,
        fire: () => work(...args),
        unref: () => timer,
      };
      timers.add(timer);
      return timer;
    };
  const clear = (timer: unknown): void => void timers.delete(timer as Timer);
  const immediate = (work: (...args: unknown[]) => void, ...args: unknown[]): unknown =>
    add(false)(work, 0, ...args);
  Object.assign(globalThis, {
    ...{ setTimeout: add(false), setInterval: add(true), setImmediate: immediate },
    ...{ clearTimeout: clear, clearInterval: clear, clearImmediate: clear },
  });
  performance.now = () => nowMs;

  /** Node runs every promise that can go on before this comes back. */
  const promises = (): Promise<void> => new Promise((resolve) => void real.setImmediate(resolve));

  function takeDue(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers)
      if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    if (first === undefined) return undefined;
    if (first.everyMs === undefined) timers.delete(first);
    return first;
  }

  async function runUntil(untilMs: number): Promise<void> {
    await promises();
    let atOnce = 0;
    for (let timer = takeDue(untilMs); timer !== undefined; timer = takeDue(untilMs)) {
      atOnce = timer.dueMs > nowMs ? 0 : atOnce + 1;
      if (atOnce > mostAtOnce) throw new Error('timers without end');
      nowMs = Math.max(nowMs, timer.dueMs);
      // One that was due several times while nothing ran fires once.
      if (timer.everyMs !== undefined) timer.dueMs = nowMs + timer.everyMs;
      timer.fire();
      await promises();
    }
    nowMs = Math.max(nowMs, untilMs);
  }

  return {
    nowMs: () => nowMs,
    advance: (ms) => runUntil(nowMs + ms),
    jump: (ms) => void (nowMs += ms),
    settle: () => runUntil(nowMs),
    clearTimers: () => timers.clear(),
    end() {
      Object.assign(globalThis, real);
      performance.now = realNow;
    },
  };
}
