/** `tocsin init --from`: the files that it looks at, and those that it writes. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { tocsin, type Ended } from '../../test/support/tocsin.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-init-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<Ended> => tocsin(args, { cwd, env: { TZ: 'UTC' } });

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(join(cwd, file, '..'), { recursive: true });
  writeFileSync(join(cwd, file), content);
}

const line = (level: string, more = {}): string =>
  `${JSON.stringify({ '@timestamp': '2026-11-27T11:10:05.123Z', level, message: 'order 7 synced', ...more })}\n`;

/** The paths of the sources that were written, by name. */
const sources = (): Record<string, unknown> => {
  const { sources: written } = parse(readFileSync(join(cwd, 'tocsin.yaml'), 'utf8')) as {
    sources: Record<string, { file: { path: unknown } }>;
  };
  return Object.fromEntries(Object.entries(written).map(([name, { file }]) => [name, file.path]));
};

test('files that rotation made of one log are one source, and every log has a name of its own', async () => {
  write('logs/app.log', line('INFO'));
  write('logs/app.log.1', line('INFO'));
  write('logs/app.log.2.gz', gzipSync(line('INFO')));
  for (const day of ['2026-11-25', '2026-11-26']) write(`logs/pay-${day}.log`, line('INFO'));
  write('logs/pods/cart/0.log', line('INFO'));
  write('logs/pods/stock/0.log', line('INFO'));
  write('logs/单.log', line('INFO'));
  write('logs/.hidden', line('INFO'));
  write('logs/cart-2026-11-26.log', line('INFO'));
  write('logs/odd[1] {a}.log', line('INFO'));
  const { code, stderr } = await run('init', '--from', 'logs');
  expect([code, stderr]).toEqual([0, expect.stringContaining('wrote tocsin.yaml and rules/first.rule')]);
  expect(sources()).toEqual({
    app: 'logs/app.log',
    pay: 'logs/pay-*.log',
    cart_0: 'logs/pods/cart/0.log',
    stock_0: 'logs/pods/stock/0.log',
    logs__: 'logs/单.log',
    cart: 'logs/cart-*.log',
    odd_1_a_: 'logs/odd?1? ?a?.log',
  });
  expect((await run('check')).code).toBe(0);
});

test('files that are no logs are passed over, with the reason', async () => {
  write('logs/app.log', line('INFO'));
  write(
    'logs/image.png',
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]),
  );
  write('logs/new.log', '');
  const { code, stderr } = await run('init', '--from', 'logs');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^logs\/image\.png {2}passed over: it is no text$/mu);
  expect(stderr).toMatch(/^logs\/new\.log {2}passed over: it is empty$/mu);
  expect(Object.keys(sources())).toEqual(['app']);
});

test('fields that two logs have with different types are of a type that fits both', async () => {
  write('a.log', line('INFO', { took: 5, only_a: 1.5, ref: 1 }));
  write('b.log', line('INFO', { took: 2.5, ref: 'x' }));
  await run('init', '--from', 'a.log', 'b.log');
  const { fields } = parse(readFileSync(join(cwd, 'tocsin.yaml'), 'utf8')) as {
    fields: Record<string, { type: string }>;
  };
  expect(Object.entries(fields).map(([name, { type }]) => [name, type])).toEqual([
    ['level', 'keyword'],
    ['message', 'text'],
    ['took', 'double'],
    ['only_a', 'double'],
    ['ref', 'keyword'],
  ]);
});

test.each([
  [
    'errors of a service',
    line('ERROR', { service: 'shop' }).repeat(9),
    'level:(ERROR OR FATAL)',
    '5 within 5m by service',
  ],
  ['one error', line('INFO') + line('FATAL'), 'level:(ERROR OR FATAL)', '1 within 5m\n'],
  ['levels, and no error yet', line('INFO'), 'level:(ERROR OR FATAL)', '5 within 5m\n'],
  [
    'requests',
    '10.0.0.1 - - [27/Nov/2026:11:10:05 +0800] "GET /a HTTP/1.1" 502 12 "-" "curl"\n'.repeat(3),
    'status:5*',
    '3 within 5m\n',
  ],
  [
    'words alone',
    '2026-11-27 11:10:05 the sync failed\n'.repeat(2),
    'message:("error" OR "exception" OR "failed")',
    '2 within 5m\n',
  ],
])('the first rule fits: %s', async (_name, text, condition, alert) => {
  write('app.log', text);
  expect((await run('init', '--from', 'app.log')).code).toBe(0);
  const rule = readFileSync(join(cwd, 'rules/first.rule'), 'utf8');
  expect(rule).toContain(`  when     ${condition}\n`);
  expect(rule).toContain(`  alert    count >= ${alert}`);
  expect((await run('check')).code).toBe(0);
  expect((await run('test')).code).toBe(0);
  const past = await run('backtest', '--input', 'app.log', '--json');
  const { summary } = JSON.parse(past.stdout.trimEnd().split('\n').at(-1)!) as {
    summary: { alerts: number };
  };
  expect(summary.alerts).toBe(text.includes('INFO') && !text.includes('FATAL') ? 0 : 1);
});

test('comments are in the language of the messages', async () => {
  write('app.log', '2026-11-27 11:10:05 ERROR failed\n');
  expect((await run('init', '--from', 'app.log', '--lang', 'zh')).code).toBe(0);
  const text = readFileSync(join(cwd, 'tocsin.yaml'), 'utf8');
  expect(text).toContain('  # 已查看 1 行，其中 100.0 % 可完整解析。\n  # 日志中的时间没有时区');
  expect((await run('check')).code).toBe(0);
});

test('an encoding other than UTF-8 is said, and written', async () => {
  write('app.log', Buffer.from(`\ufeff${line('ERROR')}`, 'utf16le'));
  const { code, stderr } = await run('init', '--from', 'app.log');
  expect(code).toBe(0);
  expect(stderr).toContain('it is written in utf-16le');
  expect(readFileSync(join(cwd, 'tocsin.yaml'), 'utf8')).toContain('encoding: utf-16le');
});

test('nothing that is there is written over', async () => {
  write('app.log', line('ERROR'));
  write('rules/first.rule', '# mine\n');
  const first = await run('init', '--from', 'app.log');
  expect([first.code, first.stderr]).toEqual([
    0,
    expect.stringContaining('rules/first.rule is there already'),
  ]);
  expect(readFileSync(join(cwd, 'rules/first.rule'), 'utf8')).toBe('# mine\n');
  const text = readFileSync(join(cwd, 'tocsin.yaml'), 'utf8');
  const second = await run('init', '--from', 'app.log');
  expect([second.code, second.stderr]).toEqual([3, expect.stringContaining('is there already')]);
  expect(readFileSync(join(cwd, 'tocsin.yaml'), 'utf8')).toBe(text);
});

test.each([
  [['none.log'], 'none.log cannot be read: ENOENT'],
  [['empty'], 'there is no file in'],
  [['empty.log'], 'it is empty'],
])('refuses %j and writes nothing', async (paths, message) => {
  mkdirSync(join(cwd, 'empty'));
  write('empty.log', '');
  const { code, stderr } = await run('init', '--from', ...paths);
  expect([code, stderr]).toEqual([3, expect.stringContaining(message)]);
  expect(readdirSync(cwd).toSorted()).toEqual(['empty', 'empty.log']);
});
