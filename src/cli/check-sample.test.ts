/** `tocsin check --sample` on files as they lie there. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rightClock } from '../../test/support/clock.ts';
import { runCommand } from './program.ts';

const CLOCK = rightClock();

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-sample-'));
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(join(cwd, 'rules', 'a.rule'), 'rule boom { when "boom" alert count >= 3 within 1m }\n');
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

async function check(sources: string, ...flags: readonly string[]) {
  writeFileSync(
    join(cwd, 'tocsin.yaml'),
    `data_dir: ./data\nsources:\n${sources}\nchannels: { terminal: {} }\nroutes: [{ to: [terminal] }]\n`,
  );
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const written = Promise.all([text(stdout), text(stderr)]);
  const args = ['check', '--sample', ...flags, '--config', join(cwd, 'tocsin.yaml')];
  const code = await runCommand(args, { env: {}, stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  return { code, out, err };
}

const source = (name: string, more = ''): string =>
  `  ${name}: { file: { path: 'logs/${name}*.log*' }${more} }`;
const line = (ms: number, message: string): string =>
  `${JSON.stringify({ '@timestamp': new Date(ms).toISOString(), message })}\n`;

function log(name: string, content: string | Uint8Array, ageMs = 0): void {
  mkdirSync(join(cwd, 'logs'), { recursive: true });
  writeFileSync(join(cwd, 'logs', name), content);
  const seconds = (CLOCK.nowMs() - ageMs) / 1_000;
  utimesSync(join(cwd, 'logs', name), seconds, seconds);
}

test('sources that are read well pass, and those without lines say so', async () => {
  log('good.log', Array.from({ length: 10 }, () => line(CLOCK.nowMs(), 'fine')).join(''));
  log('empty.log', '');
  const sources = [source('good'), source('empty'), source('none'), '  in: { stdin: {} }'].join('\n');
  const { code, out, err } = await check(sources);
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err).toMatch(/^good: 10 lines of .*good\.log: all read$/mu);
  expect(err).toMatch(/^empty: no lines yet/mu);
  expect(err).toMatch(/^none: no lines yet/mu);
  expect(err).toMatch(/^in: skipped, standard input/mu);
  // Nothing was written beside the configuration.
  expect(readdirSync(cwd).sort()).toEqual(['logs', 'rules', 'tocsin.yaml']);
});

test('only the end of the newest files counts, without the line that is still written', async () => {
  const bad = 'garbled\n'.repeat(5_000);
  const good = Array.from({ length: 4_000 }, (_, i) => line(CLOCK.nowMs() - 4_000 + i, 'x'.repeat(100))).join(
    '',
  );
  log('a.log', `${bad}${good}half a li`);
  const { code, err } = await check(source('a'));
  expect(err).toMatch(/^a: 1000 lines of .*a\.log: all read$/mu);
  expect(code).toBe(0);
  log('a.log', `${good}${bad}`);
  expect((await check(source('a'))).code).toBe(2);
  for (let i = 0; i < 5; i += 1) log(`a-${i}.log`, line(CLOCK.nowMs(), 'newer'));
  log('a.log', bad, 60_000);
  expect((await check(source('a'))).code).toBe(0);
  // One line that has no end yet is all that there is.
  rmSync(join(cwd, 'logs'), { recursive: true });
  log('a.log', line(CLOCK.nowMs(), 'alone').trim());
  expect((await check(source('a'))).err).toMatch(/^a: 1 line of/mu);
});

test('each fault stands at its key, with cause, line and fix, and the command fails', async () => {
  log('odd.log', `${JSON.stringify({ time: new Date(CLOCK.nowMs()).toISOString() })}\n`.repeat(9));
  const { code, out, err } = await check(`${source('odd', ', decode: json')}\n`);
  expect(code).toBe(2);
  expect(err).toContain('odd: 9 lines of');
  expect(err).toContain('1 error in 1 file');
  expect(out).toMatch(/tocsin\.yaml:3:3: error TOC404: `odd`: 9 of 9 lines are without a time/u);
  expect(out).toContain('write `timestamp: { field: time }`');
  const json = await check(source('odd'), '--json');
  const rows = json.out
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row) as Record<string, unknown>);
  expect(rows).toMatchObject([
    { sample: { source: 'odd', lines: 9, counts: { lines_untimed: 9 }, of: [join(cwd, 'logs', 'odd.log')] } },
    { code: 'TOC404', severity: 'error', line: 3, column: 3 },
  ]);
});

test('events of several lines are looked at whole', async () => {
  const event = (): string =>
    `${new Date(CLOCK.nowMs()).toISOString()} ERROR boom\n\tat shop.Order\n\n\tat shop.Main\n`;
  log('java.log', Array.from({ length: 2_000 }, event).join(''));
  const decode =
    "decode: [{ regex: '^(?<time>\\S+) (?<level>\\S+) (?<message>[\\s\\S]*)$' }], timestamp: { field: time }";
  const joined = await check(source('java', `, ${decode}, multiline: { start: '^\\d{4}-' }`));
  expect(joined.err).toMatch(/^java: \d+ lines of .*: all read$/mu);
  expect(joined.code).toBe(0);
  const alone = await check(source('java', `, ${decode}`));
  expect(alone).toMatchObject({ code: 2 });
  expect(alone.out).toContain('multiline: { start: PATTERN }');
});

test('files that cannot be looked at are named', async () => {
  log('packed.log.gz', gzipSync(line(CLOCK.nowMs(), 'x')));
  expect((await check(source('packed'))).err).toMatch(/^packed: skipped, all of its files are compressed/mu);
  const kafka = await check("  k: { kafka: { brokers: ['127.0.0.1:1'], topic: a } }");
  expect(kafka.code).toBe(2);
  expect(kafka.err).toContain('k: cannot be read');
  expect(kafka.out).toMatch(/TOC408: source k: cannot reach Kafka/u);
}, 30_000);
