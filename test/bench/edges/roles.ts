/** A process of a bench that plays one role, and sends its parent one result. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

export interface Role<T> {
  /** Rejects if the process ends without a result. */
  readonly result: Promise<T>;
  /** Sends it a message. */
  readonly tell: () => void;
}

/** Starts `file ARGS`. BENCH_PROFILE=ROLE: writes a CPU profile where the first argument is that role. */
export function startRole<T>(file: string, args: readonly string[]): Role<T> {
  const [role] = args;
  const child = fork(file, args, {
    execArgv: process.env['BENCH_PROFILE'] === role ? ['--cpu-prof', '--cpu-prof-interval=500'] : [],
  });
  const ended = once(child, 'exit');
  const result = (async () => {
    const early = ended.then(() => Promise.reject(new Error(`${role} ended without a result`)));
    const [answer] = (await Promise.race([once(child, 'message'), early])) as [T];
    early.catch(() => undefined);
    await ended;
    return answer;
  })();
  result.catch(() => undefined);
  return { result, tell: () => void child.send('end') };
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
