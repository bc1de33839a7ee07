/** The runbooks of Tocsin's own alerts hold what they tell people to type: every command runs, every metric and reason exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lossKinds } from '../../src/app/health/loss-kinds.ts';
import { exposition } from '../support/exposition.ts';
import { openShop, type Shop } from '../support/shop.ts';

const FOLDER = 'rules/runbooks';
const texts = new Map(
  readdirSync(FOLDER)
    .filter((name) => name.startsWith('tocsin-'))
    .map((name) => [name, readFileSync(`${FOLDER}/${name}`, 'utf8')]),
);
const commandsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^tocsin .*$/gmu)].map(([line]) => line.replaceAll('{{rule}}', 'order_timeouts'));
const COMMANDS = [...new Set([...texts.values()].flatMap(commandsOf))];

let shop: Shop;
beforeAll(async () => {
  shop = openShop();
  shop.fault('pay');
  const tocsin = shop.run();
  for (;;) {
    if ((await shop.search('"order_timeout"').catch(() => [])).length === 1) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await tocsin.end('SIGTERM');
});
afterAll(() => shop.close());

test('there are commands in them', () => {
  expect(COMMANDS.length).toBeGreaterThan(4);
});

test.each(COMMANDS)('`%s` is one that runs', async (line) => {
  const args = [...line.matchAll(/'([^']*)'|(\S+)/gu)].map(([, quoted, word]) => quoted ?? word!).slice(1);
  const { code, stdout, stderr } = await shop.command(...args);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  if (args[0] === 'search') expect(stdout).toContain('order_timeout');
});

test.each([...texts])(
  '%s names metrics and reasons that exist, and the same commands in both languages',
  async (name, text) => {
    const metrics = await exposition();
    const named = [...text.matchAll(/\btocsin_[a-z_]+/gu)].map(([metric]) => metric);
    for (const metric of named) expect(metrics).toContain(metric.replace(/_total$/u, ''));
    const reasons = new Set<string>(
      Object.values(lossKinds).flatMap((kind) => (kind === 'work' ? [] : [kind.reason])),
    );
    for (const [, reason] of text.matchAll(/^ {3}- `([a-z_0-9]+)`/gmu))
      expect([...reasons]).toContain(reason);
    const other = texts.get(
      name.endsWith('.zh.md') ? name.replace('.zh.md', '.md') : name.replace('.md', '.zh.md'),
    );
    const blocks = (markdown = ''): readonly string[] =>
      [...markdown.matchAll(/^```sh\n(.*?)^```/gmsu)].map(([, code]) => code!);
    expect(blocks(text)).toEqual(blocks(other));
  },
);
