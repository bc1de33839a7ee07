/** `tocsin run` as whoever operates it meets it: signals, health, metrics, exit codes. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { until } from '../support/tocsin-process.ts';
import { tocsin } from '../support/tocsin.ts';

let shop: Shop;

beforeEach(() => {
  shop = openShop();
});

afterEach(() => {
  shop.close();
});

/** Adds `http` to the shop's configuration; port 0 lets the system choose. */
function listenOn(port: number): void {
  shop.append(`http: { listen: "127.0.0.1:${port}" }\n`, 'tocsin.yaml');
}

const urlIn = (log: string): string | undefined => /"url\.full":"([^"]+)"/u.exec(log)?.[1];

describe('run', () => {
  it('tells by HTTP how it does, drains on SIGTERM with 0, and tells nobody twice after a restart', async () => {
    listenOn(0);
    for (let i = 0; i < 3; i += 1) shop.fault('pay');
    const first = shop.run();
    const url = await until(
      () => urlIn(first.stderr()),
      20_000,
      () => first.stderr(),
    );
    await until(
      () => first.stdout().includes('order_timeouts'),
      20_000,
      () => first.stderr(),
    );
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    const ready = await until(async () => {
      const response = await fetch(`${url}/readyz`);
      return response.status === 200 && (await response.json());
    }, 10_000);
    expect(ready).toMatchObject({ ready: true });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/tocsin_events_in_total\{source="shop",reader="alert"\} 3/u);
    expect(metrics).toMatch(/tocsin_deliveries_total\{receiver="terminal[^"]*",result="sent"\} 1/u);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(first.stderr()).toContain('"message":"stopped"');

    const second = shop.run();
    await until(
      () => second.stderr().includes('"message":"running"'),
      20_000,
      () => second.stderr(),
    );
    expect(await second.end('SIGINT')).toBe(130);
    expect(second.stdout()).toBe('');
    const { stdout } = await shop.command('alerts', '--json', '--rules');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual(['rule', 'incomplete']);
    expect(lines[1]).toMatch(/"reason":"not_running","since":"2/u);
  });

  it('reads the rules again on SIGHUP', async () => {
    const process = shop.run();
    await until(
      () => process.stderr().includes('"message":"running"'),
      20_000,
      () => process.stderr(),
    );
    shop.write(
      'rules/other.rule',
      'rule other {\n  when "refused"\n  alert count >= 1 within 1m by service\n}\n',
    );
    process.signal('SIGHUP');
    await until(
      () => /2 rules/u.test(process.stderr()),
      10_000,
      () => process.stderr(),
    );
    shop.fault('pay', 'refused');
    await until(
      () => process.stdout().includes('other'),
      10_000,
      () => process.stderr(),
    );
    expect(await process.end('SIGTERM')).toBe(0);
  });

  it('exits with 2 and the place where the rules are wrong at the first start', async () => {
    shop.write('rules/order.rule', 'rule a {\n  when "x" OR "y" AND "z"\n  alert count >= 3 within 5m\n}\n');
    const { code, stdout, stderr } = await shop.command('run');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/order\.rule:2:\d+: .*TOC\d+/u);
  });

  it('exits with 3 where its port is taken, and names it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      listenOn(port);
      const { code, stderr } = await shop.command('run');
      expect(code).toBe(3);
      expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}: another process listens there\n  fix: `);
    } finally {
      server.close();
    }
  });

  it('exits with 3 where its data folder cannot be one', async () => {
    shop.write('data', 'a file');
    const { code, stderr } = await shop.command('run');
    expect(code).toBe(3);
    expect(stderr).toMatch(/data[^]*\n {2}fix: /u);
    expect(stderr).not.toContain('unexpected');
  });

  it('ends by itself with 0 when standard input does, with every line judged and kept', async () => {
    shop.close();
    shop = openShop({ source: 'stdin: {}' });
    const time = new Date().toISOString();
    const line = { '@timestamp': time, level: 'ERROR', service: 'pay', message: 'order_timeout' };
    const input = `${JSON.stringify(line)}\n`.repeat(3);
    const { code, stdout } = await tocsin(['run'], { cwd: shop.dir, input });
    expect(code).toBe(0);
    expect(stdout).toContain('order_timeouts');
    expect(await shop.search('"order_timeout"')).toHaveLength(3);
  });
});
