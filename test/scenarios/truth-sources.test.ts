/**
 * The same files live and in a backtest, of one to five sources that are each decoded in their own way: the same settled episodes of rules
 * over all of the sources and over some of them, down to the position of the line that began each.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EpisodeLine } from '../support/real-logs.ts';
import { seeded, type Random } from '../support/timelines.ts';
import { startTocsin, until } from '../support/tocsin-process.ts';
import { tocsin } from '../support/tocsin.ts';

const LATENESS_MS = 20_000;
const START_MS = Date.parse('2024-03-30T22:00:00Z');

interface Said {
  readonly atMs: number;
  readonly host: string;
  readonly level: string;
  readonly order_id: string;
  readonly message: string;
}

interface Source {
  readonly name: string;
  readonly config: string;
  readonly write: (said: Said) => string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

const SOURCES: readonly Source[] = [
  {
    name: 'shop',
    config: 'decode: json',
    write: ({ atMs, ...rest }) => JSON.stringify({ '@timestamp': iso(atMs), ...rest }),
  },
  {
    name: 'stock',
    config: 'decode: logfmt, timestamp: { field: at, format: epoch_ms }',
    write: ({ atMs, ...rest }) =>
      `at=${atMs} ${Object.entries(rest)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ')}`,
  },
  {
    name: 'ship',
    config:
      "decode: { dissect: '%{time} %{+time} %{host} %{level} %{order_id} %{message}' }, timestamp: { field: time, format: 'yyyy-MM-dd HH:mm:ss.SSS', timezone: Asia/Shanghai }",
    write: ({ atMs, host, level, order_id, message }) =>
      `${iso(atMs + 8 * 3_600_000)
        .slice(0, -1)
        .replace('T', ' ')} ${host} ${level} ${order_id} ${message}`,
  },
  {
    name: 'pay',
    config:
      "decode: { dissect: '%{time} %{host} %{level} %{order_id} %{message}', multiline: { start: '^\\d{4}-' } }, timestamp: { field: time }",
    write: ({ atMs, host, level, order_id, message }) =>
      `${iso(atMs)} ${host} ${level} ${order_id} first\n  at line two\n  ${message}`,
  },
  {
    name: 'mail',
    config: 'decode: json, timestamp: { field: [when] }',
    write: ({ atMs, ...rest }) => JSON.stringify({ when: iso(atMs), ...rest }),
  },
];

/** Rules over all sources, and over each two that follow each other. */
function rulesFor(names: readonly string[]): string {
  const over = (from: string, name: string): string => `
rule burst_${name} { ${from}
  when level:ERROR
  alert count >= 4 within 1m by host
}
rule silent_${name} { ${from}
  when level:*
  alert nothing for 90s by host seen within 10m
}
rule unsent_${name} { ${from}
  let paid = message:paid
  let sent = message:sent
  alert paid not followed by sent within 2m by order_id
}
rule again_${name} { ${from}
  let paid = message:paid
  let sent = message:sent
  alert sent then paid within 5m by order_id
}
rule share_${name} { ${from}
  let failed = level:ERROR
  let every = level:*
  alert count(failed) / count(every) > 40% and count(every) >= 5 within 2m by host
}
`;
  const pairs = names.map((name, i) => [name, ...names.slice(i + 1, i + 2)]);
  return over('', 'all') + pairs.map((pair, i) => over(`from ${pair.join(', ')}`, `some_${i}`)).join('');
}

const configuration = (sources: readonly Source[]): string => `
data_dir: ./data
alert_age: 10000d
sources:
${sources.map(({ name, config }) => `  ${name}: { file: { path: '${name}.log' }, lateness: ${LATENESS_MS}ms, ${config} }`).join('\n')}
fields:
  host: { type: keyword }
  level: { type: keyword }
  order_id: { type: keyword }
  message: { type: text }
archive: { sqlite: {} }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`;

/** Lines out of order within the lateness, each in the file of a random source. Long after them each has lines that settle all of it. */
function texts(sources: readonly Source[], random: Random): ReadonlyMap<string, string> {
  const files = new Map<string, string>(sources.map(({ name }) => [name, '']));
  const add = (source: Source, said: Said): void =>
    void files.set(source.name, `${files.get(source.name)!}${source.write(said)}\n`);
  let nowMs = START_MS;
  for (let i = 0; i < 500; i++) {
    nowMs += random.below(random.chance(6) ? 60_000 : 6_000);
    add(random.pick(sources), {
      atMs: nowMs - random.below(LATENESS_MS),
      host: random.pick(['a', 'b', 'c']),
      level: random.chance(30) ? 'ERROR' : 'INFO',
      order_id: `o${random.below(20)}`,
      message: random.pick(['paid', 'sent', 'other']),
    });
  }
  // The last line of a file that joins lines may wait for more.
  for (const atMs of [nowMs + 30 * 86_400_000, nowMs + 30 * 86_400_000 + 1])
    for (const source of sources)
      add(source, { atMs, host: 'end', level: 'END', order_id: 'end', message: 'end' });
  return files;
}

/** An episode of the time before the last lines, as a text; undefined for one of those. */
function comparable(line: string): string | undefined {
  const parsed = JSON.parse(line) as EpisodeLine & {
    readonly settled?: boolean;
    readonly withdrawn?: string;
  };
  if (Object.values(parsed.group).includes('end') || parsed.withdrawn !== undefined) return undefined;
  const { position, '@timestamp': atTime } = parsed.firstEvent;
  // Live, a file has the number that it got when it was found.
  const [source, , offset] = position.split('/');
  return JSON.stringify({
    ...parsed,
    alertId: undefined,
    settled: undefined,
    firstEvent: [source, offset, atTime],
  });
}

const comparables = (stdout: string): string[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{"summary"'))
    .flatMap((line) => comparable(line) ?? [])
    .sort();

describe('the same files live and in a backtest', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tocsin-sources-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test.each([1, 2, 3, 4, 5])(
    'of %i sources give the same settled episodes',
    async (howMany) => {
      const sources = SOURCES.slice(0, howMany);
      const names = sources.map(({ name }) => name);
      const path = join(dir, String(howMany));
      mkdirSync(join(path, 'rules'), { recursive: true });
      writeFileSync(join(path, 'rules/orders.rule'), rulesFor(names));
      writeFileSync(join(path, 'tocsin.yaml'), configuration(sources));
      for (const [name, text] of texts(sources, seeded(20_240_330 + howMany)))
        writeFileSync(join(path, `${name}.log`), text);

      const inputs = names.flatMap((name) => ['--input', `${name}=${name}.log`]);
      const past = await tocsin(['backtest', '--json', ...inputs], { cwd: path });
      expect([past.code, past.stderr]).toEqual([0, '']);
      const expected = comparables(past.stdout);
      const rules = new Set(expected.map((line) => (JSON.parse(line) as EpisodeLine).rule));
      expect(rules.size).toBeGreaterThanOrEqual(5 * howMany);

      const live = startTocsin(['run'], path);
      let found: string[] = [];
      await until(
        async () => {
          const { stdout } = await tocsin(['alerts', '--json', '--limit', '100000'], { cwd: path });
          found = comparables(stdout);
          return found.length >= expected.length && found.every((line) => line.includes('"resolved"'));
        },
        60_000,
        () => `${found.length} of ${expected.length} episodes\n${live.stderr().slice(-2_000)}`,
      ).catch((error: unknown) => {
        // A difference says more than that it took too long.
        expect(found).toEqual(expected);
        throw error;
      });
      expect(await live.end('SIGTERM')).toBe(0);
      expect(found).toEqual(expected);
    },
    120_000,
  );
});
