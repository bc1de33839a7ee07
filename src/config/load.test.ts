import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Config } from './config.ts';
import { defaultConfigText } from './default-text.ts';
import { loadConfig, parseConfig, type LoadOptions } from './load.ts';
import { formatProblems } from './problem.ts';

const BASE = `sources:
  orders:
    file: { path: "logs/*.log" }
`;

function load(text: string, env: NodeJS.ProcessEnv = {}, options: LoadOptions = {}): Config {
  const { config, problems } = parseConfig(text, '/srv/tocsin/tocsin.yaml', env, options);
  expect(formatProblems(problems).text).toBe('');
  return config!;
}

const complaints = (text: string, env: NodeJS.ProcessEnv = {}): readonly string[] =>
  parseConfig(text, '/srv/tocsin.yaml', env).problems.map(
    ({ line, column, message, fix }) => `${line}:${column} ${message} | ${fix}`,
  );

describe('a valid configuration', () => {
  it('says when a source counts as silent, and who hears of trouble', () => {
    const plain = load(BASE);
    expect([plain.sources[0]!.silentAfterMs, plain.selfAlerts]).toEqual([
      900_000,
      { holdMs: 120_000, lagAfterMs: 300_000 },
    ]);
    const chosen = load(
      `${BASE}    silent_after: never\nchannels: { terminal: {} }\nself_alerts: { notify: [terminal], hold: 0s, lag_after: 1m }\n`,
    );
    expect(chosen.sources[0]).not.toHaveProperty('silentAfterMs');
    expect(chosen.selfAlerts).toEqual({
      notify: [{ channel: 'terminal', target: '' }],
      holdMs: 0,
      lagAfterMs: 60_000,
    });
  });

  it('says where a source begins at its first start, and which alerts are of the past then', () => {
    const plain = load(BASE);
    expect(plain.sources[0]).not.toHaveProperty('start');
    expect(plain.alertAgeMs).toBe(86_400_000);
    expect(load(`${BASE}    start: end\nalert_age: 0s\n`)).toMatchObject({
      sources: [{ start: 'end' }],
      alertAgeMs: 0,
    });
    expect(load(`${BASE}    start: 2d\n`).sources[0]).toMatchObject({ start: 172_800_000 });
    expect(load(`${BASE}    start: beginning\n`).sources[0]).not.toHaveProperty('start');
  });

  it.each(['en', 'zh'] as const)('is what init writes, in %s', (language) => {
    const config = load(defaultConfigText({ language }));
    expect(config.language).toBe(language);
    expect(config.sources[0]).toMatchObject({
      name: 'orders',
      kind: { kind: 'file', paths: ['/srv/tocsin/logs/*.log'] },
      decode: { steps: [{ kind: 'json' }] },
      latenessMs: 5_000,
    });
    expect(config.archive).toEqual({
      kind: 'sqlite',
      path: '/srv/tocsin/data/archive.db',
      retentionMs: 2_592_000_000,
    });
    expect(config.http).toEqual({ host: '127.0.0.1', port: 7080 });
  });

  it('is what the product ships', () => {
    expect(readFileSync('tocsin.yaml', 'utf8')).toBe(defaultConfigText({ language: 'en' }));
  });

  it('needs no more than a source', () => {
    const config = load(BASE);
    expect(config).toMatchObject({ dataDir: '/srv/tocsin/data', rulesDir: '/srv/tocsin/rules', routes: [] });
    expect(config.sources[0]).toMatchObject({
      latenessMs: 30_000,
      timestamp: { path: ['@timestamp'], format: ['iso8601'], timezone: 'UTC' },
    });
    expect(config.schema.searchFields.map(({ name }) => name)).toEqual(['service', 'level', 'message']);
  });

  it('reads the time out of every line, or takes that of its arrival', () => {
    const timestamp = (field: string): unknown =>
      load(`${BASE}    timestamp: { field: ${field} }\n`).sources[0]!.timestamp;
    expect(timestamp('[time, ts]')).not.toHaveProperty('isArrival');
    expect(timestamp('arrival')).toMatchObject({ isArrival: true });
  });

  it.each([
    ['pino', ['time'], 'json levels'],
    ['[cri]', ['time', 'container.time'], 'cri'],
    ['[cri, spring_boot]', ['time'], 'cri regex trim'],
    ['[docker, json, { kv: message }]', ['time', 'container.time'], 'docker json kv'],
    ['[json, trim]', ['@timestamp'], 'json trim'],
  ])('takes steps and time of %s', (decode, path, kinds) => {
    const [source] = load(`${BASE}    decode: ${decode}\n`).sources;
    expect(source!.timestamp.path).toEqual(path);
    expect(source!.decode.steps.map(({ kind }) => kind).join(' ')).toBe(kinds);
    expect(source!.decode.multiline === undefined).toBe(decode !== '[cri, spring_boot]');
  });

  it.each([
    ['GBK', 'gbk'],
    ['cp936', 'gbk'],
    ['latin1', 'windows-1252'],
    ['UTF-16', 'utf-16'],
    ['utf-16le', 'utf-16le'],
    ['utf8', undefined],
  ])('takes the encoding %s as %s', (label, name) => {
    expect(load(`${BASE}    encoding: ${label}\n`).sources[0]!.encoding).toBe(name);
  });

  it('takes everything that the reference names', () => {
    const config = load(
      `sources:
  k:
    kafka:
      brokers: ["a:1", "[::1]:2"]
      topic: t
      group: g
      sasl: { mechanism: scram-sha-512, username: u, password: "\${PW}" }
      tls: { ca: ca.pem }
    decode: { dissect: "%{a} %{b}", multiline: { start: "^\\\\d{4}-" }, kv: b }
    timestamp: { field: [a, b], format: "yyyy-MM-dd HH:mm:ss.SSS", timezone: Asia/Shanghai }
    lateness: 1m30s
  s: { stdin: , timestamp: { format: syslog, year: 2016 } }
archive: { elasticsearch: { node: "http://h:9200", index: logs, api_key: "\${KEY}", retention: 7d } }
channels:
  terminal:
  slack: { token: "\${PW}", api_url: "http://127.0.0.1:1/" }
  dingtalk: { robots: { ops: { access_token: "\${PW}", secret: "\${PW}" } }, api_url: "http://127.0.0.1:2" }
  email: { smtp: "\${MAIL}", from: a@b }
  webhook: { audit: { url: "http://x/y" } }
routes:
  - { match: { severity: critical, owner: [x, y], labels: { tier: "1" } }, to: ["slack:#c", "dingtalk:ops"] }
  - to: [terminal, email:a@b, webhook:audit]
kibana: { url: "https://k" }
`,
      { PW: 'hush-hush', KEY: 'key-key', MAIL: 'smtp://u:hush-hush@h:25' },
    );
    const [kafka, stdin] = config.sources;
    expect(kafka).toMatchObject({
      kind: {
        kind: 'kafka',
        brokers: ['a:1', '[::1]:2'],
        transactionWaitMs: 900_000,
        sasl: { mechanism: 'scram-sha-512', username: 'u' },
        tls: { caFile: '/srv/tocsin/ca.pem' },
      },
      decode: {
        steps: [
          { kind: 'dissect', patterns: ['%{a} %{b}'] },
          { kind: 'kv', field: 'b' },
        ],
        multiline: { by: 'start', pattern: '^\\d{4}-', waitMs: 1_000, linesMax: 1_000 },
      },
      timestamp: { path: ['a', 'b'], timezone: 'Asia/Shanghai' },
      latenessMs: 90_000,
    });
    expect(stdin).toMatchObject({ kind: { kind: 'stdin', spoolBytes: 2 ** 30 }, timestamp: { year: 2016 } });
    expect(config.archive).toMatchObject({ retentionMs: 7 * 86_400_000 });
    expect(config.routes[0]).toEqual({
      severity: ['critical'],
      owner: ['x', 'y'],
      labels: { tier: '1' },
      to: [
        { channel: 'slack', target: '#c' },
        { channel: 'dingtalk', target: 'ops' },
      ],
    });
    expect(config.routes[1]!.to[0]).toEqual({ channel: 'terminal', target: '' });
    expect(config.kibana).toEqual({ url: 'https://k', dataView: 'order-logs' });
    expect(config.channels.slack?.token.reveal()).toBe('hush-hush');
    for (const shown of [
      JSON.stringify(config),
      inspect(config, { depth: 9 }),
      String(config.channels.slack?.token),
    ]) {
      expect(shown).not.toMatch(/hush|key-key/u);
    }
  });

  it('takes a rate for each receiver, and a webhook that is not probed', () => {
    const { channels } = load(
      `${BASE}channels:
  slack: { token: t, rate: 1/s }
  dingtalk: { robots: { ops: { access_token: t, rate: 20/m } } }
  email: { smtp: "smtp://h", from: a@b, rate: 90/m }
  webhook: { audit: { url: "http://x/y", rate: 50/s, probe: false } }
`,
    );
    expect(channels).toMatchObject({
      slack: { ratePerMinute: 60 },
      dingtalk: { robots: { ops: { ratePerMinute: 20 } } },
      email: { ratePerMinute: 90 },
      webhook: { audit: { ratePerMinute: 3_000, probe: false } },
    });
  });

  it('takes how a mail server is spoken to, and how long it may think', () => {
    const email = (more: string): unknown =>
      load(`${BASE}channels: { email: { smtp: "smtp://h", from: a@b${more} } }\n`).channels.email;
    expect(email('')).toMatchObject({ answerWithinMs: 600_000 });
    expect(email('')).not.toHaveProperty('requireTls');
    expect(email(', require_tls: false, answer_within: 90s')).toMatchObject({
      requireTls: false,
      answerWithinMs: 90_000,
    });
  });

  it('keeps ${NAME} as text where it is written $${NAME}', () => {
    expect(load(BASE + 'data_dir: "$${HOME}/x"\n').dataDir).toBe('/srv/tocsin/${HOME}/x');
  });

  it('may lack its secrets for a check', () => {
    const text = `${BASE}channels: { email: { smtp: "\${SMTP_URL}", from: a@b } }\n`;
    expect(load(text, {}, { environment: 'optional' }).channels.email?.from).toBe('a@b');
    const pages = `${BASE}http: { listen: "127.0.0.1:0", token: "\${HTTP_TOKEN}" }\n`;
    expect(load(pages, {}, { environment: 'optional' }).http?.token?.toString()).toBe('[redacted]');
  });
});

