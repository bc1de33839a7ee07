/**
 * An engine as a process of its own, so that none changes how the code of another is compiled. The protocol is the same for all: arguments
 * `LINES RULES BUDGET_MS …`; a line of JSON when the rules are loaded; then a line of JSON for each line that it is sent, after a pass over
 * the lines. It ends with its input.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { orLate } from '../../../src/event/waiting.ts';

export interface Loaded {
  readonly loadMs: number;
}

export interface Pass {
  /** Lines judged: all, or as many as the budget of time had room for. */
  readonly lines: number;
  readonly wallMs: number;
  /** CPU time of all threads of the process. */
  readonly cpuMs: number;
  /** Matches after each chunk of 1,000 lines, since the first line. */
  readonly matches: readonly number[];
}

export interface EngineProcess {
  readonly loadMs: number;
  pass(): Promise<Pass>;
  /** Resident memory now, MB; undefined where the system does not say. */
  residentMb(): number | undefined;
  end(): Promise<void>;
}

export interface Limits {
  readonly loadMaxMs: number;
  readonly passMaxMs: number;
}

/** One core for every engine, threads of its garbage collector included, where the system can bind a process to one. */
const PINNED = spawnSync('taskset', ['-c', '0', 'true']).status === 0 ? ['taskset', '-c', '0'] : [];

export const IS_PINNED = PINNED.length > 0;

/** Starts an engine and waits until its rules are loaded. Throws with the end of what it said where it dies or takes too long. */
export async function startEngine(command: readonly string[], limits: Limits): Promise<EngineProcess> {
  const [program, ...args] = [...PINNED, ...command];
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-2_000)));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'close').then(
    () => undefined,
    () => undefined,
  );
  const answer = async <T>(limitMs: number, doing: string): Promise<T> => {
    const line = await orLate(answers.next(), limitMs, () => {
      child.kill('SIGKILL');
      throw new Error(`${doing} takes more than ${limitMs / 1_000} s`);
    });
    if (line.done !== true) return JSON.parse(line.value) as T;
    await exited;
    throw new Error(`${doing} failed: ${reasonIn(complaint)}`);
  };
  const { loadMs } = await answer<Loaded>(limits.loadMaxMs, 'loading');
  return {
    loadMs,
    residentMb: () => residentMb(child.pid),
    pass: async () => {
      child.stdin.write('pass\n');
      return await answer<Pass>(limits.passMaxMs, 'a pass');
    },
    end: async () => {
      child.stdin.end();
      await orLate(exited, 5_000, () => void child.kill('SIGKILL'));
      await exited;
    },
  };
}

/** The line that says why, of what a process wrote before it died. */
function reasonIn(complaint: string): string {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /error|exception|panic/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
}

function residentMb(pid: number | undefined): number | undefined {
  try {
    const kb = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1_000;
  } catch {
    return undefined;
  }
}
