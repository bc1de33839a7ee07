/**
 * No secret leaves the process: canaries in every place of the configuration that can hold one, every receiver and the archive failing in
 * turn with answers that quote the request, and then the log, the pages, the messages, the files and the output of every command.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { canaries, type Canaries } from '../support/canaries.ts';
import {
  startDropping,
  startQuoting,
  startQuotingSmtp,
  type HostileService,
} from '../support/hostile-services.ts';
import { schemaKeys } from '../support/schema-keys.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { startTocsin, until, type TocsinProcess } from '../support/tocsin-process.ts';
import { tocsin } from '../support/tocsin.ts';
import { startFakeWebhook, type FakeWebhook } from '../support/webhook.ts';

/** Keys whose values are no secret, whatever is written there. A new key must be planted below or stand here. */
const OPEN = `data_dir sources.NAME.kafka.topic sources.NAME.kafka.group sources.NAME.kafka.transaction_wait
  sources.NAME.kafka.sasl.mechanism sources.NAME.kafka.sasl.username sources.NAME.file.path sources.NAME.stdin.spool
  sources.NAME.decode sources.NAME.decode.dissect sources.NAME.decode.kv
  sources.NAME.decode.multiline.start sources.NAME.decode.multiline.continue sources.NAME.decode.multiline.end
  sources.NAME.decode.multiline.wait sources.NAME.decode.multiline.lines sources.NAME.multiline.start
  sources.NAME.multiline.continue sources.NAME.multiline.end sources.NAME.multiline.wait sources.NAME.multiline.lines sources.NAME.encoding
  sources.NAME.timestamp.field sources.NAME.timestamp.field.seconds sources.NAME.timestamp.field.nanos
  sources.NAME.timestamp.format sources.NAME.timestamp.timezone sources.NAME.timestamp.year
  sources.NAME.lateness sources.NAME.start sources.NAME.silent_after alert_age fields.NAME.path fields.NAME.type fields.NAME.normalise search_fields
  archive.sqlite.path archive.sqlite.retention archive.elasticsearch.index archive.elasticsearch.username
  archive.elasticsearch.tls.ca archive.elasticsearch.tls.cert archive.elasticsearch.retention rules channels.terminal
  channels.slack.rate channels.dingtalk.robots.NAME.rate channels.email.from channels.email.rate
  channels.email.require_tls channels.email.answer_within alerts.retention
  mask.kinds mask.patterns.NAME mask.archive rule_receivers channels.webhook.NAME.rate channels.webhook.NAME.probe routes[].match.severity routes[].match.owner
  routes[].match.rule routes[].match.labels.NAME routes[].to self_alerts.notify self_alerts.hold self_alerts.lag_after
  kibana.data_view http.listen language timezone sources.NAME.kafka.tls sources.NAME.kafka.tls.ca
  sources.NAME.kafka.tls.cert`
  .split(/\s+/u)
  .filter((key) => key !== '');

let planted: Canaries;
const places = new Set<string>();
let services: Readonly<Record<string, HostileService>>;
let good: FakeWebhook;

/** A canary in the place of a key; several in one place have a part each. */
const plant = (key: string, part = ''): string => {
  places.add(key);
  return planted.plant(`${key} ${part}`.trim());
};

const encoded = (text: string): string => encodeURIComponent(text);
const quoted = (text: string): string => JSON.stringify(text);

beforeAll(async () => {
  planted = canaries();
  const [webhook, slack, dingtalk, elasticsearch, smtp, dropping] = await Promise.all([
    startQuoting('webhook'),
    startQuoting('slack'),
    startQuoting('dingtalk'),
    startQuoting('elasticsearch'),
    startQuotingSmtp(),
    startDropping(),
  ]);
  services = { webhook, slack, dingtalk, elasticsearch, smtp, dropping };
});

afterAll(async () => {
  await Promise.all(Object.values(services).map((each) => each.close()));
});

beforeEach(async () => {
  good = await startFakeWebhook(planted.plant('the secret of the webhook that works'));
});

afterEach(() => good.close());

