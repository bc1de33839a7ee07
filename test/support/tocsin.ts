/** Runs the command line as people do: a child process on the sources, in a folder of its own. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TocsinOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Starts `tocsin ARGS`; the caller waits for it or ends it. */
export function spawnTocsin(
  args: readonly string[],
  { cwd, env }: TocsinOptions = {},
): ChildProcessWithoutNullStreams {
  const main = resolve(import.meta.dirname, '../../src/main.ts');
  return spawn(process.execPath, [main, ...args], {
    ...(cwd !== undefined && { cwd }),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
}

/** Runs `tocsin ARGS` to its end. */
export async function tocsin(args: readonly string[], options: TocsinOptions = {}): Promise<Ended> {
  const child = spawnTocsin(args, options);
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}
