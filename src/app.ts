/**
 * Wires the steps from a validated configuration; the only file that knows them all. The way of an event is in app/alerting.ts
 * and app/archiving.ts.
 */
import type { Writable } from 'node:stream';
import type { Transition } from './event/alert.ts';
import type { Telemetry } from './event/telemetry.ts';
import type { Config } from './config/config.ts';

/** One line of /readyz. `fatal`: the process is not doing its work; otherwise it does, less well. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly fatal: boolean;
  readonly detail?: string;
  readonly fix?: string;
}

export interface RunOptions {
  readonly telemetry: Telemetry;
  /** Where the terminal channel writes; standard output by default. */
  readonly terminal?: Writable;
  /** Told every transition once it is durable: the demo's summary. */
  readonly onTransition?: (transition: Transition) => void;
}

export interface Running {
  /** Resolves when every source has ended (standard input) and all is delivered and archived; never for endless sources. */
  readonly ended: Promise<void>;
  ready(): readonly Check[];
  /** Reads the rules folder again now. */
  reloadRules(): void;
  /** Stops reading, finishes what was read, within 10 s. Idempotent. */
  stop(): Promise<void>;
}

/** What kept the program from starting: what, where, how to fix. The command line prints it and exits with `exitCode`. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly exitCode: 2 | 3;
  readonly fix: string;
  constructor(exitCode: 2 | 3, message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
    this.fix = fix;
  }
}

/** Starts archiving, alerting and delivery. Fails with StartError where a source, the state or the rules do not allow it. */
export function runPipelines(_config: Config, _options: RunOptions): Promise<Running> {
  return Promise.reject(new StartError(3, 'not wired yet', 'wait for it'));
}

export interface BacktestOptions {
  /** Rule files or folders; empty: the configured folder. */
  readonly rules: readonly string[];
  /** Files, `-` for standard input. */
  readonly inputs: readonly string[];
  readonly source?: string;
  readonly untilMs?: number | 'end';
  /** Called with each settled episode, in order of firing, ready to print. */
  readonly onEpisode: (line: BacktestLine) => void;
}

/** A line of `backtest --json` (interface.md). */
export type BacktestLine = Readonly<Record<string, unknown>>;

export interface BacktestSummary {
  readonly events: number;
  readonly matched: number;
  readonly late: number;
  readonly tooLate: number;
  readonly future: number;
  readonly undecodable: number;
  readonly alerts: number;
  readonly seconds: number;
}

/** The same evaluator over the past. Fails with StartError. */
export function backtest(_config: Config, _options: BacktestOptions): Promise<BacktestSummary> {
  return Promise.reject(new StartError(3, 'not wired yet', 'wait for it'));
}

export interface SearchOptions {
  readonly condition: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly limit: number;
}

export interface SearchLine {
  readonly timeMs: number;
  readonly id: string;
  readonly source: string;
  readonly line: string;
  readonly document: unknown;
}

/** Searches the configured archive, newest first. Fails with StartError (2: the condition is wrong, its message is the diagnostic). */
export async function* searchArchive(_config: Config, _options: SearchOptions): AsyncGenerator<SearchLine> {
  await Promise.reject(new StartError(3, 'not wired yet', 'wait for it'));
  yield* [];
}
