import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/timelines.ts';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import type { Episode } from '../../event/alert.ts';
import type { BacktestResult } from './evaluator.ts';
import { runBacktest } from './file-backtest.ts';
import { readRuleTexts } from '../rulebook.ts';

const NOW_MS = Date.parse('2026-11-27T12:00:00Z');
const START_MS = Date.parse('2026-05-11T08:00:00Z');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-backtest-'));
  mkdirSync(join(folder, 'rules'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function configOf(source: string): Config {
  writeFileSync(
    join(folder, 'tocsin.yaml'),
    `data_dir: ./data
sources: { app: { file: { path: 'logs/*.log' }, ${source} } }
fields:
  host: { type: keyword }
  level: { type: keyword, normalise: upper }
  message: { type: text }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
  );
  return loadConfig(join(folder, 'tocsin.yaml'), {}).config!;
}

async function backtest(
  rules: string,
  lines: readonly string[],
  source = 'lateness: 30s',
): Promise<BacktestResult> {
  const config = configOf(source);
  const { ruleset } = readRuleTexts(config, [{ file: 'a.rule', text: rules }]);
  const file = join(folder, 'app.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  utimesSync(file, NOW_MS / 1000, NOW_MS / 1000);
  return await runBacktest({
    config,
    ruleset: ruleset!,
    inputs: [{ source: config.sources[0]!, files: [file] }],
    nowMs: NOW_MS,
    until: 'end',
  });
}

const brief = ({ rule, group, firedAtMs = 0, resolvedAtMs = 0, count }: Episode): string =>
  `${rule} ${String(group['host'])} ${firedAtMs - START_MS} ${resolvedAtMs - START_MS} ${count}`;

describe('a host whose clock is ahead', () => {
  const rules = `rule disk_full {
  when message:"disk full"
  alert count >= 3 within 5m by host
}
rule agent_lost {
  when message:"heartbeat"
  alert nothing for 2m by host
}`;
  const at = (ms: number, host: string, message: string): string =>
    JSON.stringify({ '@timestamp': new Date(START_MS + ms).toISOString(), host, message });
  const ofOthers = ({ episodes }: BacktestResult): string[] =>
    episodes.filter(({ group }) => group['host'] !== 'fast').map(brief);

  it('changes no alert of the others by one line, wherever it stands and however far ahead it is', async () => {
    let alerts = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed);
      const everyMs = random.pick([10, 700, 10_000, 25_000]);
      const good: string[] = [];
      for (let i = 0; i < 30 + random.below(600); i++) {
        good.push(at(i * everyMs, random.pick(['good', 'better']), random.pick(['heartbeat', 'hello'])));
        if (random.chance(10)) good.push(at(i * everyMs - random.below(30_000), 'good', 'disk full'));
      }
      const place = random.below(good.length + 1);
      const before = Math.floor((place / good.length) * (good.length - 1)) * everyMs;
      const aheadMs = before + 60_000 + random.below(random.pick([300_000, 86_400_000]));
      const with1 = [...good.slice(0, place), at(aheadMs, 'fast', 'heartbeat'), ...good.slice(place)];
      const expected = ofOthers(await backtest(rules, good));
      expect(ofOthers(await backtest(rules, with1)), `seed ${seed}`).toEqual(expected);
      alerts += expected.length;
    }
    expect(alerts).toBeGreaterThan(60);
  });

  it('changes none by bursts of lines, as long as they are a small part', async () => {
    const good: string[] = [];
    const mixed: string[] = [];
    for (let i = 0; i < 3_000; i++) {
      const line = at(i * 200, 'good', i % 300 === 0 ? 'disk full' : 'heartbeat');
      good.push(line);
      if (i % 200 === 100)
        for (let n = 0; n < 20; n++) mixed.push(at(i * 200 + 240_000 + n, 'fast', 'hello'));
      mixed.push(line);
    }
    const expected = ofOthers(await backtest(rules, good));
    expect(expected).toHaveLength(2);
    expect(ofOthers(await backtest(rules, mixed))).toEqual(expected);
  });

  it('is told from a gap in the log, behind which a straggler is too late as ever', async () => {
    const lines = [at(0, 'good', 'heartbeat')];
    for (let i = 0; i < 10; i++) lines.push(at(3_600_000 + i * 100, 'good', 'heartbeat'));
    lines.push(at(3_000_000, 'good', 'heartbeat'), at(3_601_000, 'good', 'heartbeat'));
    const { episodes, counts } = await backtest(rules, lines);
    expect(counts.tooLate).toBe(1);
    expect(episodes.map(brief)).toEqual([
      'agent_lost good 120000 3600000 1',
      `agent_lost good 3721000 ${3_601_000 + 86_400_000} 1`,
    ]);
  });

  it('is told from a host whose clock is behind: what that writes is too late, and counted as such', async () => {
    const lines: string[] = [];
    for (let i = 0; i < 100; i++)
      lines.push(at(i * 10_000, 'good', 'hello'), at(i * 10_000 - 180_000, 'slow', 'disk full'));
    const { counts } = await backtest(rules, lines);
    expect(counts.tooLate).toBe(100);
  });
});

describe('the hour that occurs twice', () => {
  const rules = `rule heartbeat_lost {
  when "heartbeat"
  alert nothing for 10m by host
}
rule many_errors {
  when level:ERROR
  alert count >= 5 within 5m by host
}`;
  const zone = 'timestamp: { timezone: America/New_York }, lateness: 30s';
  const day = (minutes: readonly string[]): string[] =>
    minutes.flatMap((wall, i) => {
      const line = { '@timestamp': wall, host: 'pay', level: 'INFO', message: 'heartbeat' };
      const error = { ...line, level: 'ERROR', message: 'failed' };
      // Errors in the repeated hour, for five minutes.
      return i >= 177 && i < 182
        ? [line, error, error].map((each) => JSON.stringify(each))
        : [JSON.stringify(line)];
    });
  /** Wall clocks in New York, a minute apart from this instant on, for 5 hours. */
  const walls = (fromMs: number): string[] => {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    return Array.from({ length: 300 }, (_, i) => format.format(fromMs + i * 60_000).replace(' ', 'T'));
  };

  it('gives the alerts of any other day', async () => {
    const onDay = async (fromMs: number): Promise<unknown> => {
      const { episodes, counts } = await backtest(rules, day(walls(fromMs)), zone);
      const times = episodes.map(({ rule, firedAtMs = 0, count }) => [rule, firedAtMs - fromMs, count]);
      return [times, counts.tooLate];
    };
    const autumn = await onDay(Date.parse('2025-11-02T03:30:00Z'));
    expect(autumn).toEqual(await onDay(Date.parse('2025-10-02T03:30:00Z')));
    expect(autumn).toEqual([
      [
        ['many_errors', 179 * 60_000, 10],
        ['heartbeat_lost', 309 * 60_000, 1],
      ],
      0,
    ]);
  });
});

describe('several sources', () => {
  const rules = `rule burst { when level:ERROR\n alert count >= 4 within 1m by host }
rule silent { when level:*\n alert nothing for 90s by host seen within 10m }
rule answered {
  let asked = message:asked
  let told = message:told
  alert asked not followed by told within 1m by host
}
rule in_order {
  let asked = message:asked
  let told = message:told
  alert told then asked then told within 2m by host
}`;
  const SOURCES = ['json', 'logfmt', 'dissect', 'spread', 'second'];
  const config = (): Config => {
    writeFileSync(
      join(folder, 'tocsin.yaml'),
      `sources:
  json: { file: { path: json.log } }
  logfmt: { file: { path: logfmt.log }, decode: logfmt, timestamp: { field: at, format: epoch_ms } }
  dissect:
    file: { path: dissect.log }
    decode: { dissect: '%{day} %{+day} %{host} %{level} %{message}' }
    timestamp: { field: [day], format: 'yyyy-MM-dd HH:mm:ss.SSS', timezone: Asia/Shanghai }
  spread:
    file: { path: spread.log }
    decode: { dissect: '%{time} [%{host}] %{level} %{message}', multiline: { start: '^\\d' } }
    timestamp: { field: time }
  second: { file: { path: second.log }, timestamp: { field: [when] } }
fields: { host: { type: keyword }, level: { type: keyword }, message: { type: text } }
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`,
    );
    const { config: read, problems } = loadConfig(join(folder, 'tocsin.yaml'), {});
    expect(problems).toEqual([]);
    return read!;
  };

  interface Said {
    readonly atMs: number;
    readonly host: string;
    readonly level: string;
    readonly message: string;
  }
  const written: Readonly<Record<string, (said: Said) => string>> = {
    json: ({ atMs, ...rest }) => JSON.stringify({ '@timestamp': new Date(atMs).toISOString(), ...rest }),
    logfmt: ({ atMs, host, level, message }) => `at=${atMs} host=${host} level=${level} message=${message}`,
    dissect: ({ atMs, host, level, message }) =>
      `${new Date(atMs + 8 * 3_600_000).toISOString().slice(0, -1).replace('T', ' ')} ${host} ${level} ${message}`,
    spread: ({ atMs, host, level, message }) =>
      `${new Date(atMs).toISOString()} [${host}] ${level} first\n  and ${message}`,
    second: ({ atMs, ...rest }) => JSON.stringify({ when: new Date(atMs).toISOString(), ...rest }),
  };

  it.each([1, 2, 3, 4, 5])(
    '%i of them give the alerts that one gives with all their lines',
    async (howMany) => {
      const read = config();
      const { ruleset } = readRuleTexts(read, [{ file: 'a.rule', text: rules }]);
      const run = async (lines: ReadonlyMap<string, readonly string[]>): Promise<readonly string[]> => {
        const inputs = [...lines].map(([name, own]) => {
          // Several files of one source are its partitions.
          const files = [0, 1].map((part) => join(folder, `${name}-${part}.log`));
          for (const [part, file] of files.entries())
            writeFileSync(
              file,
              own
                .filter((_, i) => i % 2 === part)
                .map((line) => `${line}\n`)
                .join(''),
            );
          return { source: read.sources.find((source) => source.name === name)!, files };
        });
        const { episodes } = await runBacktest({
          config: read,
          ruleset: ruleset!,
          inputs,
          nowMs: NOW_MS,
          until: 'end',
        });
        return episodes.map(brief).sort();
      };
      let alerts = 0;
      for (let seed = 1; seed <= 5; seed++) {
        const random = seeded(seed * 10 + howMany);
        const said: Said[] = [];
        let atMs = START_MS;
        for (let i = 0; i < 250; i++) {
          // No two at one time: which of them counts first is then the same whatever they are of.
          atMs += 1 + random.below(random.chance(6) ? 100_000 : 4_000);
          said.push({
            atMs,
            host: random.pick(['a', 'b', 'c']),
            level: random.chance(40) ? 'ERROR' : 'INFO',
            message: random.pick(['asked', 'told', 'other']),
          });
        }
        const names = SOURCES.slice(0, howMany);
        const split = new Map<string, string[]>(names.map((name) => [name, []]));
        for (const each of said) {
          const name = random.pick(names);
          split.get(name)!.push(written[name]!(each));
        }
        const expected = await run(new Map([['json', said.map(written['json']!)]]));
        expect(await run(split), `seed ${seed}`).toEqual(expected);
        alerts += expected.length;
      }
      expect(alerts).toBeGreaterThan(50);
    },
  );
});

it('gives lines without a time that of the event before that counts, never that of the far future', async () => {
  const rules = 'rule one {\n  when host:*\n  alert count >= 1 within 1s by host\n  resolve never\n}\n';
  const lines = [
    { '@timestamp': '2026-05-11T08:00:00.000Z', host: 'start' },
    { '@timestamp': 1778486400000, host: 'json number' },
    { '@timestamp': 'Mon, 11 May 2026 08:00:00 GMT', host: 'rfc1123' },
    { host: 'no time at all' },
    { '@timestamp': '2099-01-01T00:00:00Z', host: 'far future' },
    { host: 'behind the future' },
    { '@timestamp': '2026-05-11T08:00:01.000Z', host: 'normal again' },
  ];
  const { episodes, counts } = await backtest(
    rules,
    lines.map((line) => JSON.stringify(line)),
  );
  expect(counts).toMatchObject({ future: 1, tooLate: 0 });
  expect(episodes.map(({ group, firedAtMs = 0 }) => [group['host'], firedAtMs - START_MS])).toEqual([
    ['start', 0],
    ['json number', 0],
    ['rfc1123', 0],
    ['no time at all', 0],
    ['behind the future', 0],
    ['normal again', 1_000],
  ]);
});

it('takes the time of the file where no line has one', async () => {
  const rules = 'rule two {\n  when host:*\n  alert count >= 2 within 1m\n  resolve never\n}\n';
  const { episodes } = await backtest(rules, ['{"host":"a"}', '{"host":"b"}']);
  expect(episodes.map(({ firedAtMs }) => firedAtMs)).toEqual([NOW_MS]);
});
