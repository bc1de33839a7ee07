/** Few file descriptors, and somebody or something that takes them all: alerts go on, and what is short is called by its name. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReadinessCheck } from '../../src/app/types.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { until } from '../support/tocsin-process.ts';

let shop: Shop;
const CLOSING: (() => unknown)[] = [];

beforeEach(() => {
  shop = openShop();
  shop.append('http: { listen: "127.0.0.1:0" }\n', 'tocsin.yaml');
});
afterEach(async () => {
  for (const close of CLOSING.splice(0).reverse()) await close();
  shop.close();
});

interface Limited {
  readonly url: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** `tocsin run` with so many descriptors; resolves once it runs. */
async function runWith(limit: number): Promise<Limited> {
  const main = resolve(import.meta.dirname, '../../src/main.ts');
  const script = 'ulimit -n "$1"; shift; exec "$@"';
  const child = spawn('sh', ['-c', script, 'sh', String(limit), process.execPath, main, 'run'], {
    cwd: shop.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  const exited = once(child, 'exit');
  CLOSING.push(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  const running = await until(
    () => said.stderr.includes('"message":"running"') && /"url\.full":"([^"]+)"/u.exec(said.stderr)?.[1],
    60_000,
    () => said.stderr,
  );
  return { url: running, stdout: () => said.stdout, stderr: () => said.stderr };
}

async function checkOf(url: string, name: string): Promise<ReadinessCheck | undefined> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined);
  const body = (await response?.json()) as { readonly checks: readonly ReadinessCheck[] } | undefined;
  return body?.checks.find((check) => check.name === name);
}

function alerted({ stdout, stderr }: Limited, service: string, withinMs = 60_000): Promise<unknown> {
  return until(
    () => stdout().includes('order_timeouts') && stdout().includes(service),
    withinMs,
    () => stdout() + stderr(),
  );
}

describe('where descriptors are few', () => {
  it('half-open connections keep nothing from being opened: health, new log files, changed rules', async () => {
    const running = await runWith(400);
    const { hostname, port } = new URL(running.url);
    const sockets: Socket[] = [];
    const open = (): void => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined).on('connect', () => socket.write('GET / HT'));
      // Whoever is cut off comes again.
      socket.on('close', () => setTimeout(() => sockets.length < 20_000 && isHolding && open(), 100));
      socket.resume();
      sockets.push(socket);
    };
    let isHolding = true;
    CLOSING.push(() => {
      isHolding = false;
      for (const socket of sockets) socket.destroy();
    });
    for (let i = 0; i < 1_500; i += 1) open();
    await until(() => sockets.length > 1_600, 60_000);

    expect(
      await until(async () => (await fetch(`${running.url}/healthz`).catch(() => undefined))?.status, 60_000),
    ).toBe(200);
    for (let i = 0; i < 3; i += 1) {
      const fault = { '@timestamp': new Date().toISOString(), level: 'ERROR', service: 'new-file' };
      shop.append(`${JSON.stringify({ ...fault, message: `order_timeout n=${i}` })}\n`, 'logs/new.log');
    }
    await alerted(running, 'new-file');
    shop.write('rules/more.rule', 'rule more "More" {\n  when "MORE"\n  alert count >= 1 within 1m\n}\n');
    await until(
      () => running.stderr().includes('2 rules are in force'),
      60_000,
      () => running.stderr(),
    );
    expect(running.stderr()).not.toMatch(/rules-invalid|EMFILE|too many open files/u);
  });

  it('too many log files are called that; the rules stay as they are, and it goes on when there is room', async () => {
    const running = await runWith(100);
    const files = Array.from({ length: 120 }, (_, i) => `logs/many-${i}.log`);
    for (const file of files) shop.append(`{"level":"INFO","message":"${file}"}\n`, file);
    const short = await until(
      async () => {
        const check = await checkOf(running.url, 'descriptors');
        return check?.ok === false && check;
      },
      60_000,
      () => running.stderr(),
    );
    expect(short).toMatchObject({ fatal: false });
    expect(short.detail).toContain('100');
    expect(short.fix).toContain('ulimit -n');
    shop.append('# a comment\n', 'rules/order.rule');
    await until(async () => (await checkOf(running.url, 'rules'))?.ok, 60_000);
    for (const file of files) rmSync(shop.path(file));
    for (let i = 0; i < 3; i += 1) shop.fault('afterwards');
    // A file that was removed is kept open for a minute: its program may write to it still.
    await alerted(running, 'afterwards', 180_000);
    expect(running.stderr()).not.toContain('rules-invalid');
  });
});
