/**
 * `tocsin backup` while the process has a lot to do, then the loss of data_dir: each copy starts, has every line and every alert in the end,
 * and what it tells a second time says so.
 */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { startTocsin, until, type TocsinProcess } from '../support/tocsin-process.ts';

const COPIES = Number(process.env['TOCSIN_TEST_BACKUPS'] ?? 3);
const WITHIN_MS = 120_000;

const CLOSING: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of CLOSING.splice(0).reverse()) await close();
});

/** In every message of the shop's rule, and in none of Tocsin's own alerts. */
const FIRING = '(order_timeouts)';

const count = (text: string, word: string): number => text.split(word).length - 1;

/** Writes lines without a pause, with the fault of another service among them ever again, and rotates the log; gives how many of both. */
function load(place: Shop): () => { readonly lines: number; readonly services: number } {
  let lines = 0;
  let services = 0;
  let rounds = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 60; i += 1) {
      lines += 1;
      place.append(
        `${JSON.stringify({ '@timestamp': new Date().toISOString(), level: 'INFO', service: 'web', message: `paid m=${lines}` })}\n`,
      );
    }
    rounds += 1;
    if (rounds % 50 === 0) renameSync(place.path('logs/shop.log'), place.path(`logs/shop.log.${rounds}`));
    if (rounds % 20 !== 0) return;
    for (let i = 0; i < 3; i += 1) place.fault(`service-${services}`);
    services += 1;
    lines += 3;
  }, 25);
  CLOSING.push(() => clearInterval(timer));
  return () => {
    clearInterval(timer);
    return { lines, services };
  };
}

function ask(file: string, sql: string): readonly unknown[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return database
      .prepare(sql)
      .all()
      .flatMap((row) => Object.values(row));
  } finally {
    database.close();
  }
}

const lineCount = (dataDir: string): unknown =>
  ask(`${dataDir}/archive.db`, 'SELECT count(*) FROM events')[0];

/** Everything that a data_dir knows in the end: the alerts, and how many lines there are, and different ones. */
function known(dataDir: string): object {
  return {
    alerts: ask(
      `${dataDir}/state.db`,
      `SELECT alert_id FROM alerts WHERE rule = 'order_timeouts' ORDER BY 1`,
    ),
    lines: ask(`${dataDir}/archive.db`, 'SELECT count(*), count(DISTINCT line) FROM events'),
  };
}

const sentIn = (dataDir: string): number =>
  Number(
    ask(
      `${dataDir}/state.db`,
      `SELECT count(*) FROM outbox WHERE state = 'sent' AND notice LIKE '%order_timeouts%'`,
    )[0],
  );

test(
  `each of ${COPIES} copies made under load starts, is whole, and marks what it tells again`,
  { timeout: 180_000 + COPIES * 60_000 },
  async () => {
    const place = openShop();
    CLOSING.push(() => place.close());
    const run = (...args: string[]): TocsinProcess => {
      const tocsin = startTocsin(['run', ...args], place.dir);
      CLOSING.push(() => tocsin.end('SIGKILL'));
      return tocsin;
    };
    const first = run();
    await until(
      () => first.stderr().includes('"message":"running"'),
      WITHIN_MS,
      () => first.stderr(),
    );
    const stop = load(place);
    for (let i = 0; i < COPIES; i += 1) {
      await until(
        () => count(first.stdout(), FIRING) > 2 * i,
        WITHIN_MS,
        () => first.stderr(),
      );
      const { code, stderr } = await place.command('backup', `copy-${i}`);
      expect(code, stderr).toBe(0);
    }
    const all = stop();
    await until(
      () => count(first.stdout(), FIRING) === all.services,
      WITHIN_MS,
      () => `${all.services} services\n${first.stdout()}${first.stderr()}`,
    );
    await until(() => lineCount(place.path('data')) === all.lines, WITHIN_MS);
    await first.end('SIGKILL');
    const whole = known(place.path('data'));
    expect(whole).toMatchObject({ lines: [all.lines, all.lines] });
    rmSync(place.path('data'), { recursive: true });

    const tocsinYaml = readFileSync(place.path('tocsin.yaml'), 'utf8');
    for (let i = 0; i < COPIES; i += 1) {
      const dataDir = place.path(`data-${i}`);
      place.write('again.yaml', tocsinYaml.replace('data_dir: ./data', `data_dir: ./data-${i}`));
      const { code, stderr } = await place.command('restore', `copy-${i}`, '--config', 'again.yaml');
      expect(code, stderr).toBe(0);
      const sent = sentIn(dataDir);
      const again = run('--config', 'again.yaml');
      const seen = (): string => `copy ${i}\n${again.stdout()}${again.stderr()}`;
      await until(() => count(again.stdout(), FIRING) >= all.services - sent, WITHIN_MS, seen);
      await until(() => lineCount(dataDir) === all.lines, WITHIN_MS, seen);
      expect(again.stderr()).toContain('"tocsin.kind":"put_back"');
      expect(await again.end('SIGTERM')).toBe(0);
      expect(known(dataDir)).toEqual(whole);
      expect(count(again.stdout(), FIRING)).toBe(all.services - sent);
      expect(count(again.stdout(), 'Possible duplicate')).toBe(all.services - sent);
    }
  },
);
