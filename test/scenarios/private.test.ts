/** What Tocsin keeps is for its own user alone, with a umask that gives everything to everybody. */
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withOpenUmask } from '../support/open-umask.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { until } from '../support/tocsin-process.ts';

withOpenUmask();

let shop: Shop;
beforeEach(() => {
  shop = openShop();
});
afterEach(() => shop.close());

/** Everything below a folder, itself too, that others have some right to. */
function open(folder: string): readonly string[] {
  return ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].filter(
    (name) => (statSync(join(folder, name)).mode & 0o077) !== 0,
  );
}

it('data_dir, a backup and what is restored of it are for its own user alone', async () => {
  shop.fault('pay');
  const running = shop.run();
  await until(
    () => running.stderr().includes('"message":"running"'),
    60_000,
    () => running.stderr(),
  );
  await until(() => existsSync(shop.path('data', 'archive.db')), 60_000);
  expect(readdirSync(shop.path('data'))).toEqual(
    expect.arrayContaining(['state.db', 'archive.db', 'files.db']),
  );
  expect(open(shop.path('data'))).toEqual([]);
  expect(await running.end('SIGTERM')).toBe(0);
  expect(open(shop.path('data'))).toEqual([]);

  expect(await shop.command('backup', 'copy')).toMatchObject({ code: 0 });
  expect(open(shop.path('copy'))).toEqual([]);
  for (const name of readdirSync(shop.path('copy'))) chmodSync(shop.path('copy', name), 0o755);
  shop.write('tocsin.yaml', 'data_dir: ./restored\nsources: { shop: { stdin: {} } }\n');
  expect(await shop.command('restore', 'copy')).toMatchObject({ code: 0 });
  expect(open(shop.path('restored'))).toEqual([]);
});