/** `user:password@`, percent-encoded as it must be. */
const login = (key: string, part: string): string => `u:${encoded(plant(key, part))}@`;

/** By the name of a webhook, how it fails. */
function webhooks(): string {
  const key = 'channels.webhook.NAME.url';
  const path = (name: string): string =>
    `/${encoded(plant(key, `path of ${name}`))}?key=${encoded(plant(key, `query of ${name}`))}`;
  const at = (name: string, scheme: string, host: string): string =>
    `${name}: { url: ${quoted(`${scheme}://${login(key, `password of ${name}`)}${host}${path(name)}`)}, secret: ${quoted(plant('channels.webhook.NAME.secret', name))} }`;
  return [
    `good: { url: "${good.url}", secret: ${quoted(good.secret)} }`,
    at('quoting', 'http', services['webhook']!.host),
    at('refusing', 'http', '127.0.0.1:9'),
    at('forbidden', 'http', '127.0.0.1:1'),
    at('nowhere', 'http', 'no-such-host.invalid'),
    at('plain', 'https', services['webhook']!.host),
    at('dropping', 'http', services['dropping']!.host),
  ].join(', ');
}

const RECEIVERS = [
  ...['good', 'quoting', 'refusing', 'forbidden', 'nowhere', 'plain', 'dropping'].map(
    (name) => `webhook:${name}`,
  ),
  ...['slack:#ops', 'dingtalk:ops', 'email:a@example.com', 'terminal'],
];

