/**
 * Measures engines side by side: each loads the same lines and rules in a process of its own, runs until it is warm, and then they take
 * turns, so that a noisy minute of the machine hits all of them. Only one works at a time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, type EngineProcess, type Pass } from './engine-process.ts';
import type { Engine } from './engines.ts';

/** `asked`: rules, or a question about windows. */
export interface Case<Asked> {
  readonly label: string;
  readonly lines: readonly string[];
  readonly asked: Asked;
  /** Number of rules. */
  readonly rules: number;
  /** Matches after each 1,000 lines, as they must be. Empty where engines count alerts. */
  readonly expected: readonly number[];
}

export interface Settings {
  readonly rounds: number;
  /** CPU time after which a pass ends, with the chunk of lines in hand. Not time, which a busy machine gives to others. */
  readonly budgetMs: number;
  /** CPU time before the first round. */
  readonly warmMs: number;
}

/** Medians over the rounds. */
export interface Measured {
  readonly engine: string;
  readonly loadMs: number;
  readonly residentMb: number | undefined;
  /** Lines per second of CPU time, and of time. */
  readonly cpuRate: number;
  readonly wallRate: number;
  /** CPU time of the reference for the same number of lines, as a multiple of this engine's, in the same round. */
  readonly timesReference: number;
  /** Lines of the longest pass, its matches, and how many they must be. */
  readonly lines: number;
  readonly matches: number;
  readonly expected: number;
}

export interface Failed {
  readonly engine: string;
  readonly failed: string;
}

/** A loading or a pass that takes longer is given up. */
const LIMITS = { loadMaxMs: 180_000, passMaxMs: 120_000 };

/** The first engine is the reference of the ratios. */
export async function measure<Asked>(
  { lines, asked, expected }: Case<Asked>,
  engines: readonly Engine<Asked>[],
  settings: Settings,
): Promise<readonly (Measured | Failed)[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const linesFile = join(folder, 'lines');
  writeFileSync(linesFile, lines.map((line) => `${line}\n`).join(''));
  const running: Running[] = [];
  try {
    for (const [i, engine] of engines.entries()) {
      const rulesFile = join(folder, `rules-${i}`);
      running.push(await start(engine, { linesFile, rulesFile, asked }, settings));
    }
    for (let round = 0; round < settings.rounds; round++)
      for (let turn = 0; turn < running.length; turn++)
        await onePass(running[(turn + round) % running.length]!);
    return running.map((each) => resultOf(each, running[0]!, expected));
  } finally {
    for (const { process } of running) await process?.end();
    rmSync(folder, { recursive: true });
  }
}

interface Running {
  readonly engine: { readonly name: string };
  process: EngineProcess | undefined;
  readonly passes: Pass[];
  residentMb?: number | undefined;
  failed?: string;
}

async function start<Asked>(
  engine: Engine<Asked>,
  {
    linesFile,
    rulesFile,
    asked,
  }: { readonly linesFile: string; readonly rulesFile: string; readonly asked: Asked },
  { budgetMs, warmMs }: Settings,
): Promise<Running> {
  const running: Running = { engine, process: undefined, passes: [] };
  try {
    writeFileSync(rulesFile, engine.rules(asked));
    running.process = await startEngine(engine.command(linesFile, rulesFile, budgetMs), LIMITS);
    for (let usedMs = 0; usedMs < warmMs;) usedMs += (await running.process.pass()).cpuMs;
  } catch (error) {
    running.failed = (error as Error).message;
  }
  return running;
}

async function onePass(running: Running): Promise<void> {
  if (running.failed !== undefined || running.process === undefined) return;
  try {
    running.passes.push(await running.process.pass());
    running.residentMb = running.process.residentMb();
  } catch (error) {
    running.failed = (error as Error).message;
  }
}

function resultOf(running: Running, reference: Running, expected: readonly number[]): Measured | Failed {
  const { engine, passes, failed, process } = running;
  if (failed !== undefined || process === undefined)
    return { engine: engine.name, failed: failed ?? 'it did not start' };
  const longest = passes.reduce((best, pass) => (pass.lines > best.lines ? pass : best));
  const costMs = ({ cpuMs, lines }: Pass): number => cpuMs / lines;
  return {
    engine: engine.name,
    loadMs: process.loadMs,
    residentMb: running.residentMb,
    cpuRate: median(passes.map(({ lines, cpuMs }) => (lines / cpuMs) * 1_000)),
    wallRate: median(passes.map(({ lines, wallMs }) => (lines / wallMs) * 1_000)),
    timesReference: median(reference.passes.map((pass, round) => costMs(pass) / costMs(passes[round]!))),
    lines: longest.lines,
    matches: longest.matches.at(-1) ?? 0,
    expected: expected[longest.matches.length - 1] ?? 0,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
