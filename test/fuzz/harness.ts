/**
 * Gives a part of Tocsin one random input after another, and watches for what no input may cause: an exception that escapes, a
 * thread that is held for more than a second, a wait without end, memory without bound. What is right of an answer is the fuzzer's own
 * to say. The same seed gives the same inputs. TOCSIN_FUZZ_MS: how long each is run; TOCSIN_SEED: the first seed.
 */
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { threadMs } from '../../src/operate/cpu-share.ts';
import { seeded, type Random } from '../support/timelines.ts';

export interface Fuzzer<Input> {
  /** What is fuzzed, for people. */
  readonly name: string;
  input(random: Random): Input;
  /** Works on the input. Throws or rejects where something is wrong, as an assertion does. */
  run(input: Input): Promise<void> | void;
  /** Longest that a step may take, waits for others included; 20 s where absent. */
  readonly stepMs?: number;
  /** Bytes by which the process may grow; 256 MiB where absent. */
  readonly growthBytes?: number;
}

export interface FuzzReport {
  readonly firstSeed: number;
  readonly steps: number;
}

/** Longest that one turn may hold the thread, in ms of its own time: a busy machine makes no turn longer. */
const HELD_MS = 1_000;
const MEBIBYTE = 1 << 20;

/** How long to run, where the environment does not say. */
export function fuzzMs(usualMs: number): number {
  return Number(process.env['TOCSIN_FUZZ_MS'] ?? usualMs);
}

/** How many steps a fuzzer that makes `inTenMinutes` of them at the least makes in `forMs`. */
export function fewestSteps(inTenMinutes: number, forMs: number): number {
  return (inTenMinutes * forMs) / 600_000;
}

/** Runs for `forMs`, at least one step. Fails with the seed of the step that went wrong, and its input. */
export async function fuzz<Input>(fuzzer: Fuzzer<Input>, forMs: number): Promise<FuzzReport> {
  const firstSeed = Number(process.env['TOCSIN_SEED'] ?? Date.now() % 1_000_000_000);
  const untilMs = performance.now() + forMs;
  const escaped = watchEscapes();
  const memory = watchMemory(fuzzer.growthBytes ?? 256 * MEBIBYTE);
  let steps = 0;
  try {
    for (; steps === 0 || performance.now() < untilMs; steps++) {
      const seed = firstSeed + steps;
      const input = fuzzer.input(seeded(scattered(seed)));
      const wrong = (await wrongOf(fuzzer, input)) ?? (await escaped.first()) ?? memory.exceeded(steps);
      if (wrong !== undefined) throw failure(fuzzer.name, seed, input, wrong);
    }
  } finally {
    escaped.stop();
  }
  return { firstSeed, steps };
}

/** What is wrong with this step; undefined where nothing is. */
async function wrongOf<Input>(fuzzer: Fuzzer<Input>, input: Input): Promise<unknown> {
  const { stepMs = 20_000 } = fuzzer;
  const thread = watchThread();
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`no end within ${stepMs} ms`), stepMs);
  try {
    const work = Promise.resolve(fuzzer.run(input)).then(() => undefined);
    return (await Promise.race([work, late.promise])) ?? thread.held();
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
    thread.stop();
  }
}

/** Neighbouring seeds begin alike; scattered ones do not. */
function scattered(seed: number): number {
  const mixed = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  return Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
}

function failure(name: string, seed: number, input: unknown, wrong: unknown): Error {
  const shown = inspect(input, { depth: 6, maxStringLength: 2_000, maxArrayLength: 50 });
  const why = wrong instanceof Error ? (wrong.stack ?? wrong.message) : String(wrong);
  return new Error(`${name}, TOCSIN_SEED=${seed}\n${why}\ninput: ${shown.slice(0, 8_000)}`, { cause: wrong });
}

/** Exceptions that nobody caught, and rejections that nobody handled. */
function watchEscapes(): { first(): Promise<unknown>; stop(): void } {
  let found: unknown;
  const note = (error: unknown): void => void (found ??= error ?? new Error(`thrown: ${String(error)}`));
  process.on('uncaughtException', note).on('unhandledRejection', note);
  return {
    async first() {
      // A rejection is told once the turn is over.
      await new Promise((resolve) => setImmediate(resolve));
      return found;
    },
    stop: () => void process.off('uncaughtException', note).off('unhandledRejection', note),
  };
}

/** The longest that a turn of the loop has held the thread, by the thread's own time. */
function watchThread(): { held(): string | undefined; stop(): void } {
  let sendMaxMs = 0;
  let sinceMs = threadMs();
  const turn = (): void => {
    const nowMs = threadMs();
    sendMaxMs = Math.max(sendMaxMs, nowMs - sinceMs);
    sinceMs = nowMs;
  };
  const timer = setInterval(turn, 20);
  return {
    held() {
      turn();
      return sendMaxMs > HELD_MS ? `a turn held the thread for ${Math.round(sendMaxMs)} ms` : undefined;
    },
    stop: () => clearInterval(timer),
  };
}

/** Whether the process has grown by more than it may. Looked at now and then; what is not needed is collected first. */
function watchMemory(growthBytes: number): { exceeded(step: number): string | undefined } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const base = process.memoryUsage();
  return {
    exceeded(step) {
      const { rss } = process.memoryUsage();
      if (rss - base.rss <= growthBytes && step % 1_000 !== 999) return undefined;
      collect();
      const { heapUsed, external } = process.memoryUsage();
      const kept = heapUsed + external - base.heapUsed - base.external;
      // Pages that the allocator keeps are no growth, unless they are many times what is allowed.
      if (kept <= growthBytes && rss - base.rss <= 2 * growthBytes) return undefined;
      return `the process has grown: ${Math.round(kept / MEBIBYTE)} MiB are kept, ${Math.round((rss - base.rss) / MEBIBYTE)} MiB were taken`;
    },
  };
}
