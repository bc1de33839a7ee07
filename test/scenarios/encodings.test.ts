/** Logs in other encodings than UTF-8: rules match their words, search finds them, and a wrong `encoding` is told of. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { ENCODED_LOGS, messageOf, openEncodedFolder, type EncodedFolder } from '../support/encoded-logs.ts';
import { startTocsin, until, type TocsinProcess } from '../support/tocsin-process.ts';
import { spawnTocsin, tocsin } from '../support/tocsin.ts';

const LINES = 40;
let folder: EncodedFolder;
let running: TocsinProcess | undefined;

beforeEach(() => {
  folder = openEncodedFolder('{ sqlite: {} }', LINES);
});
afterEach(async () => {
  await running?.end('SIGKILL');
  folder.close();
});

const LOGS = ENCODED_LOGS.map((log) => ({ log, rule: `of_${log.name}` }));

async function found(condition: string): Promise<readonly string[]> {
  const args = ['search', condition, '--json', '--limit', '10000'];
  const { code, stdout, stderr } = await tocsin(args, { cwd: folder.dir });
  if (stderr.includes('there is no archive')) return [];
  if (code !== 0) throw new Error(stderr);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map(
    (line) => (JSON.parse((JSON.parse(line) as { line: string }).line) as { message: string }).message,
  );
}

test('words of every encoding match and are found, over growth by half characters and a SIGKILL', async () => {
  const { dir } = folder;
  const bytes = new Map(ENCODED_LOGS.map((log) => [log, folder.bytesOf(log, 0, LINES)]));
  const cuts = [0.31, 0.52, 0.77, 1];
  let from = new Map(ENCODED_LOGS.map((log) => [log, 0]));
  const grow = (share: number): void => {
    for (const [log, all] of bytes) {
      const to = share === 1 ? all.length : Math.floor(all.length * share) | 1;
      folder.append(log, all.subarray(from.get(log), to));
      from = new Map([...from, [log, to]]);
    }
  };
  grow(cuts[0]!);
  running = startTocsin(['run'], dir);
  await until(
    async () => (await found('message:no10')).length === ENCODED_LOGS.length,
    60_000,
    () => running!.stderr(),
  );
  grow(cuts[1]!);
  await running.end('SIGKILL');
  grow(cuts[2]!);
  const run = (running = startTocsin(['run'], dir));
  grow(cuts[3]!);
  const everyRule = (): boolean => LOGS.every(({ rule }) => run.stdout().includes(`(${rule})`));
  await until(everyRule, 60_000, () => run.stdout() + run.stderr());
  for (const { log } of LOGS) {
    const all = Array.from({ length: LINES }, (_, i) => messageOf(log, i));
    const condition = `message:"${log.words}" AND service:${log.name}`;
    await until(
      async () => (await found(condition)).length >= LINES,
      30_000,
      () => condition,
    );
    expect([...(await found(condition))].sort()).toEqual(all.sort());
  }
  expect(run.stdout()).toContain(messageOf(ENCODED_LOGS[0]!, 0));
  expect(await run.end('SIGTERM')).toBe(0);
}, 240_000);

test('a backtest reads the same words of files, compressed files and standard input', async () => {
  const { dir } = folder;
  for (const { log, rule } of LOGS) {
    const bytes = folder.bytesOf(log, 0, LINES);
    writeFileSync(join(dir, `${log.name}.gz`), gzipSync(bytes));
    writeFileSync(join(dir, `${log.name}.log`), bytes);
    for (const file of [`${log.name}.log`, `${log.name}.gz`]) {
      const { code, stdout, stderr } = await tocsin(['backtest', '--json', '-i', `${log.name}=${file}`], {
        cwd: dir,
      });
      const [alert, last] = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, object>);
      expect([code, alert, last?.['summary']]).toMatchObject([
        0,
        { rule, count: LINES },
        { events: LINES, alerts: 1, undecodable: 0 },
      ]);
      expect(stderr).not.toContain('encoding');
    }
  }
}, 240_000);

test('standard input of another encoding is read as one says, and what does not fit is told of', async () => {
  const { dir } = folder;
  const [gbk] = ENCODED_LOGS;
  const yaml = join(dir, 'tocsin.yaml');
  writeFileSync(
    yaml,
    readFileSync(yaml, 'utf8').replace(
      /sources:\n[^]*(?=archive:)/u,
      'sources: { gbk: { stdin: {}, encoding: gbk } }\n',
    ),
  );
  writeFileSync(
    join(dir, 'rules', 'all.rule'),
    `rule of_gbk { when message:"${gbk!.words}" alert count >= ${LINES} within 1h by service }\n`,
  );
  const child = spawnTocsin(['run'], { cwd: dir, env: { NO_COLOR: '1' } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
  child.stderr.resume();
  const bytes = folder.bytesOf(gbk!, 0, LINES);
  for (let at = 0; at < bytes.length; at += 333) child.stdin.write(bytes.subarray(at, at + 333));
  // UTF-8 is not GBK.
  child.stdin.write(Array.from({ length: 30 }, (_, i) => `{"message":"支付失败了 ${i}"}\n`).join(''));
  const told = /30 lines of gbk held bytes that are not of its encoding.*they look like `encoding: utf-8`/u;
  const alerts = async (): Promise<string> => (await tocsin(['alerts'], { cwd: dir })).stdout;
  await until(
    async () => told.test(await alerts()),
    60_000,
    () => out,
  );
  child.stdin.end();
  await new Promise((resolve) => child.once('close', resolve));
  expect(out).toContain('(of_gbk)');
  expect(out).toContain(messageOf(gbk!, 0));
}, 120_000);
