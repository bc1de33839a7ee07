/**
 * Hostile texts in everything that commands show: log lines, groups, names of files, rules, configurations, refusals of servers,
 * arguments. None acts on the screen, none forges a line, and JSON gives back what each was.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../../src/cli/program.ts';
import { startJsonServer } from '../support/json-server.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { expectInert, expectInertJson } from './inert.ts';

let shop: Shop;
let running: TocsinProcess;
/** Of `tocsin run` over the hostile log. */
let ran = { stdout: '', stderr: '', pages: [] as string[] };
/** Ids of its alerts by what they are of. */
let ids = new Map<string, string>();

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command in this process, without colours. */
async function call(args: readonly string[], { config = 'tocsin.yaml', input = '' } = {}): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written = Promise.all([textOf(stdout), textOf(stderr)]);
  const streams = { env: { NO_COLOR: '1' }, stdin: Readable.from([Buffer.from(input)]), stdout, stderr };
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const configured = [...args.slice(0, end), '-c', shop.path(config), ...args.slice(end)];
  const code = await runCommand(args.includes('--help') ? args : configured, streams);
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  expectInert(err, `${args[0]!}: standard error`);
  return { code, out, err };
}

const inert = async (args: readonly string[], options = {}): Promise<Ran> => {
  const result = await call(args, options);
  expectInert(result.out, args.join(' '));
  return result;
};

const json = async (args: readonly string[], options = {}): Promise<readonly unknown[]> =>
  expectInertJson((await call(args, options)).out, args.join(' '));

/** A text as a rule writes it: what nobody sees by its code, or the rule would be refused. */
const quoted = (text: string): string =>
  `"${text.replace(/["\\]/gu, '\\$&').replace(/[\p{Cc}\p{Cf}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)}"`;
/** Texts that may stand in a line of a rule. */
const IN_LINES = HOSTILE_TEXTS.filter((text) => !/[\n\r]/u.test(text) && text.length < 200);
/** Those that are found again whole: blanks and what is longer than a group keeps apart. */
const WHOLE = HOSTILE_TEXTS.filter((text) => text.trim() !== '' && text.length < 200 && text.isWellFormed());

beforeAll(async () => {
  shop = openShop();
  shop.append('http: { listen: "127.0.0.1:0" }\ntimezone: UTC\n', 'tocsin.yaml');
  shop.write(
    'rules/order.rule',
    'rule hostile {\n  when level:ERROR\n  alert count >= 1 within 5m by service\n  runbook "runbooks/order.md"\n}\n',
  );
  for (const [i, text] of HOSTILE_TEXTS.entries()) {
    const at = new Date(Date.now() - 10_000 + i).toISOString();
    const line = { '@timestamp': at, level: 'ERROR', service: text, message: text, [text]: text };
    shop.append(`${JSON.stringify(line)}\n`);
  }
  running = shop.run();
  const url = await until(() => /"url\.full":"([^"]+)"/u.exec(running.stderr())?.[1], 60_000);
  const alerts = await until(async () => {
    const found = await json(['alerts', '--json', '--limit', '1000']);
    return found.length > 300 && found;
  }, 120_000);
  ids = new Map(
    (alerts as { alertId: string; group: { service: string } }[]).map(({ alertId, group }) => [
      group.service,
      alertId,
    ]),
  );
  const pages: string[] = [];
  // One after the other: of connections at once there are only so many.
  for (const id of ids.values()) pages.push(await (await fetch(`${url}/alerts/${id}`)).text());
  await until(
    async () =>
      (await json(['search', 'level:ERROR', '--json', '--limit', '1000'])).length === HOSTILE_TEXTS.length,
    120_000,
  );
  await running.end('SIGTERM');
  ran = { stdout: running.stdout(), stderr: running.stderr(), pages };
});

afterAll(async () => {
  await running.end('SIGKILL');
  shop.close();
});

