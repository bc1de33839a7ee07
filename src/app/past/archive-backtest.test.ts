import { unreadBatch } from '../../../test/support/archived-events.ts';
import type { LogArchive } from '../../archive/archive.ts';
import { archiveReading } from '../pipeline/archive-reading.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { createArchive } from '../../archive/create.ts';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import type { Episode } from '../../event/alert.ts';
import { silent } from '../../event/telemetry.ts';
import { openReplay } from '../../ingest/replay.ts';
import { alertCourse } from './alert-course.ts';
import { runArchiveBacktest } from './archive-backtest.ts';
import { runBacktest } from './file-backtest.ts';
import { readRules } from '../rulebook.ts';
import { decoderOf } from '../decoding.ts';

const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
let folder: string;
let config: Config;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-archive-backtest-'));
  mkdirSync(join(folder, 'rules'));
  writeFileSync(
    join(folder, 'rules', 'a.rule'),
    `rule failing { when "order_timeout" alert count >= 3 within 5m by service }
     rule ghost { let paid = "payment succeeded" let synced = "inventory synced" alert paid not followed by synced within 10m by order_id }`,
  );
  writeFileSync(
    join(folder, 'tocsin.yaml'),
    `data_dir: ./data
sources: { orders: { file: { path: 'logs/*.log' }, decode: json, lateness: 30s } }
fields: { service: { type: keyword }, order_id: { type: keyword }, message: { type: text } }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  config = loadConfig(join(folder, 'tocsin.yaml'), {}).config!;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const archiveFor = (of: Config): Promise<LogArchive> =>
  createArchive(of.archive, of.schema, of.dataDir, silent, rightClock(), archiveReading(of));

/** Some days, lines up to 20 s out of order; writes them to a file and, as `run` does, to the archive. */
async function archived(): Promise<string> {
  const line = (ms: number, service: string, message: string, id: string): string =>
    JSON.stringify({ '@timestamp': new Date(ms).toISOString(), service, message, order_id: id });
  const lines: string[] = [];
  for (let i = 0; i < 600; i += 1) {
    const ms = NOW_MS - 3 * 86_400_000 + i * 400_000;
    const [first, second] = [
      line(ms + 20_000, 'pay', 'payment succeeded', `A${i}`),
      line(ms, 'pay', 'hello', 'x'),
    ];
    lines.push(first, second);
    if (i % 50 !== 0) lines.push(line(ms + 60_000, 'stock', 'inventory synced', `A${i}`));
    if (i % 100 === 7)
      for (let n = 0; n < 4; n += 1) lines.push(line(ms + 70_000 - n * 1_000, 'pay', 'order_timeout', 'y'));
  }
  const file = join(folder, 'orders.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const archive = await archiveFor(config);
  await archive.open();
  const decoder = decoderOf(config.sources[0]!, config.schema);
  for await (const batch of openReplay([file], { source: 'orders', nowMs: NOW_MS })[0]!.batches()) {
    await archive.write(unreadBatch(batch, decoder));
  }
  expect(await archive.flush(10_000)).toBe(true);
  await archive.close();
  return file;
}

const shown = (episodes: readonly Episode[]): string =>
  JSON.stringify(episodes.map(({ samples: _, ...episode }) => episode));

it('gives over the archive what it gives over the file, to the millisecond', async () => {
  const file = await archived();
  const ruleset = readRules(config).ruleset!;
  const told: number[] = [];
  const overArchive = await runArchiveBacktest({
    clock: rightClock(() => NOW_MS),
    config,
    ruleset,
    sinceMs: NOW_MS - 7 * 86_400_000,
    nowMs: NOW_MS,
    until: 'end',
    onProgress: (events) => void told.push(events),
  });
  const overFile = await runBacktest({
    config,
    ruleset,
    inputs: [{ source: config.sources[0]!, files: [file] }],
    nowMs: NOW_MS,
    until: 'end',
  });
  expect(overArchive.episodes).toHaveLength(18);
  expect(shown(overArchive.episodes)).toBe(shown(overFile.episodes));
  expect(overArchive.counts.events).toBe(overFile.counts.events);
  expect(told.at(-1)).toBe(overArchive.counts.events);
  const [failing] = overArchive.episodes.filter(({ rule }) => rule === 'failing');
  const course = await alertCourse(
    config,
    failing!,
    rightClock(() => NOW_MS),
  );
  expect(course.rows.map(({ kind, window }) => `${kind} ${window ?? ''}`)).toEqual([
    'event count = 1',
    'event count = 2',
    'event count = 3',
    'fired count 4',
    'event count = 4',
    'resolved ',
  ]);
  const other = await alertCourse(
    config,
    { ...failing!, meaning: 'another' },
    rightClock(() => NOW_MS),
  );
  expect(other).toMatchObject({ rows: [], note: 'the rule means something else since' });
});

/** Orders of four hours, each paid in the first log and synced nine minutes later in one of them, but for one; text of each log. */
function ordersIn(howMany: number): string[] {
  const logs = Array.from({ length: howMany }, () => [] as string[]);
  for (let i = 0; i < 300; i += 1) {
    const paidMs = NOW_MS - 5 * 3_600_000 + i * 50_000;
    const line = (ms: number, message: string): string =>
      JSON.stringify({ '@timestamp': new Date(ms).toISOString(), message, order_id: `A${i}` });
    logs[0]!.push(line(paidMs, 'payment succeeded'));
    if (i !== 9) logs[i % howMany]!.push(line(paidMs + 540_000, 'inventory synced'));
  }
  return logs.map((lines) => `${lines.sort().join('\n')}\n`);
}

/** The configuration with so many sources, one log file each. */
function configOf(names: readonly string[]): Config {
  const sources = names.map((name) => `  ${name}: { file: { path: 'logs/${name}.log' }, lateness: 5s }\n`);
  const file = join(folder, 'several.yaml');
  writeFileSync(
    file,
    `data_dir: ./data-${names.length}
sources:
${sources.join('')}fields: { service: { type: keyword }, order_id: { type: keyword }, message: { type: text } }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  return loadConfig(file, {}).config!;
}

