import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tocsin } from '../../test/support/tocsin.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-cli-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('the command line', () => {
  it('tells its version and what it can do', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const [shown, help] = await Promise.all([tocsin(['--version']), tocsin(['--help'])]);
    expect(shown).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/\brun\b[^]*\bbacktest\b[^]*\bsearch\b[^]*\binit\b/u);
  });

  it('refuses what it does not know, with exit code 3 and the nearest command', async () => {
    const { code, stdout, stderr } = await tocsin(['serch']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('Did you mean search?');
  });

  it('names the variable that is not set and keeps silent about those that are', async () => {
    const channels =
      'channels: { slack: { token: "${A_TOKEN}" }, email: { smtp: "${B_TOKEN}", from: a@b } }\n';
    writeFileSync(join(cwd, 'tocsin.yaml'), `sources: { orders: { stdin: {} } }\n${channels}`);
    const { code, stderr } = await tocsin(['run'], { cwd, env: { B_TOKEN: 'hush' } });
    expect(code).toBe(3);
    expect(stderr).toContain('the environment variable A_TOKEN is not set');
    expect(stderr).not.toContain('hush');
  });
});

describe('init', () => {
  it('is offered by run where there is no configuration', async () => {
    const { code, stderr } = await tocsin(['run'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/there is no such configuration file\n {2}fix: `tocsin init`/u);
  });

  it('writes a configuration once, and never over one', async () => {
    const first = await tocsin(['init', '--lang', 'zh'], { cwd });
    expect(first.code).toBe(0);
    const text = readFileSync(join(cwd, 'tocsin.yaml'), 'utf8');
    expect(text).toContain('language: zh');
    const [, schema] = /^# yaml-language-server: \$schema=(file:\S+)$/mu.exec(text)!;
    expect(JSON.parse(readFileSync(new URL(schema!), 'utf8'))).toMatchObject({ title: 'tocsin.yaml' });
    const second = await tocsin(['init'], { cwd });
    expect(second.code).toBe(3);
    expect(second.stderr).toContain('is there already');
    expect(readFileSync(join(cwd, 'tocsin.yaml'), 'utf8')).toBe(text);
  });
});

describe('analyze', () => {
  it('answers a line of NDJSON with a line, U+2028 within a text included', async () => {
    const input = ['order:42 order_timeout', 'a\u2028b', '']
      .map((text) => JSON.stringify({ text }))
      .join('\n');
    const { code, stdout, stderr } = await tocsin(['analyze', '--json'], { cwd, input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { tokens: ['order', '42', 'order_timeout'], positions: [0, 1, 2] },
      { tokens: ['a', 'b'], positions: [0, 1] },
      { tokens: [], positions: [] },
    ]);
  });

  it('shows the tokens of its arguments, and names the line that it cannot read', async () => {
    const shown = await tocsin(['analyze', 'payment-gateway timeout', '支付成功'], { cwd });
    expect(shown.stdout).toBe('payment | gateway | timeout\n支 | 付 | 成 | 功\n');
    const wrong = await tocsin(['analyze', '--json'], { cwd, input: '{"text":"a"}\n{"txt":"b"}\n' });
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain('line 2 of standard input is not {"text":"…"}');
  });
});