/** What each command is put through. */
const walks: Readonly<Record<string, () => Promise<void>>> = {
  run() {
    expectInert(ran.stdout, 'the channel terminal');
    for (const line of ran.stdout.split('\n')) expect(line).toMatch(/^(?:┃|$)/u);
    expectInertJson(ran.stderr, 'the log');
    expect(ran.pages.length).toBeGreaterThan(300);
    for (const page of ran.pages) {
      expectInert(page, '/alerts/ID');
      expect(JSON.parse(page)).toHaveProperty('samples');
    }
    return Promise.resolve();
  },

  async alerts() {
    const { out } = await inert(['alerts', '--limit', '1000']);
    const lines = out.trimEnd().split('\n');
    expect(lines.filter((line) => /^\d{4}-/u.test(line))).toHaveLength(ids.size);
    for (const line of lines) expect(line).toMatch(/^(?:\d{4}-|not evaluated|changed in| {2})/u);
    const found = await json(['alerts', '--json', '--limit', '1000', '--rules']);
    const groups = found.map((line) => (line as { group?: { service: string } }).group?.service);
    expect(groups).toEqual(expect.arrayContaining([...WHOLE]));
  },

  async show() {
    // Without the rule, nothing is looked up in the archive: that takes its time, and is done for a few.
    shop.write('ruleless.yaml', readFileSync(shop.path('tocsin.yaml'), 'utf8').replace('./rules', './none'));
    mkdirSync(shop.path('none'));
    for (const [i, id] of [...ids.values()].entries()) {
      const config = i % 40 === 0 ? 'tocsin.yaml' : 'ruleless.yaml';
      await inert(['show', id], { config });
      expect(await json(['show', id, '--json'], { config })).toMatchObject([{ alertId: id }]);
    }
    const { out } = await inert(['show', ids.get('a\nFORGED ✅ Resolved')!]);
    expect(out).toContain('{"service":"a\\nFORGED');
    for (const text of HOSTILE_TEXTS) await inert(['show', '--', text]);
  },

  async search() {
    const { out } = await inert(['search', 'level:ERROR', '--limit', '1000']);
    expect(out.trimEnd().split('\n')).toHaveLength(HOSTILE_TEXTS.length);
    const found = await json(['search', 'level:ERROR', '--json', '--limit', '1000']);
    const services = found.map((line) => (line as { document: { service: string } }).document.service);
    expect(services).toEqual(expect.arrayContaining([...WHOLE]));
    for (const text of HOSTILE_TEXTS) await inert(['search', '--', text]);
    const server = await startJsonServer(() => ({
      status: 400,
      headers: { 'x-elastic-product': 'Elasticsearch' },
      body: { error: { type: 'evil', reason: HOSTILE_TEXTS.join(' ') }, status: 400 },
    }));
    shop.write('refused.yaml', withArchive(server.url));
    const refused = await inert(['search', 'level:ERROR'], { config: 'refused.yaml' });
    expect(refused.code).not.toBe(0);
    await server.close();
  },

  async backtest() {
    const log = shop.path('logs', 'shop.log');
    const { out } = await inert(['backtest', '-i', log]);
    const found = await json(['backtest', '-i', log, '--json']);
    // A summary stands at the end.
    expect(out.trimEnd().split('\n')).toHaveLength(found.length - 1);
    await inert(['backtest', '--archive', '--since', '1h']);
    for (const text of IN_LINES.slice(0, 40)) await inert(['backtest', '-i', `/nowhere/${text}`]);
  },

  async decode() {
    const log = shop.path('logs', 'shop.log');
    await inert(['decode', log, '-n', '1000']);
    const found = await json(['decode', log, '--json']);
    const services = found.map((line) => (line as { fields: { service?: string } }).fields.service);
    expect(services).toEqual(expect.arrayContaining([...WHOLE]));
    shop.write('hostile.log', `${IN_LINES.join('\n')}\n`);
    for (const steps of ['json', 'nginx_access', 'cri', "[{ dissect: '%{a} %{b} [%{c}' }]"])
      await inert(['decode', shop.path('hostile.log'), '--decode', steps, '-n', '1000']);
    for (const text of IN_LINES.slice(0, 40)) {
      await inert(['decode', '--', `/nowhere/${text}`]);
      await inert(['decode', log, `--decode=${text}`]);
      await inert(['decode', log, `--source=${text}`]);
    }
  },

  async test() {
    mkdirSync(shop.path('tested'));
    const log = HOSTILE_TEXTS.slice(0, 400).map((text) =>
      JSON.stringify({
        '@timestamp': '2026-11-23T12:00:00.000Z',
        level: 'ERROR',
        service: text,
        message: text,
      }),
    );
    shop.write('tested/past.log', `${log.join('\n')}\n`);
    const tests = IN_LINES.map(
      (text, i) =>
        `  test ${quoted(`${i} ${text}`)} {\n    at 0s { level: ERROR, service: ${quoted(text)}, message: ${quoted(text)} }\n    expect fire at 20m { service: ${quoted(text)} }\n  }\n`,
    );
    const replay = '  test "replay" {\n    replay "past.log"\n    expect nothing\n  }\n';
    shop.write(
      'tested/a.rule',
      `rule r {\n  when level:ERROR\n  alert count >= 1 within 5m by service\n${tests.join('')}${replay}}\n`,
    );
    const { out, err } = await inert(['test', shop.path('tested')]);
    expect(err).toContain(`${IN_LINES.length + 1} tests: ${IN_LINES.length + 1} failed`);
    expect(out.match(/^failed /gmu)).toHaveLength(IN_LINES.length + 1);
    const report = shop.path('report.xml');
    expect(await json(['test', shop.path('tested'), '--json', '--junit', report])).toHaveLength(
      IN_LINES.length + 2,
    );
    expectInert(readFileSync(report, 'utf8'), 'JUnit');
  },

  async dlq() {
    const letters = HOSTILE_TEXTS.map((text, i) => ({
      at: text,
      id: `${i}${text}`,
      index: text,
      status: 400,
      type: text,
      reason: text,
      document: { message: text },
    }));
    shop.write('data/dead-letters.ndjson', `${letters.map((each) => JSON.stringify(each)).join('\n')}\n`);
    const { out } = await inert(['dlq', 'list']);
    expect(out.trimEnd().split('\n')).toHaveLength(letters.length);
    expect(await json(['dlq', 'list', '--json'])).toEqual(letters);
    await inert(['dlq', 'retry']);
    await inert(['dlq', 'evil\u001b[2J']);
  },

  async check() {
    await hostileRules(async (folder) => {
      await inert(['check', folder]);
      await inert(['check', folder, '--format', 'github']);
      await json(['check', folder, '--json']);
    });
    expect((await inert(['check', shop.path('wrong')])).out).toContain('\\u{1b}');
    for (const text of IN_LINES.slice(0, 60)) await inert(['check', '--', shop.path(`nowhere${text}`)]);
  },

  async lint() {
    await hostileRules(async (folder) => {
      await inert(['lint', folder]);
      await json(['lint', folder, '--json']);
    });
  },

  async fmt() {
    await hostileRules(async (folder) => {
      await inert(['fmt', '--diff', folder]);
      const { out } = await inert(['fmt', '--check', folder]);
      for (const line of out.split('\n')) expect(line).toMatch(/^$|\.rule$/u);
    });
    const { out } = await call(['fmt', '-'], {
      input: 'rule r { when "a\u200bb" alert count > 1 within 5m }',
    });
    expect(out).toContain('"a\\u{200b}b"');
    await inert(['fmt', '-'], { input: 'rule r { when a\u001b[2Jb }' });
  },

  async explain() {
    const rules = IN_LINES.map(
      (text, i) =>
        `rule r${i} ${quoted(text)} {\n  when message:${quoted(`word ${text}`)} AND service:${quoted(text)}\n  alert count > 1 within 5m\n}\n`,
    );
    const text = rules.filter((_, i) => IN_LINES[i] !== '').join('');
    shop.write('explained.rule', text);
    const { code, out } = await inert(['explain', shop.path('explained.rule')]);
    expect([code, out === '']).toEqual([0, false]);
    await json(['explain', shop.path('explained.rule'), '--json']);
    for (const each of IN_LINES.slice(0, 60)) await inert(['explain', '--', each]);
  },

  async analyze() {
    for (const text of HOSTILE_TEXTS) {
      expect((await inert(['analyze', '--', text])).out.trimEnd().split('\n')).toHaveLength(1);
    }
    await json(['analyze', '--json', '--', ...HOSTILE_TEXTS]);
  },

  async backup() {
    for (const [i, text] of IN_LINES.slice(20, 36).entries()) {
      const name = text.replaceAll(/[/\0]/gu, '');
      await inert(['backup', '--', shop.path('backups', `${i}${name}`)]);
    }
  },

  async restore() {
    for (const text of IN_LINES.slice(0, 40)) await inert(['restore', '--', shop.path(`nowhere${text}`)]);
  },

  async init() {
    for (const [i, text] of IN_LINES.slice(20, 36).entries()) {
      const name = text.replaceAll(/[/\0]/gu, '');
      await inert(['init'], { config: join('new', `${i}${name}`, `${name}.yaml`) });
      await inert(['init'], { config: join('new', `${i}${name}`, `${name}.yaml`) });
    }
    const logs = shop.path('unknown');
    mkdirSync(logs);
    for (const [i, text] of IN_LINES.slice(0, 12).entries()) {
      const name = text.replaceAll(/[/\0]/gu, '');
      const line = JSON.stringify({
        time: '2026-11-23T12:00:00Z',
        level: 'ERROR',
        [text]: text,
        message: text,
      });
      writeFileSync(join(logs, `${i}${name}`), `${line}\n${text}\n`);
    }
    const { err } = await inert(['init', '--from', logs], { config: 'proposed/tocsin.yaml' });
    expect(err).toContain('wrote tocsin.yaml and rules/first.rule');
    expect((await inert(['check'], { config: 'proposed/tocsin.yaml' })).code).toBe(0);
    expectInert(readFileSync(shop.path('proposed/tocsin.yaml'), 'utf8'), 'the proposed configuration');
    for (const text of IN_LINES.slice(0, 40))
      await inert(['init', '--from', `/nowhere/${text}`], { config: 'none.yaml' });
  },

  async demo() {
    mkdirSync(shop.path('shown'));
    shop.write(
      'shown/a.rule',
      `rule r ${quoted('evil\u001b[2J\u202e')} {\n  when level:ERROR\n  alert count >= 1 within 1m by service\n}\n`,
    );
    shop.write('demo.yaml', readFileSync('tocsin.yaml', 'utf8').replace('./rules', './shown'));
    const { code, out } = await inert(['demo', '--for', '10s'], { config: 'demo.yaml' });
    expect(code).toBe(0);
    expect(out).toContain('evil\\u{1b}[2J\\u{202e}');
  },
};

