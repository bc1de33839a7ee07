/** What people do wrong and what breaks under them: one clear message with the fix, the documented exit code, nothing lost. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { CAN_MOUNT, mountDisk, MOUNTS } from '../support/mounted-disk.ts';
import { openShop, SHOP_RULE, type Shop, type ShopOptions } from '../support/shop.ts';
import { startSmtp } from '../support/smtp.ts';
import { startFakeSlack } from '../support/slack.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';

const CLOSING: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of CLOSING.splice(0).reverse()) await close();
});

function shop(options: ShopOptions = {}): Shop {
  const opened = openShop(options);
  CLOSING.push(() => opened.close());
  return opened;
}

function running(place: Shop): TocsinProcess {
  const tocsin = place.run();
  CLOSING.push(() => tocsin.end('SIGKILL'));
  return tocsin;
}

/** Waits until the pipeline stands; the archive can be searched from then on. */
const stands = (tocsin: TocsinProcess): Promise<true> =>
  until(
    () => tocsin.stderr().includes('"message":"running"'),
    60_000,
    () => tocsin.stderr(),
  );

const firings = (tocsin: TocsinProcess): number => tocsin.stdout().split('Firing').length - 1;
/** Of Tocsin's own rules, by name. */
const ownFirings = (tocsin: TocsinProcess): readonly string[] =>
  [...tocsin.stdout().matchAll(/Firing[^(]*\((tocsin_\w+)\)/gu)].map(([, name]) => name!);

/** Waits until the terminal shows so many firings. */
const fired = (tocsin: TocsinProcess, count: number): Promise<true> =>
  until(
    () => firings(tocsin) >= count,
    60_000,
    () => tocsin.stdout() + tocsin.stderr(),
  );

describe('a wrong file', () => {
  test('a rule with a typo: place, caret and fix; check and run end with 2', async () => {
    const place = shop();
    place.write('rules/order.rule', SHOP_RULE.replace('severity high', 'severty high'));
    for (const command of ['check', 'run']) {
      const { code, stderr, stdout } = await place.command(command);
      expect(code).toBe(2);
      expect(stdout + stderr).toMatch(/order\.rule:2:3/u);
      expect(stdout + stderr).toMatch(/\^{3,}/u);
      expect(stdout + stderr).toMatch(/severity/u);
    }
  });

  test('an unknown configuration key: line and did-you-mean; exit code 3', async () => {
    const place = shop();
    appendFileSync(place.path('tocsin.yaml'), 'languag: en\n');
    const { code, stderr } = await place.command('run');
    expect(code).toBe(3);
    expect(stderr).toMatch(/tocsin\.yaml:\d+/u);
    expect(stderr).toContain('`language`');
  });

  test('a rule file that becomes invalid while running: the last good rules stay, also after a restart', async () => {
    const place = shop();
    let tocsin = running(place);
    for (let i = 0; i < 3; i += 1) place.fault('pay');
    await fired(tocsin, 1);
    place.write('rules/order.rule', SHOP_RULE.replace('within 5m', 'within 5 minutes'));
    await until(
      () => tocsin.stderr().includes('last good'),
      60_000,
      () => tocsin.stderr(),
    );
    for (let i = 0; i < 3; i += 1) place.fault('stock');
    await fired(tocsin, 2);
    expect(await tocsin.end('SIGTERM')).toBe(0);
    tocsin = running(place);
    for (let i = 0; i < 3; i += 1) place.fault('cart');
    await fired(tocsin, 1);
    expect(tocsin.stderr()).toContain('last good');
    expect(await tocsin.end('SIGTERM')).toBe(0);
  });
});

describe('something that cannot be reached or refuses', () => {
  test('no broker: it is named with the fix; exit code 3', async () => {
    const place = shop({ source: "kafka: { brokers: ['127.0.0.1:9'], topic: orders, group: g }" });
    const { code, stderr } = await place.command('run');
    expect(code).toBe(3);
    expect(stderr).toContain('127.0.0.1:9');
    expect(stderr).toMatch(/\n {2}fix: \S/u);
  });

  test('no Elasticsearch: alerts go out all the same, search ends with 3', async () => {
    const place = shop({ archive: "{ elasticsearch: { node: 'http://127.0.0.1:9', index: orders } }" });
    const tocsin = running(place);
    for (let i = 0; i < 3; i += 1) place.fault('pay');
    await fired(tocsin, 1);
    expect(tocsin.stderr()).toContain('127.0.0.1:9');
    expect(await tocsin.end('SIGTERM')).toBe(0);
    const { code, stderr } = await place.command('search', '"ERROR"');
    expect(code).toBe(3);
    expect(stderr).toContain('127.0.0.1:9');
  });

  test('a wrong Slack token and a wrong mail password are named with the fix; the messages wait and others get theirs', async () => {
    const [slack, smtp] = await Promise.all([startFakeSlack(), startSmtp()]);
    CLOSING.push(
      () => slack.close(),
      () => smtp.close(),
    );
    const place = shop({
      channels: `{ terminal: {}, slack: { token: xoxb-wrong, api_url: '${slack.url}' }, email: { smtp: '${smtp.urlWithWrongPassword}', from: a@example.com } }`,
      routes: "terminal, 'slack:#oncall', 'email:b@example.com'",
    });
    const tocsin = running(place);
    for (let i = 0; i < 3; i += 1) place.fault('pay');
    await fired(tocsin, 1);
    await until(
      () => /slack:#oncall/u.test(tocsin.stderr()) && /email:b@example\.com/u.test(tocsin.stderr()),
      60_000,
      () => tocsin.stderr(),
    );
    expect(tocsin.stderr()).toMatch(/slack:#oncall.*Put a valid bot token/u);
    expect(tocsin.stderr()).toMatch(/email:b@example\.com.*Check user and password/u);
    expect(tocsin.stderr()).not.toContain('xoxb-wrong');
    expect(await tocsin.end('SIGTERM')).toBe(0);

    place.write(
      'tocsin.yaml',
      readFileSync(place.path('tocsin.yaml'), 'utf8')
        .replace('xoxb-wrong', slack.token)
        .replace(smtp.urlWithWrongPassword, smtp.url),
    );
    running(place);
    await until(
      () => slack.messages.length === 1 && smtp.mails.length === 1,
      60_000,
      () => String(slack.calls),
    );
  });
});

describe('lines and files', () => {
  test('invalid UTF-8, a NUL and a 10 MB line: kept, and the lines around them count', async () => {
    const place = shop();
    place.fault('pay');
    place.append(Uint8Array.of(0x7b, 0xff, 0xfe, 0x00, 0x0a));
    place.fault('pay');
    place.append(`{"message":"${'x'.repeat(10_000_000)}"}\n`);
    place.fault('pay');
    const tocsin = running(place);
    await fired(tocsin, 1);
    expect(await tocsin.end('SIGTERM')).toBe(0);
    expect(await place.search('"order_timeout"')).toHaveLength(3);
    expect(await place.search('NOT "order_timeout"')).toHaveLength(2);
  });

  test('a log that is rotated by renaming while running and while stopped: every line once', async () => {
    const place = shop();
    const rotate = (i: number): void =>
      renameSync(place.path('logs/shop.log'), place.path(`logs/shop.log.${i}`));
    place.fault('pay', 'order_timeout before');
    let tocsin = running(place);
    await stands(tocsin);
    await until(
      async () => (await place.search('"before"')).length === 1,
      60_000,
      () => tocsin.stderr(),
    );
    rotate(1);
    place.fault('pay', 'order_timeout between');
    await until(
      async () => (await place.search('"between"')).length === 1,
      60_000,
      () => tocsin.stderr(),
    );
    await tocsin.end('SIGKILL');
    place.fault('pay', 'order_timeout unread');
    rotate(2);
    place.fault('pay', 'order_timeout after');
    tocsin = running(place);
    await fired(tocsin, 1);
    await until(
      async () => (await place.search('"after"')).length === 1,
      60_000,
      () => tocsin.stderr(),
    );
    expect(await tocsin.end('SIGTERM')).toBe(0);
    expect(await place.search('"order_timeout"')).toHaveLength(4);
  });

  test('a file that cannot be read is named; the others are read', async () => {
    const place = shop();
    mkdirSync(place.path('logs/broken.log'));
    for (let i = 0; i < 3; i += 1) place.fault('pay');
    const tocsin = running(place);
    await fired(tocsin, 1);
    await until(
      () => tocsin.stderr().includes('broken.log'),
      60_000,
      () => tocsin.stderr(),
    );
    expect(await tocsin.end('SIGTERM')).toBe(0);
  });
});

const FULL_DISK = `a full disk: said once with the fix, and when there is room again every line is there and told once ${MOUNTS}`;

test.skipIf(!CAN_MOUNT)(FULL_DISK, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-disk-'));
  const disk = mountDisk(folder, 3);
  CLOSING.push(() => {
    disk.unmount();
    rmSync(folder, { recursive: true, force: true });
  });
  const place = shop({ dataDir: folder });
  const tocsin = running(place);
  await stands(tocsin);
  let lines = 0;
  const line = (): void => place.fault(`service-${lines++ % 5}`, `order_timeout ${'detail '.repeat(10)}`);
  while (lines < 20_000) line();
  // The archive may fill the disk when all is judged: there is always something more to write.
  await until(
    () => {
      line();
      return tocsin.stderr().includes('state-unwritable');
    },
    60_000,
    () => tocsin.stderr(),
  );
  expect(tocsin.stderr()).toContain('Make room on it');
  disk.resize(200);
  await fired(tocsin, 6);
  await until(
    async () => (await place.search('"order_timeout"')).length === lines,
    90_000,
    () => tocsin.stderr(),
  );
  expect(await tocsin.end('SIGTERM')).toBe(0);
  // Five services, and people were told that nothing was judged for a while.
  expect([firings(tocsin), ownFirings(tocsin)]).toEqual([6, ['tocsin_state_unwritable']]);
});
