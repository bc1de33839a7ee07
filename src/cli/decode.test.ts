/** `tocsin decode`: each line as a source reads it, and what did not fit where. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tocsin, type Ended } from '../../test/support/tocsin.ts';

const DIR = mkdtempSync(join(tmpdir(), 'tocsin-decode-'));
const LAYOUTS = resolve('test/fixtures/layouts');

const CONFIG = `sources:
  shop: { file: { path: 'shop.log' }, decode: json }
  java: { file: { path: 'java.log' }, decode: spring_boot }
fields:
  service: { type: keyword }
  level: { type: keyword, normalise: upper }
  duration_ms: { type: double }
  seen: { type: date }
  tags: { type: keyword }
  message: { type: text }
`;

const LINES = [
  '{"@timestamp":"2026-11-27T11:10:05.123Z","level":"error","service":"shop","message":"支付失败\\u001b[2J","order":7}',
  '',
  '{"time":"2026-11-27T11:10:06Z","level":"info","tags":["a","b"],"seen":"2026-11-27T11:10:06Z"}',
  '{"@timestamp":"soon","duration_ms":"long"}',
  '{"@timestamp": "2026-11-27T11:10:07Z", "支付": x}',
  '{"@timestamp":"2099-01-01T00:00:00Z"}',
];

const decode = (args: readonly string[], input = ''): Promise<Ended> =>
  tocsin(['decode', ...args], { cwd: DIR, input, env: { TZ: 'UTC' } });

const ndjson = (text: string): readonly unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

beforeAll(() => {
  writeFileSync(join(DIR, 'tocsin.yaml'), CONFIG);
  writeFileSync(join(DIR, 'shop.log'), `${LINES.join('\n')}\n`);
});

afterAll(() => {
  rmSync(DIR, { recursive: true, force: true });
});

test('says of every line what became of it', async () => {
  const { code, stdout, stderr } = await decode(['shop.log', '--source', 'shop']);
  expect(code).toBe(1);
  const inferred = '  2026-11-27T11:10:05.123Z (inferred: not its own)';
  expect(stdout).toBe(`line 1  2026-11-27T11:10:05.123Z
  service  keyword  shop
  level    keyword  ERROR
  message  text     支付失败\\u{1b}[2J
  @timestamp=2026-11-27T11:10:05.123Z order=7
line 3${inferred}
  without a time: no \`@timestamp\`
  level  keyword  INFO
  seen   date     2026-11-27T11:10:06.000Z
  tags   keyword  a | b
  time=2026-11-27T11:10:06Z
line 4${inferred}
  \`@timestamp\` is no time of the format iso8601: soon
  a value of duration_ms is no double
  duration_ms  double    1 value does not fit
  @timestamp=soon
line 5${inferred}
  not valid JSON
  | {"@timestamp": "2026-11-27T11:10:07Z", "支付": x}
  |                                                ^ fits up to here
  message  text     ${LINES[4]!}
line 6  2099-01-01T00:00:00.000Z
  more than 5 min ahead of the clock
  @timestamp=2099-01-01T00:00:00Z
`);
  expect(stderr)
    .toBe(`5 events of 5 lines: read whole 2 (40.0 %), without a time 2 (40.0 %), undecodable 1 (20.0 %)
  1 × without a time: no \`@timestamp\`, first in line 3
  1 × \`@timestamp\` is no time of the format iso8601, first in line 4
  1 × a value of duration_ms is no double, first in line 4
  1 × not valid JSON, first in line 5
  1 × more than 5 min ahead of the clock, first in line 6
`);
});

test('gives the same to programs, a line an event', async () => {
  const { code, stdout, stderr } = await decode(['shop.log', '--source', 'shop', '--json']);
  expect([code, stderr]).toEqual([1, '']);
  const inferred = { '@timestamp': '2026-11-27T11:10:05.123Z', timeInferred: true };
  expect(ndjson(stdout)).toEqual([
    {
      line: 1,
      '@timestamp': '2026-11-27T11:10:05.123Z',
      fields: { service: 'shop', level: 'ERROR', message: '支付失败\u001b[2J' },
    },
    { line: 3, ...inferred, fields: { level: 'INFO', seen: 1795777806000, tags: ['a', 'b'] } },
    { line: 4, ...inferred, fields: {} },
    { line: 5, ...inferred, undecodable: 'not valid JSON', fields: { message: LINES[4] } },
    { line: 6, '@timestamp': '2099-01-01T00:00:00.000Z', fields: {} },
  ]);
});

test('shows as many events as asked for, and goes on reading for the summary', async () => {
  const line = '{"@timestamp":"2026-11-27T11:10:05Z"}\n';
  writeFileSync(join(DIR, 'long.log'), line.repeat(30));
  const few = await decode(['long.log', '--source', 'shop', '-n', '2']);
  expect([few.code, few.stdout.match(/^line /gmu)]).toEqual([0, ['line ', 'line ']]);
  expect(few.stderr).toMatch(/^30 events of 30 lines: read whole 30 \(100\.0 %\)[^]*^2 of them shown/mu);
  expect((await decode(['long.log', '--source', 'shop'])).stdout.match(/^line /gmu)).toHaveLength(20);
  const json = await decode(['long.log', '--source', 'shop', '--json', '-n', '25']);
  expect(ndjson(json.stdout)).toHaveLength(25);
  const all = await decode(['-', '--source', 'shop', '--json'], line.repeat(11_000));
  expect(ndjson(all.stdout)).toHaveLength(11_000);
  const cut = await decode(['-', '--source', 'shop'], line.repeat(11_000));
  expect(cut.stderr).toContain('the first 10000 events of 10000 lines');
});

test('tries steps without a configuration, over a compressed file too', async () => {
  const file = join(DIR, 'spring.log.gz');
  const log = await tocsin(['decode', join(LAYOUTS, 'spring.log'), '--decode', 'spring_boot', '--json']);
  expect(log.code).toBe(0);
  expect(ndjson(log.stdout)).toMatchObject([
    { line: 1, '@timestamp': '2026-11-27T11:10:05.123Z', fields: { level: 'INFO', message: 'Started' } },
    { line: 2, fields: { service: 'shop', level: 'ERROR' } },
    { line: 6, fields: { level: 'WARN', message: 'slow' } },
  ]);
  writeFileSync(file, gzipSync(readFileSync(join(LAYOUTS, 'spring.log'))));
  expect((await decode([file, '--decode', 'spring_boot', '--json'])).stdout).toBe(log.stdout);
  const cri = await decode([join(LAYOUTS, 'cri.log'), '--decode', '[cri, json]', '-n', '9']);
  expect(cri.stdout).toContain(`  step 2 (json): not valid JSON
  | plain ERROR order sync failed
  | ^ fits up to here`);
  const keys = '{ decode: json, timestamp: { field: time } }';
  expect((await decode(['-', '--decode', keys], '{"time":"2026-11-27T11:10:05Z"}')).code).toBe(0);
});

test.each<[string[], string]>([
  [
    ['shop.log'],
    'the configuration has several sources\n  fix: name the one that says how the file is decoded: --source NAME (shop, java)',
  ],
  [['shop.log', '--source', 'shpo'], 'there is no source `shpo`\n  fix: did you mean `shop`?'],
  [['none.log', '--source', 'shop'], 'none.log does not exist'],
  [['.', '--source', 'shop'], '. is a folder'],
  [['shop.log', '--source', 'shop', '--decode', 'json'], '--source and --decode exclude each other'],
  [['shop.log', '--decode', 'sprng_boot'], '--decode: '],
  [['shop.log', '--decode', '[json'], '--decode: '],
  [['shop.log', '--decode', ''], '--decode: nothing is given'],
  [['shop.log', '--decode', '[{ regex: "(?<a>" }]'], '--decode: '],
  [['shop.log', '-n', '0'], 'Write a whole number above 0'],
  [['shop.log', '-c', 'none.yaml'], 'there is no such configuration file'],
])('refuses %j', async (args, message) => {
  const { code, stdout, stderr } = await decode(args);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain(message);
});
