/**
 * A first start on a folder with a year of logs: nobody is told of the past, all of it is shown, what happens now is told. A process that is
 * killed on the way changes nothing about that.
 */
import { appendFileSync, utimesSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';
import { startFakeWebhook, type FakeWebhook } from '../support/webhook.ts';

const DAYS = 365;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WITHIN_MS = 300_000;

const RULES = `rule burst "Orders fail" {
  when level:ERROR
  alert count >= 3 within 5m by service
}
rule undone "Orders are not done" {
  let failed = level:ERROR
  let done = level:DONE
  alert failed not followed by done within 1h by service
}
rule lasting "Errors go on" {
  when level:ERROR
  alert count >= 1 within 10d by service
}
rule silent "Nothing fatal" {
  when level:FATAL
  alert nothing for 2h
}
`;

const CLOSING: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of CLOSING.splice(0).reverse()) await close();
});

interface Year {
  readonly shop: Shop;
  readonly hook: FakeWebhook;
  /** The rule and the service of each message, with its kind. */
  told(): string[];
  /** All alerts that `tocsin alerts` shows. */
  alerts(): Promise<readonly Record<string, unknown>[]>;
  run(): TocsinProcess;
}

async function openYear(source: string, more = ''): Promise<Year> {
  const hook = await startFakeWebhook();
  CLOSING.push(() => hook.close());
  const shop = openShop({
    source,
    channels: `{ webhook: { audit: { url: '${hook.url}', secret: '${hook.secret}' } } }`,
    routes: "'webhook:audit'",
  });
  CLOSING.push(() => shop.close());
  appendFileSync(shop.path('tocsin.yaml'), `self_alerts: { hold: 0s, lag_after: 1s }\n${more}`);
  shop.write('rules/order.rule', RULES);
  return {
    shop,
    hook,
    told: () =>
      hook.bodies.map(({ kind, alert }) => {
        const { rule, group } = alert as { rule: string; group: Record<string, string> };
        return `${String(kind)} ${rule} ${Object.values(group).join()}`.trim();
      }),
    async alerts() {
      const { stdout } = await shop.command('alerts', '--json', '--limit', '100000');
      return stdout
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as Record<string, unknown>);
    },
    run() {
      const tocsin = shop.run();
      CLOSING.push(() => tocsin.end('SIGKILL'));
      return tocsin;
    },
  };
}

const line = (agoMs: number, service: string, level: string): string =>
  `${JSON.stringify({ '@timestamp': new Date(Date.now() - agoMs).toISOString(), level, service, message: 'of old' })}\n`;

/** Three errors of a service of its own each day, and lines around them. The last day ends `untilMs` ago. */
function writeYear(shop: Shop, untilMs: number, linesADay = 40): void {
  for (let day = DAYS - 1; day >= 0; day -= 1) {
    const endMs = untilMs + day * DAY_MS;
    const texts: string[] = [];
    for (let i = 0; i < linesADay; i += 1)
      texts.push(line(endMs + DAY_MS * (1 - i / linesADay), `day-${day}`, 'INFO'));
    for (let i = 0; i < 3; i += 1) texts.push(line(endMs + 3_000 - i * 1_000, `day-${day}`, 'ERROR'));
    const name = day === 0 ? 'shop.log' : day === 1 ? 'shop.log.1' : `shop.log.${day}.gz`;
    const file = shop.path('logs', name);
    writeFileSync(file, name.endsWith('.gz') ? gzipSync(texts.join('')) : texts.join(''));
    const atS = (Date.now() - endMs) / 1_000;
    utimesSync(file, atS, atS);
  }
}

const isOver = (tocsin: TocsinProcess): boolean => tocsin.stderr().includes('first-start-over');

function fail(shop: Shop, service: string): void {
  shop.append(Array.from({ length: 3 }, () => line(0, service, 'ERROR')).join(''));
}

describe('alerts of the past are recorded, not sent', () => {
  test('also by a process that is killed on the way; what happens now is told', async () => {
    const year = await openYear("file: { path: 'logs/*.log*' }");
    writeYear(year.shop, 2 * DAY_MS);
    for (const afterMs of [1_500, 2_500]) {
      const killed = year.run();
      await until(
        () => killed.stderr().includes('"running"'),
        WITHIN_MS,
        () => killed.stderr(),
      );
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await killed.end('SIGKILL');
    }
    const tocsin = year.run();
    await until(
      () => isOver(tocsin),
      WITHIN_MS,
      () => tocsin.stderr(),
    );
    expect(year.told()).toEqual([]);
    const recorded = await year.alerts();
    expect(recorded.filter(({ rule }) => rule === 'burst')).toHaveLength(DAYS);
    expect(recorded.filter(({ sent }) => sent !== false)).toEqual([]);

    fail(year.shop, 'now');
    await until(
      () => year.told().length >= 2,
      WITHIN_MS,
      () => tocsin.stderr(),
    );
    await tocsin.end('SIGTERM');
    const again = year.run();
    await until(
      () => again.stderr().includes('"running"'),
      WITHIN_MS,
      () => again.stderr(),
    );
    fail(year.shop, 'then');
    await until(
      () => year.told().length >= 4,
      WITHIN_MS,
      () => again.stderr(),
    );
    expect(year.told().sort()).toEqual([
      'fired burst now',
      'fired burst then',
      'fired lasting now',
      'fired lasting then',
    ]);
    expect(await again.end('SIGTERM')).toBe(0);
  }, 900_000);

  test('an alert that is still firing because of something young is told, the ended ones are not', async () => {
    const year = await openYear("file: { path: 'logs/*.log' }");
    for (const [service, errorsAgoMs] of [
      ['goes-on', [6 * DAY_MS, 3 * DAY_MS, HOUR_MS / 2]],
      ['over', [60 * DAY_MS]],
      ['young', [2 * HOUR_MS]],
    ] as const)
      year.shop.append(
        errorsAgoMs.map((agoMs) => line(agoMs, service, 'ERROR')).join(''),
        `logs/${service}.log`,
      );
    const tocsin = year.run();
    year.shop.append(line(0, 'live', 'INFO'), 'logs/live.log');
    await until(
      () => isOver(tocsin),
      WITHIN_MS,
      () => tocsin.stderr(),
    );
    await until(
      () => year.told().length >= 3,
      WITHIN_MS,
      () => tocsin.stderr(),
    );
    expect(year.told().sort()).toEqual([
      'fired lasting goes-on',
      'fired lasting young',
      'fired undone young',
    ]);
    const untold = (await year.alerts()).filter(({ sent }) => sent === false);
    expect(untold.map(({ rule, group }) => `${String(rule)} ${JSON.stringify(group)}`).sort()).toEqual([
      'lasting {"service":"over"}',
      'silent {}',
      'undone {"service":"goes-on"}',
      'undone {"service":"over"}',
    ]);
    expect(await tocsin.end('SIGTERM')).toBe(0);
  }, 300_000);
});
