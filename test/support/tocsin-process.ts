/** A running `tocsin run` of a story: to be asked, stopped, killed and started again. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { spawnTocsin } from './tocsin.ts';

export interface TocsinProcess {
  /** Everything it wrote so far. */
  stderr(): string;
  stdout(): string;
  /** Ends it with a signal and waits until it is gone; its exit code, null if the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<number | null>;
  readonly exited: Promise<number | null>;
  /** Sends a signal that does not end it. */
  signal(signal: 'SIGHUP' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts `tocsin ARGS` from this checkout. */
export function startTocsin(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): TocsinProcess {
  const child = spawnTocsin(args, { cwd, env: { NO_COLOR: '1', ...env } });
  child.stdin.end();
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return {
    stderr: collected(child.stderr),
    stdout: collected(child.stdout),
    exited,
    signal: (signal) => void child.kill(signal),
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return await exited;
    },
  };
}

function collected(stream: Readable): () => string {
  const parts: string[] = [];
  stream.setEncoding('utf8').on('data', (part: string) => parts.push(part));
  return () => parts.join('');
}

/** Waits until `condition` gives something other than undefined or false; fails with what `describe` says. */
export async function until<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs: number,
  describe: () => string = () => 'condition',
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
