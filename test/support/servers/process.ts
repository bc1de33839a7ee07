/**
 * Real servers for tests: one cache folder, one fetch at a time, free loopback ports, start and wait for a line, stop by our
 * own process id. A server never outlives the process that started it, however that process ends.
 */
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

/** Where fetched servers are kept, shared by every checkout on the machine. TOCSIN_TEST_CACHE names another place. */
function cacheDir(): string {
  return (
    process.env.TOCSIN_TEST_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tocsin-test')
  );
}

/**
 * Path of `name` in the cache. `fetch` fills a folder that becomes it when complete, so a half-fetched one is never used;
 * other workers and checkouts wait meanwhile.
 */
export async function fetchOnce(name: string, fetch: (into: string) => Promise<void>): Promise<string> {
  const target = join(cacheDir(), name);
  if (existsSync(target)) return target;
  await mkdir(cacheDir(), { recursive: true });
  const unlock = await lock(join(cacheDir(), `${name}.lock`), 15 * 60_000);
  try {
    if (existsSync(target)) return target;
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await fetch(partial);
    await rename(partial, target);
    return target;
  } finally {
    unlock();
  }
}

/** A lock between processes that the kernel gives back when its holder dies: SQLite's on an empty database. */
async function lock(file: string, withinMs: number): Promise<() => void> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
      return () => {
        database.close();
      };
    } catch (error) {
      database.close();
      if (Date.now() > giveUpAt) throw new Error(`${file} is held by another process`, { cause: error });
    }
    await delay(200);
  }
}

/** Ports of 127.0.0.1 that were free a moment ago, below those the kernel hands out to clients. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt++) {
    if (attempt > 1000) throw new Error('no free ports between 10000 and 32000');
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Runs a command to its end and gives its stdout; rejects with what it wrote. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; timeoutMs?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = { cwd: options.cwd, timeout: options.timeoutMs ?? 600_000, maxBuffer: 64 << 20 };
    execFile(command, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new Error(`${command} failed: ${`${stdout}\n${stderr}`.trim().slice(-4000)}`, { cause: error }),
        );
    });
  });
}

export interface ServerProcess {
  readonly pid: number;
  /** The line that matched `ready`. */
  readonly readyLine: string;
  /** SIGTERM, and SIGKILL where it has not gone within 20 s. */
  stop(): Promise<void>;
  /** SIGKILL: a crash. */
  kill(): Promise<void>;
  /** SIGSTOP: it no longer answers but its connections stay. */
  pause(): void;
  resume(): void;
}

export interface ServerCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Everything the server prints goes here. */
  readonly logFile: string;
  /** The server serves once it has printed a line that matches. */
  readonly ready: RegExp;
  readonly readyWithinMs?: number;
}

/** Starts a server in a process group of its own and waits until it says that it is ready. */
export async function startServer(options: ServerCommand): Promise<ServerProcess> {
  mkdirSync(join(options.logFile, '..'), { recursive: true });
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  const gone = new Promise<void>((resolve) => child.once('close', resolve));
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
  const pid = child.pid;
  if (pid === undefined) return failed;
  const dismissWatchdog = watchdog(pid);
  void gone.then(dismissWatchdog);

  const log = createWriteStream(options.logFile, { flags: 'a' });
  const tail: string[] = [];
  const readyLine = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      if (tail.push(line) > 30) tail.shift();
      if (options.ready.test(line)) readyLine.resolve(line);
    });
  }
  void gone.then(() => log.end());

  const signal = (name: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, name);
  };
  const kill = async (): Promise<void> => {
    signal('SIGKILL');
    await gone;
  };
  const stop = async (): Promise<void> => {
    signal('SIGTERM');
    const timer = setTimeout(() => signal('SIGKILL'), 20_000);
    await gone;
    clearTimeout(timer);
  };
  const withinMs = options.readyWithinMs ?? 90_000;
  const slow = setTimeout(() => readyLine.reject(new Error(`not ready within ${withinMs} ms`)), withinMs);
  void gone.then(() => readyLine.reject(new Error('ended before it was ready')));
  try {
    const line = await Promise.race([readyLine.promise, failed]);
    return {
      pid,
      readyLine: line,
      kill,
      stop,
      pause: () => signal('SIGSTOP'),
      resume: () => signal('SIGCONT'),
    };
  } catch (error) {
    await kill();
    throw new Error(`${options.name}: ${String(error)}\n${tail.join('\n')}`, { cause: error });
  } finally {
    clearTimeout(slow);
  }
}

/** A shell that kills the group of `pid` when the pipe to us breaks, which even SIGKILL of this process does. */
function watchdog(pid: number): () => void {
  const shell = spawn(
    'sh',
    ['-c', 'read -r line; [ "$line" = done ] || kill -s KILL -- "-$0"', String(pid)],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  shell.stdin.on('error', () => undefined); // it may be gone already
  shell.unref();
  return () => shell.stdin.end('done\n');
}

const announced = new Set<string>();

/**
 * Whether the tests of a server can run here: a running one is named by `runningEnv`, or `commands` are found. With CI set
 * always true, so that what is missing fails; elsewhere a skip is said loudly, once.
 */
export function serverTestsRun(name: string, commands: readonly string[], runningEnv: string): boolean {
  if (process.env[runningEnv] !== undefined || process.env.CI !== undefined) return true;
  const missing = commands.filter((command) => !onPath(command));
  if (missing.length === 0) return true;
  if (!announced.has(name)) {
    announced.add(name);
    process.stderr.write(
      `\n*** SKIPPED: the tests on a real ${name} need ${missing.join(' and ')}; install that, or name a running one in ${runningEnv} ***\n\n`,
    );
  }
  return false;
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}