describe('a wrong configuration', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'an unknown key',
      `${BASE}    lateneess: 3s\n`,
      [
        '4:5 unknown key `lateneess` in `sources.orders` | did you mean `lateness`? known here: kafka, file, stdin, decode, multiline, encoding, timestamp, lateness',
      ],
    ],
    [
      'an unknown key of a step that may be empty',
      `${BASE}    decode: [json, { each: { feld: Records } }]\n`,
      [
        '4:30 unknown key `feld` in `sources.orders.decode[1].each` | did you mean `field`? known here: field, skip',
      ],
    ],
    [
      'an unknown key at the top',
      `${BASE}chanels: {}\n`,
      ['4:1 unknown key `chanels` at the top level | did you mean `channels`?'],
    ],
    [
      'an unknown key in a union',
      `${BASE}    decode: { dissekt: "%{a}" }\n`,
      [
        '4:5 `sources.orders.decode.dissect` is missing | write a pattern, for example `dissect: "%{@timestamp}',
        '4:15 unknown key `dissekt` in `sources.orders.decode` | did you mean `dissect`?',
      ],
    ],
    ...['regex: "^a"', 'levels: pino', 'json: ', 'kv: message', 'dissect: "%{a}", levels: words'].map(
      (block): [string, string, string[]] => {
        const key = block === 'dissect: "%{a}", levels: words' ? 'levels' : block.split(':')[0]!;
        return [
          `a step that is no list: ${block}`,
          `${BASE}    decode: { ${block} }\n`,
          [
            `4:13 \`sources.orders.decode\` is a block with \`${key}\`, expected a list | make it a list, with a dash before each step: \`- ${key}: …\``,
          ],
        ];
      },
    ),
    [
      'a wrong word',
      `${BASE}    decode: jsn\n`,
      [
        '4:13 `sources.orders.decode` is "jsn", expected json, logfmt, a preset (docs/reading.md), { dissect: "…" } or a list of steps | did you mean `json`?',
      ],
    ],
    [
      'an encoding that is none',
      `${BASE}    encoding: gbkk\n`,
      [
        '4:15 `sources.orders.encoding` is "gbkk", expected an encoding (utf-8, gb18030, big5, shift_jis, …): did you mean `gbk`? | write an encoding (utf-8, gb18030, big5, shift_jis, …), for example `encoding: gb18030`',
      ],
    ],
    [
      'a wrong type',
      `${BASE}fields: { a: { type: keywrd } }\n`,
      [
        '4:22 `fields.a.type` is "keywrd", expected one of keyword, text, long, double, boolean, date | did you mean `keyword`?',
      ],
    ],
    [
      'a missing key',
      'sources:\n  o:\n    kafka: { brokers: ["a:1"] }\n',
      ['3:5 `sources.o.kafka.topic` is missing | write the name of a topic, for example `topic: order-logs`'],
    ],
    ['no sources', 'data_dir: x\n', ['1:1 `sources` is missing | write a block of sources']],
    ['an empty file', '', ['1:1 `sources` is missing | write a block of sources']],
    ['a list at the top', '- a\n', ['1:1 the file is a list, expected keys | begin with']],
    [
      'a bad duration',
      `${BASE}    lateness: 30 secs\n`,
      [
        '4:15 `sources.orders.lateness` is "30 secs", expected a duration (500ms, 30s, 5m, 1h30m, 72h, 7d) | write a duration',
      ],
    ],
    [
      'a duration without unit',
      `${BASE}    lateness: 30\n`,
      ['4:15 `sources.orders.lateness` is a number, expected a duration'],
    ],
    [
      'a bad regular expression',
      `${BASE}    decode: { dissect: "%{a}", multiline: { start: "(" } }\n`,
      ['4:52 `sources.orders.decode.multiline.start` is "(", expected a regular expression'],
    ],
    [
      'a multiline without a pattern',
      `${BASE}    multiline: { wait: 5s }\n`,
      [
        '4:5 `multiline` does not say which lines are one event | give it `start: PATTERN`, `continue: PATTERN` or',
      ],
    ],
    [
      'a multiline with two patterns',
      `${BASE}    multiline: { start: a, end: b }\n`,
      ['4:28 `start` says already which lines are one event | keep one of start and end'],
    ],
    [
      'bounds of a multiline that are none',
      `${BASE}    multiline: { start: a, wait: 2m, lines: 1 }\n`,
      [
        '4:34 `sources.orders.multiline.wait` is "2m", expected a duration longer than 0 and up to 1m',
        '4:45 `sources.orders.multiline.lines` is a number, expected a whole number from 2 to 100,000',
      ],
    ],
    [
      'a multiline in two places',
      `${BASE}    multiline: { start: a }\n    decode: { dissect: "%{a}", multiline: { start: b } }\n`,
      ['5:32 `multiline` is given twice | keep it beside `decode`, or within `decode`, not both'],
    ],
    [
      'Kafka and nobody to have it, a name that nothing gives, and a step that reads fields alone',
      `sources:\n  orders:\n    file: { path: a.log }\n    decode: [json, set: { a: "{@kafka.key}" }, set: { b: "{@hots}" }, cri, { levels: words, field: "@file" }]\n`,
      [
        '4:20 `@kafka.key` is never there: a source of kind `file` has no records of Kafka | remove it, or',
        '4:48 `@hots` is neither a field of the steps before nor a name for where a line came from | did you mean `@host`?',
        '`levels` works on fields of the document, and `@file` is none | set a field first: `set: { origin:',
      ],
    ],
    [
      'names with @ of nothing, and of nothing in Kafka',
      `sources:\n  orders:\n    kafka: { brokers: ["127.0.0.1:9092"], topic: t, group: g }\n    decode: [cri, set: { a: "{@timestamp}" }, set: { a: "{@kafka.topic}" }]\n`,
      [
        '`@timestamp` is neither a field of the steps before nor a name for where a line came from | write `@file`, `@source`,',
        '`@kafka.topic` is neither a field of the steps before nor',
      ],
    ],
    [
      'a header that comes too late, and lines under a header that are joined',
      `sources:\n  a: { stdin: {}, decode: [cri, w3c] }\n  b: { file: { path: a }, decode: iis, multiline: { start: a } }\n`,
      [
        '2:33 `w3c` must be the first step: it goes by the `#Fields:` line of the log | make it the first one',
        '3:27 each line of `w3c` is an event: `multiline` joins none of them | remove `multiline`',
      ],
    ],
    [
      'a missing variable',
      `${BASE}channels: { slack: { token: "\${SLACK_TOKEN}" } }\n`,
      [
        '4:29 the environment variable SLACK_TOKEN is not set | set it before starting, for example `export SLACK_TOKEN=…`',
      ],
    ],
    ['broken YAML', `${BASE}  x: [\n`, ['not valid YAML']],
    [
      'a key given twice',
      `${BASE}rules: a\nrules: b\n`,
      ['5:1 `rules` stands twice in this block | keep one'],
    ],
    [
      'two kinds of source',
      'sources: { o: { file: { path: a }, stdin: {} } }\n',
      ['1:36 a source has one kind, this one has file and stdin'],
    ],
    [
      'no kind of source',
      'sources:\n  o: { decode: json }\n',
      ['2:3 `sources.o` does not say where it is | give the source exactly one of'],
    ],
    [
      'a time zone',
      `${BASE}    timestamp: { timezone: Asia/Shangai }\n`,
      ['4:28 there is no time zone "Asia/Shangai" | did you mean `Asia/Shanghai`?'],
    ],
    [
      'the time zone of messages',
      `${BASE}timezone: Europe/Berlim\n`,
      ['4:11 there is no time zone "Europe/Berlim" | did you mean `Europe/Berlin`?'],
    ],
    [
      'a rate that the service does not take',
      `${BASE}channels:\n  slack: { token: t, rate: 61/m }\n  dingtalk: { robots: { ops: { access_token: t, rate: 1/s } } }\n  webhook: { a: { url: "http://x", rate: 0/s } }\n`,
      [
        '5:28 `channels.slack.rate` is "61/m", expected a rate up to 60/m',
        '6:55 `channels.dingtalk.robots.ops.rate` is "1/s", expected a rate up to 20/m',
        '7:42 `channels.webhook.a.rate` is "0/s", expected a rate up to 100/s',
      ],
    ],
    [
      'a mail server that has no time to answer, or for ever',
      `${BASE}channels: { email: { smtp: "smtp://h", from: a@b, answer_within: 0s } }\n`,
      ['4:66 `channels.email.answer_within` is "0s", expected a duration from 1s to 1h'],
    ],
    [
      'a field beside the time of arrival',
      `${BASE}    timestamp: { field: [ts, arrival] }\n`,
      ['4:25 `arrival` is the time at which a line arrives, which is always there: other fields beside it'],
    ],
    [
      'steps that are none',
      `${BASE}    decode:\n      - jsn\n      - {}\n      - { json: , trim: }\n      - { dissekt: x }\n`,
      [
        '5:9 `sources.orders.decode[0]` is "jsn", expected the name of a step or of a preset (docs/reading.md), or a block with a step | did you mean `json`?',
        '8:11 unknown key `dissekt` in `sources.orders.decode[3]` | did you mean `dissect`?',
      ],
    ],
    [
      'steps that say too little or too much',
      `${BASE}    decode:\n      - { field: x }\n      - { json: , trim: }\n      - { json: , field: x }\n      - regex: '(a'\n      - regex: ['a']\n      - replace: { field: a, regex: '(?=a)', with: b }\n      - { map: {} }\n`,
      [
        '5:9 this step does not say what to do | give it one of `json`, `logfmt`',
        '6:19 a step does one thing, this one has json and trim | make them two steps',
        '7:19 `field` does nothing beside `json` | write it inside of `json`',
        '8:16 `(a` cannot be used: RE2 does not understand it',
        '9:16 `a` names no part | write (?<name>…)',
        '10:37 `(?=a)` cannot be used: RE2 looks neither ahead nor behind',
        '11:11 `map` names no field',
      ],
    ],
    [
      'grok that cannot be used',
      `${BASE}    decode:\n      - grok: '%{COMBINEDAPACHLOG}'\n      - grok: ['%{IP}', '(?=x)%{IP:a}']\n      - grok:\n          pattern: '%{A:a}'\n          patterns:\n            A: 'x%{DATTA}'\n            b c: x\n`,
      [
        '5:15 `%{COMBINEDAPACHLOG}` cannot be used: there is no pattern `COMBINEDAPACHLOG`; did you mean `COMBINEDAPACHELOG`? | mend the pattern',
        '6:15 `%{IP}` names no field | write %{NAME:field}',
        '6:15 `(?=x)%{IP:a}` cannot be used: RE2 looks neither ahead nor behind',
        '10:16 `x%{DATTA}` cannot be used: there is no pattern `DATTA`; did you mean `DATA`?',
        '11:13 no pattern can be called `b c` | use letters, digits and underscores',
      ],
    ],
    [
      'a time format among several',
      `${BASE}    timestamp: { format: [iso8601, "yyyy-MM-dd hh:mm"] }\n`,
      ['4:26 time format "yyyy-MM-dd hh:mm": hh counts to 12 and needs a'],
    ],
    [
      'seconds without nanoseconds',
      `${BASE}    timestamp: { field: { seconds: a } }\n`,
      ['4:18 `sources.orders.timestamp.field.nanos` is missing | write a text'],
    ],
    ['a time format', `${BASE}    timestamp: { format: iso }\n`, ['4:26 time format "iso"']],
    ...[
      ['epoch_millis', 'epoch_ms'],
      ['UNIX_MS', 'epoch_ms'],
      ['epoch_second', 'epoch_s'],
      ['unix', 'epoch_s'],
      ['micros', 'epoch_us'],
      ['epoch_nanos', 'epoch_ns'],
      ['ISO8601', 'iso8601'],
      ['rfc3339', 'iso8601'],
      ['strict_date_optional_time', 'iso8601'],
    ].map(([written, meant]): [string, string, string[]] => [
      `${written} for a time format`,
      `${BASE}    timestamp: { format: ${written} }\n`,
      [`4:26 time format "${written}" is not known | did you mean \`${meant}\`?`],
    ]),
    [
      'a search field',
      `${BASE}search_fields: [mesage]\n`,
      ['4:17 `mesage` is not declared under `fields` | did you mean `message`?'],
    ],
    [
      'a number as a search field',
      `${BASE}fields: { n: { type: long } }\nsearch_fields: [n]\n`,
      ['5:17 `n` is long: no text is searched for in it'],
    ],
    [
      'a field that the archive needs itself',
      `${BASE}fields: { raw: { type: text }, "@timestamp": { type: text } }\n`,
      [
        '4:11 `raw` is a name that the archive needs',
        '4:54 `@timestamp` is the time of the event, not text | write `type: date`',
      ],
    ],
    [
      'an unknown channel',
      `${BASE}routes: [{ to: [slak:x] }]\n`,
      ['4:17 there is no channel `slak` | did you mean `slack`?'],
    ],
    [
      'a channel that is not configured',
      `${BASE}routes: [{ to: ["slack:#x"] }]\n`,
      ['4:17 the channel `slack` is not configured | add `slack` under `channels`'],
    ],
    [
      'a silence that is no time',
      `${BASE}    silent_after: 0s\n`,
      ['4:19 `sources.orders.silent_after` is '],
    ],
    ['a start that is no place', `${BASE}    start: middle\n`, ['4:12 `sources.orders.start` is ']],
    [
      'a start of standard input',
      'sources: { orders: { stdin: {}, start: end } }\n',
      [
        '1:33 `start` does nothing: standard input begins where the program before it begins to write | remove it',
      ],
    ],
    [
      'a receiver of self-alerts that is not there',
      `${BASE}self_alerts: { notify: [webhook:x] }\n`,
      ['4:25 the channel `webhook` is not configured'],
    ],
    [
      'an unknown robot',
      `${BASE}channels: { dingtalk: { robots: { ops: { access_token: x } } } }\nroutes: [{ to: [dingtalk:opps] }]\n`,
      ['5:17 there is no DingTalk robot `opps` | did you mean `ops`?'],
    ],
    [
      'a route that is never reached',
      `${BASE}channels: { terminal: {} }\nroutes: [{ to: [terminal] }, { match: { owner: a }, to: [terminal] }]\n`,
      ['5:30 never reached: route 1 takes every alert'],
    ],
    [
      'a URL',
      `${BASE}kibana: { url: kibana.example.com }\n`,
      ['4:16 `kibana.url` is no URL that can be used | write http://'],
    ],
    ['an address', `${BASE}http: { listen: "7080" }\n`, ['4:17 "7080" is not host:port']],
    [
      'a pattern to mask that RE2 does not take',
      `${BASE}mask: { patterns: { a: "(?<=x)y" } }\n`,
      ['4:24 `mask.patterns.a` is "(?<=x)y", expected a regular expression of RE2'],
    ],
    [
      'a pattern that matches nothing at all, under a name that is none',
      `${BASE}mask: { kinds: [cars], patterns: { "1 a": "x*" } }\n`,
      ['did you mean `cards`', '`mask.patterns.1 a` is "x*"'],
    ],
    [
      'a name of a pattern',
      `${BASE}mask: { patterns: { "1 a": "x" } }\n`,
      ['4:21 `1 a` is no name for a pattern | use letters'],
    ],
    [
      'half a login',
      `${BASE}archive: { elasticsearch: { node: "http://a", index: b, username: u } }\n`,
      ['4:12 `password` is missing | give both'],
    ],
    [
      'an empty value',
      `${BASE}archive: { elasticsearch: { node: , index: b } }\n`,
      ['4:29 `archive.elasticsearch.node` is empty'],
    ],
  ];
  it.each(cases)('is told by line, column and fix: %s', (_name, text, expected) => {
    const got = complaints(text);
    expect(got).toHaveLength(expected.length);
    expected.forEach((part, i) => {
      expect(got[i]).toContain(part);
    });
    for (const line of got) expect(line).toMatch(/^\d+:\d+ \S.* \| \S/u);
  });

  it('shows every problem in one run, in the order of the file', () => {
    const got = complaints(`dat_dir: x\n${BASE}    lateness: soon\nlanguage: fr\n`);
    expect(got.map((line) => line.split(' ')[0])).toEqual(['1:1', '5:15', '6:11']);
  });

  it('takes no token that could be guessed, and does not repeat it', () => {
    const said = complaints(`${BASE}http: { listen: "127.0.0.1:0", token: "hunter2" }\n`).join('\n');
    expect(said).toContain('at least 16 characters');
    expect(said).not.toContain('hunter2');
  });

  it('never shows a secret', () => {
    const text = `${BASE}channels: { slack: { token: "xoxb-hush" }, email: { smtp: "hush-hush", from: 1 } }\n`;
    expect(complaints(text).join('\n')).not.toContain('hush');
  });

  it('never shows a secret of the environment, however long the value, in a place that holds none', () => {
    const value = `${'hush-'.repeat(40)}hush`;
    const said = complaints(`${BASE}language: "\${LONG}"\n`, { LONG: value }).join('\n');
    expect(said).toContain('`language` is "${LONG}"');
    expect(said).not.toContain('hush-');
  });

  it('never shows a password that lacks its quotes', () => {
    expect(complaints(`${BASE}channels: { slack: { token: *hush-hush } }\n`).join('\n')).not.toContain(
      'hush',
    );
  });

  it('that is not there names init and the file', () => {
    const { problems } = loadConfig('/nowhere/tocsin.yaml', {});
    expect(formatProblems(problems).text).toMatch(
      /^\/nowhere\/tocsin\.yaml: there is no such configuration file\n {2}fix: `tocsin init`/u,
    );
  });
});
