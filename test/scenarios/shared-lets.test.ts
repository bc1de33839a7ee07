/**
 * A running Tocsin whose rules share their conditions: a `let` moves into lets.rule and changes there while windows are half full, and
 * lets.rule is broken for a while.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTocsin, until, type TocsinProcess } from '../support/tocsin-process.ts';

let dir: string;
let process: TocsinProcess | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-lets-'));
  mkdirSync(join(dir, 'rules', 'team'), { recursive: true });
  writeFileSync(
    join(dir, 'tocsin.yaml'),
    `sources: { shop: { file: { path: shop.log }, lateness: 0s } }
fields: { level: { type: keyword }, message: { type: text } }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  writeFileSync(join(dir, 'shop.log'), '');
});
afterEach(async () => {
  await process?.end('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

const rules = (name: string, text: string): void => writeFileSync(join(dir, 'rules', name), text);
const say = (message: string, times: number): void =>
  appendFileSync(
    join(dir, 'shop.log'),
    `${JSON.stringify({ '@timestamp': new Date().toISOString(), level: 'ERROR', message })}\n`.repeat(times),
  );
const rule = (name: string, uses: string, own = ''): string =>
  `rule ${name} {\n${own}  alert count(${uses}) >= 5 within 1h\n}\n`;

test('windows stay where the meaning does, through a move, an edit and a fault of lets.rule', async () => {
  rules('team/moved.rule', rule('moved', 'refused', '  let refused = message:refused\n'));
  rules('team/edited.rule', rule('edited', 'lost'));
  rules('lets.rule', 'let lost = message:lost\n');
  rules('witness.rule', 'rule witness { when message:refused\n alert count >= 3 within 1h }\n');
  const run = (process = startTocsin(['run'], dir));
  const shown = async (alert: string): Promise<unknown> =>
    await until(
      () => run.stdout().includes(alert),
      30_000,
      () => run.stdout() + run.stderr(),
    );
  const logged = async (text: string): Promise<unknown> =>
    await until(
      () => run.stderr().includes(text),
      30_000,
      () => `${text} in ${run.stderr()}`,
    );
  await logged('3 rules are in force');
  say('refused lost', 3);
  await shown('witness');

  // The one let moves, the other one means something else now: its rule begins anew.
  rules('team/moved.rule', rule('moved', 'refused'));
  rules('lets.rule', 'let refused = message:refused\nlet lost = message:lost AND level:ERROR\n');
  await logged('rule edited means something else now and begins anew');
  expect(run.stderr()).not.toMatch(/rule moved (?:means|is new|was removed)/u);

  rules('lets.rule', 'let refused = message:refused\nlet lost = message:\n');
  await logged('rules not changed, the last good ones stay');
  expect(run.stderr()).toMatch(/lets\.rule:2:.*used by `edited` in team\/edited\.rule:1/u);

  // Two more make five for the rule that kept its window, and two for the other.
  say('refused lost', 2);
  await shown('moved');
  expect(run.stdout()).not.toContain('edited');
  expect(run.stderr().split('the last good ones stay')).toHaveLength(2);

  say('lost', 3);
  await shown('edited');
  expect(await run.end('SIGTERM')).toBe(0);
}, 120_000);
