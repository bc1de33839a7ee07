/** A data_dir that takes nothing more: what is owed is said, by the exit code too, and the next start makes up for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { until } from '../support/tocsin-process.ts';

let shop: Shop;
beforeEach(() => {
  shop = openShop();
});
afterEach(() => {
  shop.close();
});

/** No file of the process may grow beyond some hundred kB: to it that is a full disk. */
const runOnFullDisk = () => {
  const main = resolve(import.meta.dirname, '../../src/main.ts');
  const command = 'ulimit -f 800; exec "$0" "$@"';
  return spawn('sh', ['-c', command, process.execPath, main, 'run'], {
    cwd: shop.dir,
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
  });
};

it('ends with 3 where the state could not be written, says so, and the next start tells what was owed', async () => {
  const filler = 'x'.repeat(2_000);
  const full = runOnFullDisk();
  let log = '';
  full.stderr.setEncoding('utf8').on('data', (part: string) => void (log += part));
  const told = text(full.stdout);
  const exited = once(full, 'exit');
  await until(
    () => log.includes('"message":"running"'),
    60_000,
    () => log,
  );
  for (let i = 0; i < 2_000; i++) shop.fault('stock', `order_timeout ${filler}`);
  await until(
    () => log.includes('state-unwritable'),
    60_000,
    () => log.slice(-2_000),
  );
  for (let i = 0; i < 3; i++) shop.fault('pay');
  full.kill('SIGTERM');
  expect(await exited).toEqual([3, null]);
  expect(log).toMatch(/stopped, but what was read last could not be written down: .*state\.db/u);
  expect(await told).not.toContain('pay');

  const next = shop.run();
  await until(
    () => next.stdout().includes('pay'),
    60_000,
    () => next.stderr().slice(-2_000),
  );
  expect(await next.end('SIGTERM')).toBe(0);
});
