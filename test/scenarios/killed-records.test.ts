/**
 * A process that is killed again and again while it takes lines apart: batches of OpenTelemetry, subscriptions of CloudWatch behind a
 * container runtime, arrays. In the end each record counts once in alerts, and is once in the archive.
 */
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { until } from '../support/tocsin-process.ts';

const KILLS = 12;
const GROUP_RECORDS = 10;
const WITHIN_MS = 120_000;

const RULES = `rule whole "All records of a group" {
  when  "counted"
  alert count >= ${GROUP_RECORDS} within 1d by service
}
rule doubled "More records than there are" {
  when  "counted"
  alert count >= ${GROUP_RECORDS + 1} within 1d by service
}
`;

const CONFIG = `data_dir: ./data
sources:
  otel: { file: { path: 'logs/otel.log' }, decode: otlp, lateness: 1s }
  cloud: { file: { path: 'logs/cloud.log' }, decode: [cri, cloudwatch], lateness: 1s }
  arrays: { file: { path: 'logs/arrays.log' }, decode: [each], timestamp: { field: time }, lateness: 1s }
fields:
  service: { path: [service, service.name], type: keyword }
  message: { type: text }
rules: ./rules
channels: { terminal: {} }
routes:
  - { to: [terminal] }
`;

const CLOSING: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of CLOSING.splice(0).reverse()) await close();
});

/** The same sequence for a seed (Park and Miller's minimal standard generator). */
function random(seed: number): (of: number) => number {
  let state = seed;
  return (of) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % of;
  };
}

interface Counted {
  readonly service: string;
  readonly message: string;
  readonly timeMs: number;
}

/** Writes lines of random sizes, with no records too, whose records have numbers of their own. */
class Writers {
  readonly #shop: Shop;
  readonly #chance: (of: number) => number;
  readonly #groups: number;
  count = 0;

  constructor(shop: Shop, groups: number, chance: (of: number) => number) {
    this.#shop = shop;
    this.#groups = groups;
    this.#chance = chance;
  }

  #records(count: number): readonly Counted[] {
    const timeMs = Date.now();
    return Array.from({ length: count }, () => ({
      service: `group-${this.count % this.#groups}`,
      message: `counted n=${this.count++}`,
      timeMs,
    }));
  }

  /** Writes so many records, some hundreds in most lines. */
  write(count: number): void {
    for (let left = count; left > 0;) {
      const size = Math.min(left, this.#chance(8) === 0 ? 3_000 : this.#chance(300));
      left -= size;
      const records = this.#records(size);
      const kind = this.#chance(3);
      if (kind === 0) this.#shop.append(`${otlp(records)}\n`, 'logs/otel.log');
      else if (kind === 1) this.#shop.append(this.#cloudWatch(records), 'logs/cloud.log');
      else this.#shop.append(`${array(records)}\n`, 'logs/arrays.log');
    }
  }

  /** A container runtime writes parts of 16 KiB; the other stream comes between them. */
  #cloudWatch(records: readonly Counted[]): string {
    const logEvents = records.map(({ timeMs, ...keys }, i) => ({
      id: `${i}`,
      timestamp: timeMs,
      message: JSON.stringify(keys),
    }));
    const text = JSON.stringify({ messageType: 'DATA_MESSAGE', logGroup: '/shop', logEvents });
    const control = JSON.stringify({ messageType: 'CONTROL_MESSAGE', logEvents: [{ message: 'counted' }] });
    const time = new Date().toISOString();
    const parts = text.match(/.{1,16384}/gu)!.map((part, i, all) => {
      const between = this.#chance(4) === 0 ? `${time} stderr F ${control}\n` : '';
      return `${time} stdout ${i === all.length - 1 ? 'F' : 'P'} ${part}\n${between}`;
    });
    return parts.join('');
  }
}

/** Two resources, each with a scope. */
function otlp(records: readonly Counted[]): string {
  const half = records.length >> 1;
  const resourceLogs = [records.slice(0, half), records.slice(half)].map((part) => ({
    resource: { attributes: [{ key: 'host', value: { stringValue: 'h' } }] },
    scopeLogs: [
      {
        scope: { name: 'shop' },
        logRecords: part.map(({ service, message, timeMs }) => ({
          timeUnixNano: `${timeMs}000000`,
          severityNumber: 9,
          body: { stringValue: message },
          attributes: [{ key: 'service.name', value: { stringValue: service } }],
        })),
      },
    ],
  }));
  return JSON.stringify({ resourceLogs });
}

const array = (records: readonly Counted[]): string =>
  JSON.stringify(records.map(({ timeMs, ...keys }) => ({ time: new Date(timeMs).toISOString(), ...keys })));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function archivedIn(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM events').get()!['n']);
  } finally {
    database.close();
  }
}

test(`killed ${KILLS} times: each record once, in alerts and archive`, async () => {
  const seed = Number(process.env['TOCSIN_SEED'] ?? Date.now() % 2_147_483_647);
  process.stderr.write(`seed ${seed} (TOCSIN_SEED)\n`);
  const chance = random(seed);
  const shop = openShop();
  CLOSING.push(() => shop.close());
  shop.write('tocsin.yaml', CONFIG);
  shop.write('rules/order.rule', RULES);
  for (const log of ['otel', 'cloud', 'arrays']) shop.write(`logs/${log}.log`, '');
  const perRound = 4_000;
  const groups = ((KILLS + 1) * perRound) / GROUP_RECORDS;
  const writers = new Writers(shop, groups, chance);
  for (let kill = 0; kill < KILLS; kill += 1) {
    writers.write(perRound / 2);
    const running = shop.run();
    await pause(700 + chance(1_500));
    writers.write(perRound / 2);
    await pause(chance(900));
    await running.end('SIGKILL');
  }
  writers.write(perRound);
  const last = shop.run();
  CLOSING.push(() => last.end('SIGKILL'));
  const archived = (): number => archivedIn(shop.path('data/archive.db'));
  const state = (): string => `${archived()} of ${writers.count}\n${last.stderr().slice(-4_000)}`;
  await until(() => archived() >= writers.count, WITHIN_MS, state);
  const alertsOf = async (rule: string): Promise<number> => {
    const { stdout } = await shop.command('alerts', '--json', '--limit', '100000', '--rule', rule);
    return stdout.split('\n').filter((line) => line !== '').length;
  };
  await until(async () => (await alertsOf('whole')) >= groups, WITHIN_MS, state);
  expect([await alertsOf('whole'), await alertsOf('doubled')]).toEqual([groups, 0]);
  expect(await last.end('SIGTERM')).toBe(0);
  expect(archived()).toBe(writers.count);
  const found = await shop.search('"counted"');
  const numbers = new Set(found.map((line) => /counted n=(\d+)/u.exec(line)?.[1]));
  expect([found.length, numbers.size]).toEqual([writers.count, writers.count]);
}, 600_000);