/** The configuration, and the environment that it takes some of it from. */
function configuration(archive: string): { readonly text: string; readonly env: NodeJS.ProcessEnv } {
  const { slack, dingtalk, smtp } = services as Record<string, HostileService>;
  const inPath = plant('channels.dingtalk.api_url', 'path, from the environment');
  const env = {
    PROXY_PATH: encoded(inPath),
    TOCSIN_NOT_NAMED: planted.plant('a variable that nobody names'),
    SLACK_TOKEN: plant('channels.slack.token'),
    HTTP_TOKEN: plant('http.token'),
  };
  const text = `data_dir: ./data
sources:
  shop: { file: { path: 'logs/*.log' }, lateness: 1s }
archive: ${archive}
channels:
  terminal: {}
  slack: { token: "\${SLACK_TOKEN}", api_url: ${quoted(`http://${login('channels.slack.api_url', 'password')}${slack!.host}/api/`)} }
  dingtalk:
    api_url: ${quoted(`http://${login('channels.dingtalk.api_url', 'password')}${dingtalk!.host}/\${PROXY_PATH}`)}
    robots: { ops: { access_token: ${quoted(plant('channels.dingtalk.robots.NAME.access_token'))}, secret: ${quoted(plant('channels.dingtalk.robots.NAME.secret'))} } }
  email: { smtp: ${quoted(`smtp://${login('channels.email.smtp', 'password')}${smtp!.host}`)}, from: a@example.com }
  webhook: { ${webhooks()} }
routes: [{ to: [${RECEIVERS.map(quoted).join(', ')}] }]
self_alerts: { hold: 1s }
http: { listen: '127.0.0.1:0', token: "\${HTTP_TOKEN}" }
`;
  return { text, env };
}

/** The archives that fail; the embedded one is in a file that is none. */
const archives: Readonly<Record<string, () => string>> = {
  'Elasticsearch, by its address': () =>
    `{ elasticsearch: { node: ${quoted(`http://${login('archive.elasticsearch.node', 'password')}${services['elasticsearch']!.host}`)}, index: orders } }`,
  'Elasticsearch, by an API key': () =>
    `{ elasticsearch: { node: "http://${services['elasticsearch']!.host}", index: orders, api_key: ${quoted(plant('archive.elasticsearch.api_key'))} } }`,
  'Elasticsearch, by keys': () =>
    `{ elasticsearch: { node: "http://${services['elasticsearch']!.host}", index: orders, username: u, password: ${quoted(plant('archive.elasticsearch.password'))} } }`,
  'the embedded archive': () => `{ sqlite: { path: ./rules/order.rule } }`,
};

const [first] = Object.values(archives);

/** The commands with what they are given; each runs in a process of its own. */
const commands: Readonly<Record<string, readonly (readonly string[])[]>> = {
  run: [], // The story itself.
  check: [['check'], ['check', '--json']],
  fmt: [['fmt', '--diff']],
  lint: [['lint']],
  explain: [
    ['explain', 'order_timeouts'],
    ['explain', 'order_timeouts', '--json'],
  ],
  test: [['test'], ['test', '--json']],
  analyze: [['analyze', 'a b']],
  decode: [
    ['decode', 'logs/shop.log', '--source', 'shop'],
    ['decode', 'logs/shop.log', '--source', 'shop', '--json'],
  ],
  backtest: [
    ['backtest', '--source', 'shop', '-i', 'logs/shop.log'],
    ['backtest', '--archive', '--since', '1h'],
  ],
  search: [
    ['search', '"ERROR"'],
    ['search', '"ERROR"', '--json'],
  ],
  alerts: [['alerts', '--json'], ['alerts', '--rules'], ['alerts']],
  show: [
    ['show', 'ID'],
    ['show', 'ID', '--json'],
    ['show', 'none'],
  ],
  'dlq list': [['dlq', 'list']],
  'dlq retry': [['dlq', 'retry']],
  backup: [['backup', 'copy']],
  restore: [
    ['restore', 'copy'],
    ['restore', 'nothing-there'],
  ],
  init: [['init'], ['init', '--from', 'logs', '--config', 'proposed/tocsin.yaml']],
  demo: [['demo', '--for', '10s']],
};

/** Those that ask the archive: of the other archives they are enough. */
const ASKING = ['show', 'search', 'dlq retry', 'backtest'];

/** Names of the commands that a help text lists. */
async function listed(...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await tocsin([...args, '--help']);
  const names = [...stdout.split('Commands:')[1]!.matchAll(/^ {2}([a-z]+)/gmu)].map(([, name]) => name!);
  return names.filter((name) => name !== 'help');
}

/** What a process wrote into the folder, with what SQLite has beside its databases; our own files are where secrets belong. */
function filesOf(dir: string): readonly (readonly [string, Uint8Array])[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'tocsin.yaml')
    .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name))]);
}

function openHostileShop(archive: () => string): { shop: Shop; env: NodeJS.ProcessEnv } {
  const { text, env } = configuration(archive());
  const shop = openShop();
  shop.write('tocsin.yaml', text);
  return { shop, env };
}

describe.each(Object.entries(archives))('where every receiver fails, and %s', (_name, archive) => {
  it('no secret is in the log, the pages, messages, files or the output of any command', async () => {
    const { shop, env } = openHostileShop(archive);
    let process: TocsinProcess | undefined;
    try {
      process = startTocsin(['run', '--log-level', 'debug'], shop.dir, env);
      const names = archive === first ? Object.keys(commands) : ASKING;
      await story(
        process,
        { shop, env },
        names.flatMap((name) => commands[name]!),
      );
    } finally {
      await process?.end('SIGKILL');
      shop.close();
    }
  });
});

async function story(
  process: TocsinProcess,
  { shop, env }: { readonly shop: Shop; readonly env: NodeJS.ProcessEnv },
  given: readonly (readonly string[])[],
): Promise<void> {
  const leaks: string[] = [];
  const look = (place: string, bytes: string | Uint8Array): void =>
    void leaks.push(...planted.foundIn(place, bytes));
  for (let i = 0; i < 3; i++) shop.fault('pay');
  const log = (): string => process.stderr().slice(-4_000);
  const url = await until(() => /"url\.full":"([^"]+)"/u.exec(process.stderr())?.[1], 60_000, log);
  let exit: number | null | undefined;
  void process.exited.then((code) => (exit = code));
  const told = (rule: string): readonly Record<string, unknown>[] =>
    good.bodies.filter(({ alert }) => (alert as { rule?: string } | undefined)?.rule === rule);
  const failing = RECEIVERS.filter((name) => !['webhook:good', 'terminal'].includes(name));
  await until(
    () => {
      expect(exit, log()).toBeUndefined();
      return told('tocsin_receiver_failing').length >= failing.length && told('order_timeouts').length > 0;
    },
    120_000,
    log,
  );
  for (const page of [
    'readyz',
    'metrics',
    `alerts/${(told('order_timeouts')[0]!['alert'] as { alertId: string }).alertId}`,
    'alerts/none',
    'none',
  ])
    for (const authorization of ['none', basicOf(env)]) {
      const answer = await fetch(`${url}/${page}`, { headers: { authorization } });
      look(`/${page}`, JSON.stringify([...answer.headers]) + (await answer.text()));
      if (authorization !== 'none' && !page.endsWith('none')) expect(answer.status).toBe(200);
    }
  for (const [name, bytes] of filesOf(shop.dir)) look(`${name} while it runs`, bytes);
  await process.end('SIGTERM');
  look('messages', JSON.stringify(good.bodies));
  look('the log', process.stderr());
  look('the terminal', process.stdout());
  const id = (told('order_timeouts')[0]!['alert'] as { alertId: string }).alertId;
  for (const args of given) {
    const { stdout, stderr } = await tocsin(
      args.map((arg) => (arg === 'ID' ? id : arg)),
      { cwd: shop.dir, env },
    );
    look(`tocsin ${args.join(' ')}`, stdout + stderr);
  }
  for (const [name, bytes] of filesOf(shop.dir)) look(name, bytes);
  expect(leaks).toEqual([]);
  // It was a story: the receivers did fail, for reasons of theirs.
  expect(process.stderr()).toContain('[redacted]');
}

/** The token of the pages as a browser sends it: fetch takes no other characters in a header than those of Latin-1. */
function basicOf({ HTTP_TOKEN: token }: NodeJS.ProcessEnv): string {
  return `Basic ${Buffer.from(`:${token ?? ''}`).toString('base64')}`;
}

/** What a start does not survive, by the block of the source or archive. */
const fatal: Readonly<Record<string, (shop: Pick<Shop, 'write'>) => string>> = {
  'brokers that cannot be reached': () =>
    `sources: { far: { kafka: { brokers: ['127.0.0.1:9'], topic: t, sasl: { mechanism: plain, username: u, password: ${quoted(plant('sources.NAME.kafka.sasl.password'))} } } } }`,
  'a key of Kafka that is none': (shop) =>
    `sources: { far: { kafka: { brokers: ['127.0.0.1:9'], topic: t, tls: { key: ${brokenKey(shop, 'sources.NAME.kafka.tls.key')} } } } }`,
  'a key of Elasticsearch that is none': (shop) =>
    `sources: { shop: { file: { path: 'logs/*.log' } } }
archive: { elasticsearch: { node: 'https://127.0.0.1:9', index: o, tls: { key: ${brokenKey(shop, 'archive.elasticsearch.tls.key')} } } }`,
};

function brokenKey(shop: Pick<Shop, 'write'>, key: string): string {
  shop.write('broken.key', `-----BEGIN PRIVATE KEY-----\n${plant(key)}\n-----END PRIVATE KEY-----\n`);
  return './broken.key';
}

it.each(Object.entries(fatal))('no secret is in the words about %s', async (_name, block) => {
  const shop = openShop();
  try {
    shop.write('tocsin.yaml', `${block(shop)}\nchannels: { terminal: {} }\nroutes: [{ to: [terminal] }]\n`);
    shop.write('rules/order.rule', 'rule a {\n  when "x"\n  alert count >= 3 within 5m\n}\n');
    const process = startTocsin(['run', '--log-level', 'debug'], shop.dir);
    await until(
      () => /\[redacted\]|fix: |cannot|error/iu.test(process.stderr()),
      60_000,
      () => process.stderr(),
    );
    await process.end('SIGTERM');
    expect(planted.foundIn('output', process.stderr() + process.stdout())).toEqual([]);
  } finally {
    shop.close();
  }
});

it('lines that hold a secret of the configuration leave none in data_dir where the archive is masked', async () => {
  const own = canaries();
  const token = own.plant('http.token');
  const shop = openShop({
    archive: `{ sqlite: {} }\nmask: { archive: true }\nhttp: { listen: '127.0.0.1:0', token: ${quoted(token)} }`,
  });
  let process: TocsinProcess | undefined;
  try {
    process = shop.run();
    const running = process;
    const seen = (): string => running.stdout() + running.stderr().slice(-4_000);
    await until(() => /"url\.full":"([^"]+)"/u.exec(running.stderr())?.[1], 60_000, seen);
    for (let i = 0; i < 3; i++) shop.fault('pay', `order_timeout by ${token}`);
    shop.append(`${JSON.stringify({ [token]: { in: [token] } })}\nno JSON but ${token}\n`);
    await until(() => /order_timeouts/u.test(running.stdout()), 60_000, seen);
    // Those of the archive are written when they are searched for at the latest.
    const found = await until(async () => (await shop.search('"JSON"')).at(0), 60_000, seen);
    expect(found).toContain('no JSON but [redacted]');
    await process.end('SIGTERM');
    const leaks = filesOf(shop.path('data')).flatMap(([name, bytes]) => own.foundIn(name, bytes));
    expect(leaks).toEqual([]);
  } finally {
    await process?.end('SIGKILL');
    shop.close();
  }
});

it('a defect that ends the process is told without credentials', async () => {
  const secret = planted.plant('a defect');
  const shop = openShop();
  try {
    const message = JSON.stringify(`no answer of http://u:${encoded(secret)}@h/ now`);
    shop.write('defect.mjs', `setTimeout(() => { throw new Error(${message}); }, 1_500);\n`);
    const { code, stderr } = await tocsin(['demo', '--for', '60s'], {
      env: { NODE_OPTIONS: `--import ${shop.path('defect.mjs')}` },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Error: no answer of http:\/\/u:\[redacted\]@h\/ now\n +at /u);
    expect(planted.foundIn('standard error', stderr)).toEqual([]);
  } finally {
    shop.close();
  }
});

