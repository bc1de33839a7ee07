import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchOnce, freePorts, startServer } from './process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-process-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const sleeper = (): Parameters<typeof startServer>[0] => ({
  name: 'sleeper',
  command: 'sh',
  args: ['-c', 'echo ready now; sleep 60'],
  logFile: join(folder, 'log'),
  ready: /^ready/,
});

test('a server is ready when it says so, and stops', async () => {
  const server = await startServer(sleeper());
  expect(server.readyLine).toBe('ready now');
  await server.stop();
  expect(alive(server.pid)).toBe(false);
});

test('a server that ends or stays silent is no server, and leaves what it said', async () => {
  const ends = { ...sleeper(), args: ['-c', 'echo port is taken'] };
  await expect(startServer(ends)).rejects.toThrow(/sleeper: .*ended before.*\nport is taken/s);
  const silent = { ...sleeper(), args: ['-c', 'sleep 60'], readyWithinMs: 100 };
  await expect(startServer(silent)).rejects.toThrow(/not ready within 100 ms/);
});

test('a server does not outlive its starter, even one that is killed', async () => {
  const module = JSON.stringify(join(import.meta.dirname, 'process.ts'));
  const starter = join(folder, 'starter.mjs');
  await writeFile(
    starter,
    `import { startServer } from ${module};
     const server = await startServer(${JSON.stringify({ ...sleeper(), ready: undefined })
       .slice(0, -1)
       .concat(', ready: /^ready/ }')});
     process.stdout.write(String(server.pid));`,
  );
  const child = spawn(process.execPath, [starter], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  expect(alive(pid)).toBe(true);
  child.kill('SIGKILL');
  // It may stay as a zombie where nobody reaps it.
  const gone = async (): Promise<boolean> =>
    !existsSync(`/proc/${pid}/stat`) ||
    /\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z '));
  await expect.poll(gone, { timeout: 5000 }).toBe(true);
});

test('something is fetched once however many ask, and again after it failed', async () => {
  vi.stubEnv('TOCSIN_TEST_CACHE', folder);
  await expect(fetchOnce('thing', () => Promise.reject(new Error('no network')))).rejects.toThrow(
    'no network',
  );
  let fetched = 0;
  const fetch = async (into: string): Promise<void> => {
    fetched++;
    await writeFile(join(into, 'file'), 'content');
  };
  const paths = await Promise.all([fetchOnce('thing', fetch), fetchOnce('thing', fetch)]);
  expect(fetched).toBe(1);
  expect(await readFile(join(paths[0], 'file'), 'utf8')).toBe('content');
});

test('free ports are different and can be listened on', async () => {
  const ports = await freePorts(5);
  expect(new Set(ports).size).toBe(5);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  const server = createServer().listen(ports[0], '127.0.0.1');
  await once(server, 'listening');
  server.close();
});
