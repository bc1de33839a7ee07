import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from './program.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-encoding-'));
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(
    join(cwd, 'tocsin.yaml'),
    'sources: { orders: { file: { path: "*.log" } } }\nfields: { service: { type: keyword }, message: { type: text } }\nchannels: { terminal: {} }\nroutes: [{ to: [terminal] }]\n',
  );
  writeFileSync(join(cwd, 'orders.log'), '{"message":"支付失败"}\n');
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

async function call(args: readonly string[], input: Uint8Array = Buffer.alloc(0)) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const shown = Promise.all([text(stdout), text(stderr)]);
  const terminal = { env: {}, stdin: Readable.from([Buffer.from(input)]), stdout, stderr };
  const code = await runCommand([...args, '--config', join(cwd, 'tocsin.yaml')], terminal);
  stdout.end();
  stderr.end();
  return { code, shown: (await shown).join('') };
}

/** 支付失败 in GBK, in a rule that is right in every other way. */
const gbk = Buffer.concat([
  Buffer.from('rule pay_failed {\n  severity low\n  when message:"'),
  Buffer.from([0xd6, 0xa7, 0xb8, 0xb6, 0xca, 0xa7, 0xb0, 0xdc]),
  Buffer.from('"\n  alert count >= 1 within 5m\n  test "t" { at 0s { message: a }\n expect nothing }\n}\n'),
]);
const tooLarge = Buffer.from(
  `${gbk.toString('latin1').replace(/[^\n -~]/gu, 'x')}${'# x\n'.repeat(1_200_000)}`,
);

describe.each(['check', 'lint', 'test', 'explain', 'fmt', 'backtest'])('%s', (tool) => {
  const read = (file: string) =>
    call([tool, file, ...(tool === 'backtest' ? ['--input', join(cwd, 'orders.log')] : [])]);

  it.each([
    ['of the rules folder', 'rules'],
    ['outside of it', '.'],
  ])('refuses a file %s that is not UTF-8, and one that is too large', async (_, folder) => {
    const file = join(cwd, folder, 'pay.rule');
    writeFileSync(file, gbk);
    const refused = await read(file);
    expect(refused.code).toBe(2);
    expect(refused.shown).toMatch(
      /pay\.rule:3:1: error TOC122: the file is not UTF-8 text[^]*save it as UTF-8/u,
    );
    writeFileSync(file, tooLarge);
    const long = await read(file);
    expect(long.code).toBe(2);
    expect(long.shown).toContain('pay.rule:1:1: error TOC120: the file is too large');
  });
});

it('fmt refuses standard input that is not UTF-8', async () => {
  const { code, shown } = await call(['fmt', '-'], gbk);
  expect(code).toBe(2);
  expect(shown).toContain('standard input:3:1: error TOC122');
});

it('a list of expected groups that is not UTF-8 is an error of the rule that names it', async () => {
  writeFileSync(join(cwd, 'rules', 'services.txt'), Buffer.from([0xd6, 0xa7, 0xb8, 0xb6, 0x0a]));
  writeFileSync(
    join(cwd, 'rules', 'a.rule'),
    'rule a {\n  when message:*\n  alert nothing for 1h by service expected service in "services.txt"\n}\n',
  );
  const { code, shown } = await call(['check']);
  expect(code).toBe(2);
  expect(shown).toMatch(/a\.rule:3:\d+: error TOC231: `services.txt` is not UTF-8 text/u);
});
