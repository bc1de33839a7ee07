/**
 * A process that is killed again and again while its logs are written, renamed, copied and truncated, compressed, moved, and linked anew: in
 * the end each line counts once in alerts, and is once in the archive.
 */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { PACKED_ENDINGS, packed, type PackedEnding } from '../support/packed.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';

const ROUNDS = 8;
const GROUP_LINES = 10;
const WITHIN_MS = 120_000;

const RULES = `rule whole "All lines of a group" {
  when  "counted"
  alert count >= ${GROUP_LINES} within 1d by service
}
rule doubled "More lines than there are" {
  when  "counted"
  alert count >= ${GROUP_LINES + 1} within 1d by service
}
`;

const CLOSING: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of CLOSING.splice(0).reverse()) await close();
});

/** Writes lines with numbers of their own. The lines of one group are in different logs. */
class Writers {
  readonly #shop: Shop;
  readonly #groups: number;
  count = 0;

  constructor(shop: Shop, groups: number) {
    this.#shop = shop;
    this.#groups = groups;
  }

  lines(count: number): string {
    return Array.from({ length: count }, () => {
      const service = `group-${this.count % this.#groups}`;
      const line = {
        '@timestamp': new Date().toISOString(),
        level: 'INFO',
        service,
        message: `counted n=${this.count++}`,
      };
      return `${JSON.stringify(line)}\n`;
    }).join('');
  }

  append(file: string, count: number): void {
    appendFileSync(this.#shop.path(file), this.lines(count));
  }
}

function compress(path: string, ending: PackedEnding): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(`${path}${ending}`, packed(ending, readFileSync(path)));
  utimesSync(`${path}${ending}`, atime, mtime);
  unlinkSync(path);
}

/** Rotates each log in a way of its own. `round` is in the names. */
function rotate(shop: Shop, round: number): void {
  const ending = PACKED_ENDINGS[round % PACKED_ENDINGS.length]!;
  renameSync(shop.path('logs/renamed.log'), shop.path(`logs/renamed.log.${round}`));
  if (round % 3 === 0) compress(shop.path(`logs/renamed.log.${round}`), ending);
  copyFileSync(shop.path('logs/copied.log'), shop.path(`logs/copied.log.${round}`));
  truncateSync(shop.path('logs/copied.log'));
  renameSync(shop.path('logs/moved.log'), shop.path(`old/moved.log.${round}`));
  if (round % 2 === 0) compress(shop.path(`old/moved.log.${round}`), ending);
  const pod = (number: number): string => shop.path(`pods/${number}.log`);
  writeFileSync(pod(round + 1), '');
  symlinkSync(pod(round + 1), shop.path('links/new'));
  renameSync(shop.path('links/new'), shop.path('links/pod.log'));
  if (round % 2 === 1) compress(pod(round), ending);
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

test(`killed ${ROUNDS} times between rotations of every kind: each line once, in alerts and archive`, async () => {
  const source = `file: { path: ['logs/*.log', 'old/*', 'links/*.log', 'archive/*'] }`;
  const shop = openShop({ source });
  CLOSING.push(() => shop.close());
  for (const folder of ['old', 'links', 'pods', 'archive']) mkdirSync(shop.path(folder));
  shop.write('rules/order.rule', RULES);
  const linesOfRound = 4 * 25;
  const groups = ((ROUNDS + 1) * linesOfRound) / GROUP_LINES;
  const writers = new Writers(shop, groups);
  symlinkSync(shop.path('pods/0.log'), shop.path('links/pod.log'));
  let tocsin: TocsinProcess | undefined;
  for (let round = 0; round <= ROUNDS; round++) {
    tocsin = shop.run();
    const running = tocsin;
    const said = (text: string): Promise<true> =>
      until(
        () => running.stderr().includes(text),
        WITHIN_MS,
        () => running.stderr(),
      );
    await said('"message":"running"');
    for (let part = 0; part < 5; part++) {
      for (const log of ['logs/renamed.log', 'logs/copied.log', 'logs/moved.log', 'links/pod.log'])
        writers.append(log, 4);
      await new Promise((resolve) => setTimeout(resolve, 37 * round));
    }
    // Of a file that nobody has seen at its link, nobody knows when the link leads elsewhere.
    if (round === 0) await said(`reading ${shop.path('links/pod.log')}`);
    if (round % 2 === 0) await tocsin.end('SIGKILL');
    // The process may be in the middle of the rotation.
    for (const log of ['logs/renamed.log', 'logs/copied.log', 'logs/moved.log']) writers.append(log, 5);
    const later = writers.lines(5);
    const ending = PACKED_ENDINGS[round % PACKED_ENDINGS.length]!;
    if (round < ROUNDS) {
      rotate(shop, round);
      writeFileSync(shop.path(`archive/batch.log-${20_261_100 + round}${ending}`), packed(ending, later));
    } else appendFileSync(shop.path('links/pod.log'), later);
    await tocsin.end('SIGKILL');
  }
  expect(writers.count).toBe(groups * GROUP_LINES);
  tocsin = shop.run();
  const last = tocsin;
  CLOSING.push(() => last.end('SIGKILL'));
  const archived = (): number => Number(ask(shop.path('data/archive.db'), 'SELECT count(*) FROM events')[0]);
  const state = (): string => `${archived()} of ${writers.count}\n${last.stderr().slice(-4_000)}`;
  await until(() => archived() >= writers.count, WITHIN_MS, state);
  const alerts = async (): Promise<readonly { readonly rule: string }[]> => {
    const { stdout } = await shop.command('alerts', '--json', '--limit', '100000');
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { rule: string });
  };
  await until(
    async () => (await alerts()).filter(({ rule }) => rule === 'whole').length >= groups,
    WITHIN_MS,
    state,
  );
  expect((await alerts()).filter(({ rule }) => rule === 'whole')).toHaveLength(groups);
  expect((await alerts()).filter(({ rule }) => rule === 'doubled')).toEqual([]);
  expect(await last.end('SIGTERM')).toBe(0);
  const found = await shop.search('"counted"');
  const numbers = new Set(found.map((line) => /counted n=(\d+)/u.exec(line)?.[1]));
  expect([found.length, numbers.size]).toEqual([writers.count, writers.count]);
}, 600_000);