it('every place of the configuration is said to be secret or not, and every secret one was planted', () => {
  for (const archive of Object.values(archives)) configuration(archive());
  for (const block of Object.values(fatal)) block({ write: () => undefined });
  const keys = schemaKeys();
  expect(keys.filter(({ secret, path }) => secret !== undefined && OPEN.includes(path))).toEqual([]);
  const undecided = keys
    .filter(({ path }) => !places.has(path) && !OPEN.includes(path))
    .map(({ path }) => path);
  // Links and brokers that hold a password are refused (src/notify/channels/address-credentials.test.ts).
  expect(undecided.sort()).toEqual(['http.base_url', 'kibana.url', 'sources.NAME.kafka.brokers']);
});

it('every command is in the story', async () => {
  const names = await listed();
  const whole = await Promise.all(
    names.map(async (name) => (name === 'dlq' ? (await listed('dlq')).map((each) => `dlq ${each}`) : [name])),
  );
  expect(whole.flat().sort()).toEqual(Object.keys(commands).sort());
});

it('no words about a wrong configuration hold a secret', () => {
  const { text, env } = configuration(archives['Elasticsearch, by its address']!());
  const lines = text.split('\n');
  const wrong = lines.flatMap((line, i) =>
    [
      'zzz: [',
      `${line}: 1`,
      line.replace(': ', ' '),
      line.replace(/\{/u, ''),
      `${line}\n  odd: ${line.trim()}`,
      line.replace(/"/u, "'"),
    ].map((mistake) => lines.with(i, mistake).join('\n')),
  );
  const words = wrong.map((each) => JSON.stringify(parseConfig(each, '/srv/tocsin.yaml', env).problems));
  expect(words.flatMap((each) => planted.foundIn(each, each))).toEqual([]);
  expect(words.filter((each) => each !== '[]').length).toBeGreaterThan(lines.length);
});
