/**
 * The side of an engine in the protocol of engine-process.ts, for engines that run in Node: loads, says so, and makes a pass over the
 * lines for each line of the standard input.
 */
import { createInterface } from 'node:readline';
import type { Loaded, Pass } from './engine-process.ts';

/** Lines that an engine judges at once. The matches so far are noted after each chunk. */
export const CHUNK_LINES = 1_000;

export interface Job {
  /** Lines, each with its newline. */
  readonly linesFile: string;
  /** Rules in the engine's own language. */
  readonly rulesFile: string;
  /** Words of the engine's own after the arguments that all have. */
  readonly options: readonly string[];
}

export interface Engine {
  /** Number of chunks. */
  readonly chunks: number;
  readonly lines: number;
  /** Begins a pass, from the first line on. */
  begin(): void;
  /** Judges a chunk, and gives the number of its matches. */
  judge(chunk: number): number;
}

export interface Prepared {
  /** Makes the engine of the rules; this is what the load time measures. */
  load(): Engine;
}

/** `prepare` reads the lines. */
export function serve(prepare: (job: Job) => Prepared): void {
  const [linesFile, rulesFile, budgetText, ...options] = process.argv.slice(2);
  const prepared = prepare({ linesFile: linesFile!, rulesFile: rulesFile!, options });
  const begunMs = performance.now();
  const engine = prepared.load();
  say({ loadMs: performance.now() - begunMs });
  createInterface({ input: process.stdin }).on('line', () => say(passOf(engine, Number(budgetText))));
}

/** Judges chunk after chunk until the lines or the budget of CPU time is over. */
function passOf(engine: Engine, budgetMs: number): Pass {
  const begunMs = performance.now();
  const before = process.cpuUsage();
  const soFar: number[] = [];
  let matches = 0;
  engine.begin();
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  for (let i = 0; i < engine.chunks && cpuMs() <= budgetMs; i++) {
    matches += engine.judge(i);
    soFar.push(matches);
  }
  return {
    lines: Math.min(engine.lines, soFar.length * CHUNK_LINES),
    wallMs: performance.now() - begunMs,
    cpuMs: cpuMs(),
    matches: soFar,
  };
}

function say(message: Loaded | Pass): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
