import { unreadBatch } from '../../test/support/archived-events.ts';
import { archiveReading } from '../app/pipeline/archive-reading.ts';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rightClock } from '../../test/support/clock.ts';
import { createArchive } from '../archive/create.ts';
import { runCommand } from './program.ts';
import { loadConfig } from '../config/load.ts';
import { silent } from '../event/telemetry.ts';
import { openReplay } from '../ingest/replay.ts';
import { decoderOf } from '../app/decoding.ts';

let cwd: string;
const START_MS = rightClock().nowMs() - 3 * 3_600_000;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tocsin-judged-'));
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(
    join(cwd, 'tocsin.yaml'),
    `data_dir: ./data
sources:
  shop: { file: { path: 'shop.log' } }
  stock: { file: { path: 'stock.log' } }
fields: { order_id: { type: keyword }, level: { type: keyword }, message: { type: text } }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  const both = 'let paid = "order paid" let shipped = "order shipped" alert';
  writeFileSync(
    join(cwd, 'rules', 'a.rule'),
    [
      `rule lost { ${both} paid not followed by shipped within 10m by order_id }`,
      `rule lost_in_shop { from shop ${both} paid not followed by shipped within 10m by order_id }`,
      `rule both_named { from shop, stock when "order paid" alert count >= 1 within 1m by order_id }`,
      `rule stock_only { from stock when "order shipped" alert count >= 1 within 1m }`,
      `rule any_paid { when "order paid" alert count >= 5 within 1h }`,
      `rule few_paid { when "order paid" alert count < 3 within 1m by level seen within 2h }`,
      `rule paid_twice { let paid = "order paid" alert paid then paid within 1h by level }`,
    ].join('\n'),
  );
  const line = (i: number, message: string): string =>
    JSON.stringify({
      '@timestamp': new Date(START_MS + i * 60_000).toISOString(),
      order_id: `A${i}`,
      level: 'INFO',
      message,
    });
  const lines = (message: string): string =>
    Array.from({ length: 20 }, (_, i) => `${line(i, message)}\n`).join('');
  writeFileSync(join(cwd, 'shop.log'), lines('order paid') + `${line(60, 'good night')}\n`);
  writeFileSync(join(cwd, 'stock.log'), lines('order shipped') + `${line(60, 'good night')}\n`);
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

async function backtest(...args: readonly string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const written = Promise.all([text(stdout), text(stderr)]);
  const config = ['--config', join(cwd, 'tocsin.yaml')];
  const code = await runCommand(['backtest', ...args, '--json', ...config], {
    env: {},
    stdin,
    stdout,
    stderr,
  });
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  const rows = out
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => JSON.parse(row) as Record<string, unknown>);
  const { summary } = (rows.at(-1) ?? { summary: {} }) as { summary: Record<string, unknown> };
  const fired = [...new Set(rows.slice(0, -1).map(({ rule }) => rule))].sort();
  return { code, err, summary, fired, rows };
}

const NOT_JUDGED = [
  { rule: 'lost', missing: ['stock'] },
  { rule: 'both_named', missing: ['stock'] },
  { rule: 'stock_only', missing: ['stock'] },
  { rule: 'few_paid', missing: ['stock'] },
];
const PARTLY_JUDGED = ['any_paid', 'paid_twice'].map((rule) => ({ rule, missing: ['stock'] }));

async function archive(...names: readonly string[]): Promise<void> {
  const config = loadConfig(join(cwd, 'tocsin.yaml'), {}).config!;
  const { archive: kind, schema, dataDir } = config;
  const archive = await createArchive(kind, schema, dataDir, silent, rightClock(), archiveReading(config));
  await archive.open();
  for (const source of config.sources.filter(({ name }) => names.includes(name))) {
    const decoder = decoderOf(source, config.schema);
    const [partition] = openReplay([join(cwd, `${source.name}.log`)], {
      source: source.name,
      nowMs: rightClock().nowMs(),
    });
    for await (const batch of partition!.batches()) {
      await archive.write(unreadBatch(batch, decoder));
    }
  }
  expect(await archive.flush(10_000)).toBe(true);
  await archive.close();
}

describe('a backtest over some of the sources', () => {
  it('knows the files that lines come from, and says which keys of Kafka it has not', async () => {
    writeFileSync(
      join(cwd, 'tocsin.yaml'),
      `sources:
  shop: { kafka: { brokers: ['127.0.0.1:9092'], topic: shop, group: a }, decode: [json, set: { level: '{@kafka.key}' }] }
  stock: { file: { path: 'stock.log' }, decode: [json, set: { level: '{@file}' }] }
fields: { level: { type: keyword } }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
    );
    const at = join(cwd, 'stock.log');
    rmSync(join(cwd, 'rules', 'a.rule'));
    writeFileSync(
      join(cwd, 'rules', 'b.rule'),
      ['INFO', at]
        .map((level, i) => `rule r${i} { when level:"${level}" alert count >= 20 within 1h }\n`)
        .join(''),
    );
    const { err, summary, fired } = await backtest('--input', `shop=${join(cwd, 'shop.log')}`, `stock=${at}`);
    expect(fired).toEqual(['r0', 'r1']);
    expect(summary).toMatchObject({ absent: [{ source: 'shop', names: ['@kafka.key'] }] });
    expect(err).toContain(
      'files have no @kafka.key, which `sources.shop.decode` reads\n  fix: read the archive',
    );
  });

  it('names the rules that it cannot judge, and raises no alert for want of lines that were not read', async () => {
    const { code, err, summary, fired } = await backtest(
      '--source',
      'shop',
      '--input',
      join(cwd, 'shop.log'),
    );
    expect(code).toBe(0);
    expect(fired).toEqual(['any_paid', 'lost_in_shop', 'paid_twice']);
    expect(summary).toMatchObject({
      events: 21,
      alerts: 22,
      notJudged: NOT_JUDGED,
      partlyJudged: PARTLY_JUDGED,
    });
    expect(err).toContain(
      'not judged, since nothing was read from stock: lost, both_named, stock_only, few_paid\n',
    );
    expect(err).toMatch(
      /judged without the lines of stock, so alerts may be missing: any_paid, paid_twice\n/u,
    );
    expect(err).toContain('fix: ');
  });

  it('says how many times were inferred, and warns where they are most', async () => {
    const file = join(cwd, 'odd.log');
    const line = (time: string): string =>
      `{"${time}":"${new Date(START_MS).toISOString()}","message":"a"}\n`;
    writeFileSync(file, line('@timestamp').repeat(10) + line('at').repeat(10));
    const even = await backtest('--input', `shop=${file}`);
    expect(even.summary).toMatchObject({ events: 20, timeInferred: 10 });
    expect(even.err).not.toContain('inferred: the alerts');
    writeFileSync(file, line('@timestamp').repeat(9) + line('at').repeat(10) + 'garbled\n');
    const most = await backtest('--input', `shop=${file}`);
    expect(most.summary).toMatchObject({ events: 20, timeInferred: 10, undecodable: 1 });
    expect(most.err).toContain('11 of 20 events have no usable time, so that theirs was inferred');
  });

  it('judges every rule where files of every source are given, each decoded as its own', async () => {
    const config = readFileSync(join(cwd, 'tocsin.yaml'), 'utf8');
    const decoded = "stock: { decode: { dissect: '%{@timestamp} %{order_id} %{message}' }, file:";
    writeFileSync(join(cwd, 'tocsin.yaml'), config.replace('stock: { file:', decoded));
    const lines = Array.from({ length: 21 }, (_, i) => (i === 20 ? 60 : i)).map((minute) => {
      const at = new Date(START_MS + minute * 60_000).toISOString();
      return `${at} A${minute} ${minute === 60 ? 'good night' : 'order shipped'}\n`;
    });
    // The order that is never shipped, and one file more of the source.
    writeFileSync(join(cwd, 'stock.log'), lines.filter((_, i) => i % 2 === 0 && i !== 4).join(''));
    writeFileSync(join(cwd, 'stock-2.log'), lines.filter((_, i) => i % 2 === 1).join(''));
    const file = (name: string): string => join(cwd, name);
    const { code, err, summary, fired, rows } = await backtest(
      '--input',
      `stock=${file('stock-2.log')}`,
      `shop=${file('shop.log')}`,
      '--input',
      `stock=${file('stock.log')}`,
    );
    expect(code).toBe(0);
    expect(err).not.toContain('judged');
    expect(summary).toMatchObject({ events: 41, undecodable: 0 });
    expect(summary).not.toHaveProperty('notJudged');
    expect(fired).toEqual(expect.arrayContaining(['lost', 'stock_only', 'both_named', 'few_paid']));
    expect(rows.filter(({ rule }) => rule === 'lost').map(({ group }) => group)).toEqual([
      { order_id: 'A4' },
    ]);
    // Files are numbered by source, in the order in which they are named.
    const [first] = rows.filter(({ rule }) => rule === 'stock_only');
    expect(first).toMatchObject({ firstEvent: { position: 'stock/1/0' } });
  });

  it('reads a file that names no source as before, also beside one that does', async () => {
    const alone = await backtest('--source', 'shop', '--input', join(cwd, 'shop.log'));
    const named = await backtest('--input', `shop=${join(cwd, 'shop.log')}`);
    expect({ ...named.summary, seconds: 0 }).toEqual({ ...alone.summary, seconds: 0 });
    expect([named.rows.slice(0, -1), named.err.split('\n').slice(0, 3)]).toEqual([
      alone.rows.slice(0, -1),
      alone.err.split('\n').slice(0, 3),
    ]);
    const both = await backtest(
      '--source',
      'shop',
      '-i',
      join(cwd, 'shop.log'),
      `stock=${join(cwd, 'stock.log')}`,
    );
    expect(both.summary).toMatchObject({ events: 42 });
    expect(both.summary).not.toHaveProperty('notJudged');
  });

  it('takes a name with an equals sign for that of a file where there is such a file', async () => {
    const file = join(cwd, 'shop=1.log');
    renameSync(join(cwd, 'shop.log'), file);
    const { summary } = await backtest('--source', 'shop', '--input', file);
    expect(summary).toMatchObject({ events: 21 });
    expect((await backtest('--input', `shop=${file}`)).summary).toMatchObject({ events: 21 });
  });

  it.each([
    [
      ['-i', 'shopp=shop.log'],
      /neither a source `shopp` nor a file shopp=shop\.log[^]*fix: did you mean `shop`/u,
    ],
    [['-i', 'ship=shop.log'], /fix: .*shop.*/u],
    [['-i', 'shop=none.log'], /none\.log does not exist/u],
    [
      ['-i', 'shop.log'],
      /several sources[^]*--source NAME, or --input NAME=FILE for each file \(shop, stock\)/u,
    ],
    [['-i', 'shop=shop.log', 'stock.log'], /several sources/u],
    [['-i', 'shop=-', 'stock=-'], /standard input is given twice/u],
    [['--source', 'shop', '-i', 'shop=shop.log'], /every file names its own source/u],
    [['--source', 'shopp', '-i', 'shop.log'], /there is no source `shopp`/u],
  ])('refuses %j', async (args, expected) => {
    const { code, err } = await backtest(...args);
    expect(code).toBe(3);
    expect(err).toMatch(expected);
  });

  it('does the same over an archive that has no line of a source', async () => {
    await archive('shop');
    const { summary, fired, err } = await backtest('--archive', '--since', '1d');
    expect(fired).toEqual(['any_paid', 'lost_in_shop', 'paid_twice']);
    expect(summary).toMatchObject({
      events: 21,
      alerts: 22,
      notJudged: NOT_JUDGED,
      partlyJudged: PARTLY_JUDGED,
    });
    expect(err).toContain('not judged, since nothing was read from stock: lost,');
  });

  it('names a source that is written in another encoding than it says', async () => {
    const line = Buffer.from('22b6a9b5a5220a', 'hex');
    writeFileSync(join(cwd, 'stock.log'), Buffer.concat(Array.from({ length: 30 }, () => line)));
    const { summary, err } = await backtest('-i', `stock=${join(cwd, 'stock.log')}`);
    expect(summary).toMatchObject({ garbled: { stock: { lines: 30, looksLike: 'gb18030' } } });
    expect(err).toContain('30 lines of stock held bytes that are not of its encoding');
    expect(err).toContain('fix: they look like `encoding: gb18030`');
  });

  it('says nothing of it where all are there', async () => {
    await archive('shop', 'stock');
    const { summary, fired, err } = await backtest('--archive', '--since', '1d');
    expect(fired).toContain('both_named');
    expect(fired).not.toContain('lost');
    expect(Object.keys(summary)).toEqual([
      'events',
      'matched',
      'late',
      'tooLate',
      'future',
      'undecodable',
      'alerts',
      'seconds',
    ]);
    expect(err).not.toContain('judged');
  });
});