it.each([1, 2, 3, 4, 5])('waits for all of %i sources before a deadline runs out', async (howMany) => {
  const names = ['pay', 'stock', 'a', 'z', 'mail'].slice(0, howMany);
  const several = configOf(names);
  const archive = await archiveFor(several);
  await archive.open();
  for (const [i, lines] of ordersIn(howMany).entries()) {
    const source = several.sources[i]!;
    const file = join(folder, `${source.name}.log`);
    writeFileSync(file, lines);
    const decoder = decoderOf(source, several.schema);
    for await (const batch of openReplay([file], { source: source.name, nowMs: NOW_MS })[0]!.batches()) {
      await archive.write(unreadBatch(batch, decoder));
    }
  }
  expect(await archive.flush(10_000)).toBe(true);
  await archive.close();
  const { episodes } = await runArchiveBacktest({
    clock: rightClock(() => NOW_MS),
    config: several,
    ruleset: readRules(several).ruleset!,
    sinceMs: NOW_MS - 86_400_000,
    nowMs: NOW_MS,
  });
  expect(episodes.map(({ group, firedAtMs }) => [group['order_id'], firedAtMs])).toEqual([
    ['A9', NOW_MS - 5 * 3_600_000 + 9 * 50_000 + 600_000],
  ]);
});

it.each([1, 2, 5])('waits for all of %i files before a deadline runs out', async (howMany) => {
  const files = Array.from({ length: howMany }, (_, i) => join(folder, `part-${i}.log`));
  for (const [i, lines] of ordersIn(howMany).entries()) writeFileSync(files[i]!, lines);
  const { episodes } = await runBacktest({
    config,
    ruleset: readRules(config).ruleset!,
    inputs: [{ source: config.sources[0]!, files }],
    nowMs: NOW_MS,
  });
  expect(episodes.map(({ group }) => group['order_id'])).toEqual(['A9']);
});