const withArchive = (node: string): string =>
  readFileSync(shop.path('tocsin.yaml'), 'utf8').replace(
    'archive: { sqlite: {} }',
    `archive: { elasticsearch: { node: "${node}" } }`,
  );

/** Two folders of rules: one with hostile names of files and texts that cannot be read, one that can be. */
async function hostileRules(use: (folder: string) => Promise<void>): Promise<void> {
  const wrong = shop.path('wrong');
  mkdirSync(wrong, { recursive: true });
  if (readdirSync(wrong).length === 0)
    for (const [i, text] of HOSTILE_TEXTS.entries()) {
      const name = text.replaceAll(/[/\0]/gu, '').slice(0, 40).toWellFormed();
      writeFileSync(
        join(wrong, `${i}${name}.rule`),
        `rule ${text} {\n  ${text} x\n  when ${quoted(text)}\n}\n`,
      );
    }
  const right = shop.path('right');
  mkdirSync(right, { recursive: true });
  const rules = IN_LINES.map(
    (text, i) =>
      `rule r${i} ${quoted(text)} { # ${text}\n when message:${quoted(`word ${text}`)}\n alert count > 1 within 5m\n}\n`,
  );
  writeFileSync(join(right, 'r\u001b[2J\n\u202e.rule'), rules.join(''));
  await use(wrong);
  await use(right);
}

test.each(Object.keys(walks))('%s shows hostile texts, and none acts', async (name) => {
  await walks[name]!();
});

test('an error in the configuration shows hostile keys and values, and none acts', async () => {
  for (const [i, text] of HOSTILE_TEXTS.entries()) {
    if (text.length > 1_000) continue;
    const key = JSON.stringify(text);
    shop.write(
      `wrong${i}.yaml`,
      `language: ${key}\n${key}: 1\nsources: { ${key}: { file: { path: ${key} }, ${key}: ${key} } }\n`,
    );
    expect((await inert(['check'], { config: `wrong${i}.yaml` })).code).not.toBe(0);
  }
});

test('options and names of commands that do not exist are shown, and none acts', async () => {
  for (const text of IN_LINES) {
    await inert(['alerts', `--${text}`]);
    await inert(['search', 'x', '--since', `x${text}`]);
    await inert(['alerts', '--limit', `x${text}`]);
  }
});

test('every command is among them', async () => {
  const { out } = await call(['--help']);
  const names = [...out.matchAll(/^ {2}([a-z]+) (?!\|)/gmu)].map(([, name]) => name!);
  expect(Object.keys(walks).sort()).toEqual(names.filter((name) => name !== 'help').sort());
});
