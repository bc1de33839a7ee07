/**
 * `tocsin init --from` over logs as many programs write them: the configuration that it proposes is sound and reads them whole, or it says
 * why not. docs/reading.md shows what it proposes.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { tocsin, type Ended } from '../../../../test/support/tocsin.ts';
import type { Config } from '../../../config/config.ts';
import { loadConfig } from '../../../config/load.ts';
import { decodedFile, type DecodedFileEvent } from '../decoded-file.ts';
import { isWhole } from '../sample-reading.ts';
import { proposeLogs } from './propose-logs.ts';

const DIR = mkdtempSync(join(tmpdir(), 'tocsin-layouts-'));
const LOGS = join(DIR, 'logs');
const WRITTEN = new Date('2026-11-27T12:00:00Z');
const NOW_MS = WRITTEN.getTime();

/** Lines that hold several records each, whose times no field of a line gives. */
const OTLP = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795777805123456789","severityText":"ERROR","body":{"stringValue":"order sync failed"}},{"timeUnixNano":"1795777806123456789","severityText":"INFO","body":{"stringValue":"ok"}}]}]}]}\n`;

const init = (...args: string[]): Promise<Ended> =>
  tocsin(['init', ...args], { cwd: DIR, env: { TZ: 'UTC', NO_COLOR: '1' } });

let written: Ended;
let config: Config;

beforeAll(async () => {
  cpSync('test/fixtures/layouts', LOGS, { recursive: true });
  for (const name of readdirSync(LOGS)) utimesSync(join(LOGS, name), WRITTEN, WRITTEN);
  written = await init('--from', 'logs');
  config = loadConfig(join(DIR, 'tocsin.yaml'), {}).config!;
}, 120_000);

afterAll(() => {
  rmSync(DIR, { recursive: true, force: true });
});

async function eventsOf(name: string): Promise<readonly DecodedFileEvent[]> {
  const source = config.sources.find((each) => each.name === name)!;
  const [file] = (source.kind as { readonly paths: readonly string[] }).paths;
  const events: DecodedFileEvent[] = [];
  const stdin = process.stdin;
  for await (const event of decodedFile(config, { file: file!, name, nowMs: NOW_MS, stdin }).events)
    events.push(event);
  return events;
}

test('a source is written for each log, and the configuration passes `check`', async () => {
  expect(written.code).toBe(0);
  const files = readdirSync(LOGS).map((file) => file.replace('.log', ''));
  expect(config.sources.map(({ name }) => name).toSorted()).toEqual(files.toSorted());
  for (const command of ['check', 'test']) {
    const { code, stdout, stderr } = await tocsin([command], { cwd: DIR });
    expect([code, stdout, stderr]).toEqual([
      0,
      expect.any(String),
      expect.stringMatching(/^fine: 1 rule|1 test: all passed/u),
    ]);
  }
  expect((await tocsin(['lint'], { cwd: DIR })).code).toBe(0);
});

test('each is read whole: its times, its messages, its levels where it has some', async () => {
  for (const { name } of config.sources) {
    const events = await eventsOf(name);
    const whole = events.filter(isWhole).length;
    expect([name, whole / events.length]).toEqual([name, expect.toSatisfy((share: number) => share >= 0.95)]);
    const shareWith = (field: string): number =>
      events.filter(({ fields }) => fields.some((each) => each.name === field)).length / events.length;
    expect([name, shareWith('message')]).toEqual([name, expect.toSatisfy((share: number) => share >= 0.5)]);
    const levels = new Set(
      events.flatMap(({ fields }) => fields.find((each) => each.name === 'level')?.values ?? []),
    );
    expect([
      name,
      [...levels].filter((level) => !/^(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)$/u.test(String(level))),
    ]).toEqual([name, []]);
  }
});

test('lines without a time that can be found: it says why they are not whole', async () => {
  mkdirSync(join(DIR, 'odd'));
  writeFileSync(join(DIR, 'odd/otlp.log'), OTLP);
  writeFileSync(join(DIR, 'odd/words.log'), 'order sync failed\nall is well\n');
  const found = await proposeLogs([join(DIR, 'odd')], DIR, { nowMs: NOW_MS, timezone: 'UTC' });
  for (const { name, share, notWhole } of found.logs)
    if (share < 0.95)
      expect([name, notWhole[0]!.kind]).toEqual([
        name,
        'no time was found in these lines, so that of their arrival is taken',
      ]);
  expect(found.logs.find(({ name }) => name === 'words')!.share).toBe(0);
  const { code, stderr } = await init('--from', 'odd', '-c', 'new/tocsin.yaml');
  expect(code).toBe(1);
  expect(stderr).toContain(
    'no time was found in these lines, so that of their arrival is taken\n    order sync failed\n',
  );
  expect((await tocsin(['check', '-c', 'new/tocsin.yaml'], { cwd: DIR })).code).toBe(0);
});

test('the same files give the same proposal', async () => {
  const files = ['pino.log', 'log4j.log', 'envoy.log'].map((name) => join(LOGS, name));
  const propose = () => proposeLogs(files, DIR, { nowMs: NOW_MS, timezone: 'UTC' });
  const [first, second] = [await propose(), await propose()];
  expect([second.sources, second.fields, second.rule]).toEqual([first.sources, first.fields, first.rule]);
});

/** With UPDATE_DOCS=1 in the environment it writes the page. */
test('docs/reading.md shows the proposals', async () => {
  const page = readFileSync('docs/reading.md', 'utf8');
  const [begin, end] = ['<!-- proposals -->', '<!-- end of proposals -->'].map((mark) => page.indexOf(mark));
  const made = `${page.slice(0, begin)}<!-- proposals -->\n\n${await table()}\n${page.slice(end)}`;
  const formatted = await format(made, { ...(await resolveConfig('docs/reading.md')), parser: 'markdown' });
  if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync('docs/reading.md', formatted);
  else expect(page).toBe(formatted);
});

async function table(): Promise<string> {
  const { logs } = await proposeLogs([LOGS], DIR, { nowMs: NOW_MS, timezone: 'Asia/Shanghai' });
  const rows = logs.map(({ file, keys, share, isZoneless, events }) => {
    const { event, fields } = events[0]!;
    const of = (name: string): string => fields.find((each) => each.name === name)?.values.join(' ') ?? '';
    const steps = stringify(keys.decode, { collectionStyle: 'flow', lineWidth: 0 }).trim();
    const cells = [
      basename(file),
      `\`${steps.length > 70 ? `${steps.slice(0, 70)}…` : steps}\``,
      isZoneless ? 'none' : 'its own',
      `${(share * 100).toFixed(0)} %`,
      new Date(event.timeMs).toISOString(),
      of('level'),
      of('message').slice(0, 30),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  });
  return `${['| log | proposed | zone | whole | time | level | message |', '| --- | --- | --- | --- | --- | --- | --- |', ...rows].join('\n')}\n`;
}
