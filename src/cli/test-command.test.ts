import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCommand } from './program.ts';

let cwd: string;

async function tocsin(...args: readonly string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const written = Promise.all([text(stdout), text(stderr)]);
  const config = ['--config', join(cwd, 'tocsin.yaml')];
  const code = await runCommand([...args, ...config], { env: {}, stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  return { code, stdout: out, stderr: err };
}

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-test-command-'));
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(join(cwd, 'tocsin.yaml'), readFileSync('tocsin.yaml', 'utf8'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const rule = (expected: string): void => {
  writeFileSync(
    join(cwd, 'rules', 'a.rule'),
    `rule lost {
  when "order_lost"
  alert count >= 2 within 5m by service
  test "two & <three>" {
    at 0s x 2 every 10s { message: "order_lost", service: pay }
    ${expected}
  }
}
rule untested { when "x" alert count >= 1 within 1m }
`,
  );
};

it('says that all is well with 0, and names rules without a test', async () => {
  rule('expect fire at 10s { service: pay }');
  const { code, stdout, stderr } = await tocsin('test');
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: '1 test: all passed; without a test: untested\n',
  });
});

it('draws the timeline of a failure and ends with 1', async () => {
  rule('expect fire at 20s');
  const { code, stdout, stderr } = await tocsin('test', '--junit', join(cwd, 'report.xml'));
  expect(code).toBe(1);
  expect(stdout).toBe(`failed  lost  "two & <three>"  a.rule:4
  expected a firing at 20s  (line 6)
  what happened, with alert count >= 2 within 5m by service:
     0s  {"message":"order_lost","service":"pay"}  → [pay] count = 1
    10s  {"message":"order_lost","service":"pay"}  → [pay] count = 2
    10s  fires [pay] (count 2)
    10m  resolves: quiet [pay]

`);
  expect(stderr).toBe('1 test: 1 failed; without a test: untested\n');
  const report = readFileSync(join(cwd, 'report.xml'), 'utf8');
  expect(report).toContain('<testsuites name="tocsin test" tests="1" failures="1"');
  expect(report).toContain('name="two &amp; &lt;three&gt;" file="a.rule" line="4"');
  expect(report).toContain('<failure message="expected a firing at 20s">');
});

it('prints NDJSON alone on standard output', async () => {
  rule('expect nothing');
  const { code, stdout, stderr } = await tocsin('test', '--json', join(cwd, 'rules', 'a.rule'));
  const [line, last] = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(line).toMatchObject({
    rule: 'lost',
    test: 'two & <three>',
    passed: false,
    unmet: [{ line: 6, expected: 'nothing to fire' }],
    episodes: [{ state: 'resolved', firedAt: '2000-01-01T00:00:10.000Z' }],
  });
  expect(last).toEqual({ summary: { tests: 1, passed: 0, failed: 1, untested: ['untested'] } });
});

it('ends with 2 on a rule that is wrong, with 3 on a file that is not there', async () => {
  rule('expect fir');
  const wrong = await tocsin('test');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('a.rule:6');
  const missing = await tocsin('test', join(cwd, 'nowhere.rule'));
  expect(missing.code).toBe(3);
});

it('shows the firing however many lines stand before and after it', async () => {
  writeFileSync(
    join(cwd, 'rules', 'a.rule'),
    `rule slow {
  when "order_slow"
  alert count >= 60 within 5m by service
  for 20s
  test "held" {
    at 0s x 240 every 1s { message: "order_slow", service: pay }
    expect fire at 1m20s
  }
}
`,
  );
  const { code, stdout } = await tocsin('test');
  expect(code).toBe(1);
  expect(stdout).not.toContain('nothing fired');
  const rows = stdout.split('\n').filter((line) => /→|fires|resolves|more/u.test(line));
  expect(rows.length).toBeLessThanOrEqual(45);
  const fires = rows.findIndex((row) => row.includes('1m19s  fires [pay]'));
  // What made it fire stands before it, what was left out on both sides is counted.
  expect(rows[fires - 1]).toContain('count = 80');
  const gaps = rows.flatMap((row) => /^ *… (\d+) more …$/u.exec(row)?.[1] ?? []).map(Number);
  expect(gaps).toHaveLength(2);
  const events = rows.filter((row) => row.includes('→')).length;
  expect(gaps.reduce((sum, each) => sum + each, events)).toBe(240);
  expect(rows.at(-1)).toContain('resolves');
});

it('says that nothing fired where nothing did', async () => {
  rule('expect fire at 20s');
  const file = join(cwd, 'rules', 'a.rule');
  writeFileSync(file, readFileSync(file, 'utf8').replace('count >= 2', 'count >= 3'));
  expect((await tocsin('test')).stdout).toContain('nothing fired');
});
