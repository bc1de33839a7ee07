import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from './program.ts';

let cwd: string;
let rules: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-rules-'));
  rules = join(cwd, 'rules');
  mkdirSync(rules);
  writeFileSync(
    join(cwd, 'tocsin.yaml'),
    'sources: { orders: { file: { path: "*.log" } } }\nfields: { service: { type: keyword }, message: { type: text } }\nchannels: { terminal: {} }\nroutes: [{ to: [terminal] }]\n',
  );
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

async function call(args: readonly string[], input = '') {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const shown = Promise.all([text(stdout), text(stderr)]);
  const terminal = { env: {}, stdin: Readable.from([Buffer.from(input)]), stdout, stderr };
  const code = await runCommand([...args, '--config', join(cwd, 'tocsin.yaml')], terminal);
  stdout.end();
  stderr.end();
  const [out, err] = await shown;
  return { code, out, err };
}

const write = (name: string, body: string): string => {
  const file = join(rules, name);
  writeFileSync(file, body);
  return file;
};

const UNTIDY = 'rule a { # why\n when   "x"   alert count>=2 within 5m }\n';
const TIDY = 'rule a { # why\n  when "x"\n  alert count >= 2 within 5m\n}\n';

describe('fmt', () => {
  it('writes the files of the configured folder in their layout, once', async () => {
    const file = write('a.rule', UNTIDY);
    expect(await call(['fmt'])).toEqual({ code: 0, out: '', err: '1 file, 1 changed\n' });
    expect(readFileSync(file, 'utf8')).toBe(TIDY);
    expect(await call(['fmt'])).toEqual({ code: 0, out: '', err: '1 file, 0 changed\n' });
  });

  it('with --check names what would change, exits with 1 and writes nothing; with --diff shows it', async () => {
    const file = write('a.rule', UNTIDY);
    write('b.rule', TIDY);
    expect(await call(['fmt', '--check', rules])).toEqual({
      code: 1,
      out: `${file}\n`,
      err: '2 files, 1 would change\n',
    });
    const shown = await call(['fmt', '--diff', file]);
    expect(shown.code).toBe(0);
    expect(shown.out).toContain(`--- ${file}\n+++ ${file}\n@@ -1,2 +1,4 @@\n rule a { # why\n- when   "x"`);
    expect(readFileSync(file, 'utf8')).toBe(UNTIDY);
  });

  it('leaves a file with an error alone, formats the others and exits with 2', async () => {
    const broken = write('a.rule', UNTIDY.replace('}', ''));
    const file = write('b.rule', UNTIDY);
    const latin = join(rules, 'c.rule');
    writeFileSync(latin, Buffer.from([0x23, 0xe9, 0x0a]));
    const { code, out, err } = await call(['fmt']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/a\.rule:2:\d+: error TOC102:[^]*c\.rule:1:1: error TOC122/u);
    expect(err).toContain('3 files, 1 changed; 2 files with errors left alone\n');
    expect(readFileSync(broken, 'utf8')).toBe(UNTIDY.replace('}', ''));
    expect(readFileSync(file, 'utf8')).toBe(TIDY);
  });

  it('is a filter with -, and needs no configuration', async () => {
    rmSync(join(cwd, 'tocsin.yaml'));
    expect(await call(['fmt', '-'], UNTIDY)).toEqual({ code: 0, out: TIDY, err: '' });
    expect((await call(['fmt', '-', '--check'], UNTIDY)).code).toBe(1);
    const broken = await call(['fmt', '-'], 'rule {');
    expect([broken.code, broken.out]).toEqual([2, '']);
    expect(broken.err).toContain('standard input:1:6: error');
    expect((await call(['fmt', join(rules, 'none.rule')])).code).toBe(3);
  });
});

describe('lint', () => {
  it('advises with exit code 1, in every format, and finds errors with exit code 2', async () => {
    const file = write('a.rule', TIDY.replace('"x"', 'message:x'));
    const shown = await call(['lint']);
    expect([shown.code, shown.err]).toEqual([1, '2 warnings in 1 file\n']);
    expect(shown.out).toMatch(/a\.rule:1:6: warning TOC303: [^]*warning TOC306: /u);
    const json = await call(['lint', '--json', file]);
    expect(json.code).toBe(1);
    expect(
      json.out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ code: 'TOC303', severity: 'warning', file, line: 1, column: 6 }, { code: 'TOC306' }]);
    write('b.rule', 'rule b { when mesage:x alert count > 1 within 5m }');
    expect((await call(['lint', '--format', 'github'])).code).toBe(2);
  });

  it('reads the runbooks of the rules folder, also for a file named alone', async () => {
    const file = write('a.rule', TIDY.replace('alert', 'runbook "a.md"\n  alert'));
    expect((await call(['lint', file])).out).toContain('TOC301');
    write('a.md', '# A\nwall of text\n');
    expect((await call(['lint', file])).out).toContain('TOC305');
    write('a.md', '# A\n## Restore\nsteps\n');
    expect((await call(['lint', file])).out).not.toMatch(/TOC30[15]/u);
  });
});

