/** docs/first-rule.md, walked again with the files and outputs of that page: what it tells a newcomer must stay true. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTocsin, until, type TocsinProcess } from '../support/tocsin-process.ts';
import { tocsin } from '../support/tocsin.ts';

const PAGE = readFileSync('docs/first-rule.md', 'utf8');
const DIR = mkdtempSync(join(tmpdir(), 'tocsin-first-rule-'));
const LOG = join(DIR, 'logs/coupon.log');
let running: TocsinProcess | undefined;

/** What takes a second on a quiet machine; a busy one must not fail the walk. */
const PATIENCE_MS = 60_000;

/** The fenced blocks of a language, in the order of the page. */
function blocks(language: string): string[] {
  const fences = PAGE.matchAll(new RegExp(`^(\`{3,})${language}\\n(.*?)^\\1$`, 'gmsu'));
  return [...fences].map(([, , text]) => text!);
}

function coupon(order: number): void {
  const id = `ORD-${order}`;
  const line = {
    '@timestamp': new Date().toISOString(),
    level: 'ERROR',
    service: 'coupon',
    order_id: id,
    error_code: 'COUPON_TWICE',
    message: `coupon redeemed twice: SPRING-25 for ${id}`,
  };
  appendFileSync(LOG, `${JSON.stringify(line)}\n`);
}

/** How many rules and files `check` finds, and nothing wrong with them. */
async function fine(): Promise<{ readonly rules: number; readonly files: number }> {
  const { code, stderr } = await command('check');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^fine: /) as string });
  const [rules, files] = [...stderr.matchAll(/\d+/gu)].map(([number]) => Number(number));
  return { rules: rules!, files: files! };
}

const command = (...args: string[]) => tocsin(args, { cwd: DIR, env: { NO_COLOR: '1' } });

const told = (process: TocsinProcess, what: string): Promise<true> =>
  until(
    () => process.stderr().includes(what),
    PATIENCE_MS,
    () => process.stderr(),
  );

/** Without what is different each time: dates, times, the alert's id. */
const timeless = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\d/gu, 'DATE')
    .replaceAll(/\d\d:\d\d:\d\d(?:\.\d{3})?/gu, 'TIME')
    .replaceAll(/\b[0-9a-f]{16}\b/gu, 'ID')
    .replaceAll(/\(\d+\.\d s, [\d,]+ a second\)/gu, '(SPEED)')
    .trim();

beforeAll(async () => {
  expect((await command('init')).code).toBe(0);
  const config = join(DIR, 'tocsin.yaml');
  // Other tests may listen on the same port.
  writeFileSync(config, readFileSync(config, 'utf8').replace(/^http:.*$/mu, ''));
  mkdirSync(join(DIR, 'logs'));
  running = startTocsin(['run'], DIR);
  await told(running, '"message":"running"');
}, 150_000);

afterAll(async () => {
  await running?.end('SIGKILL');
  rmSync(DIR, { recursive: true, force: true });
});

test('a rule for a new error: refused with a typo, mended, taken up by the running pipeline, and it alerts', async () => {
  const pipeline = running!;
  const [hurried, mended] = blocks('rule');
  const [findings, past, alert] = blocks('text');
  const [runbook] = blocks('markdown');
  const rule = join(DIR, 'rules/coupon.rule');

  for (const order of [7001, 7002, 7003]) coupon(order);
  await until(
    async () => (await command('search', '"redeemed twice"')).stderr.includes('3 lines'),
    PATIENCE_MS,
    () => pipeline.stderr(),
  );

  const before = await fine();
  writeFileSync(rule, hurried!);
  const refused = await command('check');
  expect(refused.code).toBe(2);
  expect(refused.stdout + refused.stderr).toBe(findings);
  await told(pipeline, 'rules not changed, the last good ones stay');

  writeFileSync(rule, mended!);
  expect((await command('check')).code).toBe(1);
  writeFileSync(join(DIR, 'rules/runbooks/coupon.md'), runbook!);
  expect(await fine()).toEqual({ rules: before.rules + 1, files: before.files + 1 });
  await told(pipeline, `${before.rules + 1} rules are in force`);

  const backtest = await command('backtest', 'rules/coupon.rule', '--input', 'logs/coupon.log');
  expect(timeless(backtest.stdout + backtest.stderr)).toBe(timeless(past!));
  expect(pipeline.stdout()).toBe('');

  for (const order of [7004, 7005, 7006]) coupon(order);
  await until(
    () => /Alert: \w+\n/u.test(pipeline.stdout()),
    PATIENCE_MS,
    () => pipeline.stderr(),
  );
  expect(timeless(pipeline.stdout())).toBe(timeless(alert!));
  const open = await command('alerts', '--open');
  expect(open.stdout).toMatch(/coupon_redeemed_twice {2}firing {2}high {2}count 3/u);
  expect(await pipeline.end('SIGTERM')).toBe(0);
}, 300_000);
