/** docs/first-log.md, walked again with the commands and outputs of that page: it must stay true. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTocsin, until, type TocsinProcess } from '../support/tocsin-process.ts';
import { tocsin } from '../support/tocsin.ts';

const PAGE = readFileSync('docs/first-log.md', 'utf8');
const DIR = mkdtempSync(join(tmpdir(), 'tocsin-first-log-'));
const CONFIG = join(DIR, 'tocsin.yaml');
const ENV = { NO_COLOR: '1', TZ: 'UTC' };
const PATIENCE_MS = 60_000;
let running: TocsinProcess | undefined;

/** The fenced blocks of a language, in the order of the page. */
const blocks = (language: string): readonly string[] =>
  [...PAGE.matchAll(new RegExp(`^(\`{3,})${language}\\n(.*?)^\\1$`, 'gmsu'))].map(([, , text]) => text!);

/** Runs a command of the page, which must have it. */
async function command(line: string): Promise<string> {
  expect(PAGE).toContain(`tocsin ${line}`);
  const args = line.match(/'[^']*'|\S+/gu)!;
  const { stdout, stderr } = await tocsin(args, { cwd: DIR, env: ENV });
  return stdout + stderr;
}

/** Without what is different each time: dates of today, the alert's id, the speed. */
const timeless = (text: string): string =>
  text
    .replaceAll(/20\d\d-\d\d-\d\d/gu, 'DATE')
    .replaceAll(/\d\d:\d\d:\d\d(?:\.\d{3})?/gu, 'TIME')
    .replaceAll(/\b[0-9a-f]{16}\b/gu, 'ID')
    .replaceAll(/\(\d+\.\d s, [\d,]+ a second\)/gu, '(SPEED)')
    .trim();

beforeAll(() => {
  const logs = join(DIR, 'logs');
  mkdirSync(logs);
  cpSync('test/fixtures/layouts/spring.log', join(logs, 'checkout.log'));
  cpSync('test/fixtures/layouts/access.log', join(logs, 'access.log'));
  cpSync('test/fixtures/layouts/log4j.log', join(logs, 'stock.log'));
  writeFileSync(join(logs, 'backup.txt'), 'backup done\nbackup done, 3 files\n');
});

afterAll(async () => {
  await running?.end('SIGKILL');
  rmSync(DIR, { recursive: true, force: true });
});

test('from unknown logs to a rule that fires', async () => {
  const [found, decoded, mended, tried, judged, alert] = blocks('text');
  expect(await command('init --from logs')).toBe(found);
  const proposed = readFileSync(CONFIG, 'utf8');
  const [sources] = blocks('yaml');
  expect(proposed).toContain(sources!.replaceAll(/^/gmu, '  ').trimEnd());
  expect(readFileSync(join(DIR, 'rules/first.rule'), 'utf8')).toBe(blocks('rule')[0]);

  expect(await command('decode logs/stock.log --source stock')).toBe(decoded);
  // Other tests may listen on the same port.
  const zoned = proposed.replace('timezone: UTC', 'timezone: Asia/Shanghai').replace(/^http:.*$/mu, '');
  writeFileSync(CONFIG, zoned);
  const again = await command('decode logs/stock.log --source stock');
  expect(again.endsWith(`\n${mended!}`)).toBe(true);
  expect(timeless(await command('decode logs/stock.log --decode spring_boot -n 1'))).toBe(timeless(tried!));

  const past = (await command('check')) + (await command('backtest --input checkout=logs/checkout.log'));
  expect(timeless(past)).toBe(timeless(judged!));

  const pipeline = (running = startTocsin(['run'], DIR, ENV));
  const log = (): string => pipeline.stderr();
  await until(() => log().includes('"message":"running"'), PATIENCE_MS, log);
  const time = new Date().toISOString().replace(/\.\d+Z$/u, '.000+00:00');
  const line = `${time} ERROR 1234 --- [shop] [nio-8080-exec-1] com.shop.Sync : order sync failed`;
  expect(PAGE).toContain(line.slice(time.length).trim());
  appendFileSync(join(DIR, 'logs/checkout.log'), `${line}\n`);
  const told = (): string => pipeline.stdout();
  await until(() => timeless(told()).includes(timeless(alert!)), PATIENCE_MS, told);
}, 200_000);