describe('lint of a runbook', () => {
  it('names a placeholder for what no line of the rule\u2019s source has', async () => {
    const sources =
      'shop: { file: { path: "*.log" }, decode: { dissect: "%{level} %{message}" } }, orders: { file: { path: "o.json" } }';
    const file = join(cwd, 'tocsin.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('orders: { file: { path: "*.log" } }', sources));
    mkdirSync(join(rules, 'runbooks'));
    writeFileSync(join(rules, 'runbooks', 'a.md'), '# A\n\n## First\n\nRestart {{service}}: {{message}}\n');
    const rule = (name: string, source: string): string =>
      `rule ${name} { owner o\n from ${source}\n when "x y"\n alert count >= 2 within 5m\n runbook "runbooks/a.md"\n test "t" { at 0s { message: "x y" } expect nothing }\n}\n`;
    write('a.rule', rule('a', 'shop') + rule('b', 'orders'));
    const { code, out } = await call(['lint']);
    expect(code).toBe(1);
    expect(out.match(/warning/gu)).toHaveLength(1);
    expect(out).toMatch(/a\.rule:5:\d+: warning TOC316: `\{\{service\}\}` in the runbook `runbooks\/a\.md`/u);
  });
});

describe('shared lets', () => {
  const LETS = 'let slow = message:slow\n';
  const RULE = 'rule a {\n  alert count(slow) >= 2 within 5m\n}\n';
  const TESTED = RULE.replace(
    '\n}',
    '\n  test "two" {\n    at 0s x 2 every 1s { message: slow }\n    expect fire at 1s\n  }\n}',
  );

  it.each([
    ['check', 0],
    ['lint', 1],
    ['explain', 0],
    ['test', 0],
    ['fmt', 0],
  ])('are known to %s, for the folder and for a file in it', async (command, code) => {
    write('lets.rule', LETS);
    mkdirSync(join(rules, 'team'));
    const file = write('team/a.rule', TESTED);
    const folder = await call(command === 'explain' ? ['explain', 'a'] : [command]);
    const named = await call([command, file]);
    expect([folder.code, named.code], folder.out + folder.err + named.out + named.err).toEqual([code, code]);
    expect(folder.out + named.out).not.toMatch(/TOC[12]|TOC317/u);
    if (command === 'explain') expect(named.out).toContain('  shared, from: ');
  });

  it('a wrong one is shown where it stands, with the rule that uses it', async () => {
    write('lets.rule', LETS.replace('message', 'mesage'));
    const file = write('a.rule', RULE);
    for (const args of [['check'], ['check', file], ['lint', file], ['explain', 'a'], ['test', file]]) {
      const { code, out, err } = await call(args);
      expect(code).toBe(2);
      expect(out + err).toMatch(/rules\/lets\.rule:1:12|lets\.rule:1:12/u);
      expect(out + err).toMatch(/used by `a` in (?:rules\/|\S*\/)?a\.rule:1/u);
    }
  });
});

describe('explain', () => {
  it('tells of a rule by its name or file, with a link where Kibana is configured', async () => {
    const file = write('a.rule', TIDY);
    const shown = await call(['explain', 'a']);
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(shown.out).toMatch(
      /^a: alert count >= 2 within 5m\n\nFires when [^]*words: x → x\n[^]*KQL: "x"\n/u,
    );
    expect(shown.out).not.toContain('Kibana:');
    const config = join(cwd, 'tocsin.yaml');
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}kibana: { url: "https://k.example" }\nlanguage: zh\n`,
    );
    const json = await call(['explain', file, '--json']);
    const { prose, conditions } = JSON.parse(json.out) as { prose: string; conditions: { kibana: string }[] };
    expect(prose).toMatch(/\p{Script=Han}/u);
    expect(conditions[0]!.kibana).toMatch(/^https:\/\/k\.example\/app\/r\?.*now-24h/u);
  });

  it('names the nearest rule where there is none of that name, and the errors where a rule is invalid', async () => {
    write('a.rule', TIDY.replace('rule a', 'rule order_stuck'));
    const wrong = await call(['explain', 'order_stick']);
    expect([wrong.code, wrong.out]).toEqual([3, '']);
    expect(wrong.err).toContain('fix: did you mean `order_stuck`?');
    write('b.rule', 'rule b {');
    const invalid = await call(['explain', 'order_stuck']);
    expect([invalid.code, invalid.out]).toEqual([2, '']);
    expect(invalid.err).toContain('b.rule:1:');
  });
});
