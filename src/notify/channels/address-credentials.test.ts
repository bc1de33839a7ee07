/** Addresses with a user name and password in them work: the credentials go as Authorization, and the address is shown without. */
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rightClock } from '../../../test/support/clock.ts';
import { startJsonServer, type JsonServer, type Request } from '../../../test/support/json-server.ts';
import { notice } from '../../../test/support/notices.ts';
import { createClient } from '../../archive/elasticsearch/client.ts';
import type { Config } from '../../config/config.ts';
import { parseConfig } from '../../config/load.ts';
import { silent } from '../../event/telemetry.ts';
import { createChannels } from './create.ts';

const USER = 'tocsin';
const PASSWORD = 'p@ss/wörd:9';
const WANTED = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

let server: JsonServer;
let requests: Request[];
let answer: object;

beforeEach(async () => {
  requests = [];
  answer = {};
  server = await startJsonServer((request) => {
    requests.push(request);
    return request.headers.authorization === WANTED
      ? { body: answer, headers: { 'x-elastic-product': 'Elasticsearch' } }
      : { status: 401, headers: { 'www-authenticate': 'Basic', 'x-elastic-product': 'Elasticsearch' } };
  });
});

afterEach(() => server.close());

/** The server's address with the credentials in it. */
const address = (path = ''): string =>
  `${server.url.replace('//', `//${USER}:${encodeURIComponent(PASSWORD)}@`)}${path}`;

function load(text: string): Config {
  const { config, problems } = parseConfig(
    `sources: { orders: { file: { path: "x.log" } } }\n${text}`,
    '/srv/tocsin.yaml',
    {},
  );
  expect(problems).toEqual([]);
  expect(`${JSON.stringify(config)} ${inspect(config, { depth: 9 })}`).not.toMatch(/p@ss|p%40ss/u);
  return config!;
}

const send = (config: Config, channel: string, target: string) =>
  createChannels(config.channels, silent, { clock: rightClock() })
    .get(channel)!
    .send({ notice: notice(), target, possibleDuplicate: false, deliveryId: 'd1' });

it('of a webhook', async () => {
  const config = load(`channels: { webhook: { audit: { url: "${address('/hook?key=k')}" } } }`);
  expect(await send(config, 'webhook', 'audit')).toEqual({ kind: 'sent' });
  expect(requests[0]!.url.search).toBe('?key=k');
  expect(
    await createChannels(config.channels, silent, { clock: rightClock() }).get('webhook')!.probe('audit'),
  ).toBeUndefined();
  expect(requests.map(({ headers }) => headers.authorization)).toEqual([WANTED, WANTED]);
});

it('of DingTalk', async () => {
  answer = { errcode: 0 };
  const config = load(
    `channels: { dingtalk: { api_url: "${address()}", robots: { ops: { access_token: tok-1234 } } } }`,
  );
  expect(await send(config, 'dingtalk', 'ops')).toEqual({ kind: 'sent' });
});

it('of Slack, whose token then goes as an argument', async () => {
  answer = { ok: true, channel: 'C1', ts: '1.2' };
  const config = load(`channels: { slack: { api_url: "${address('/api/')}", token: xoxb-1234 } }`);
  expect(await send(config, 'slack', '#a')).toEqual({ kind: 'sent', thread: { channel: 'C1', ts: '1.2' } });
  expect(new URLSearchParams(requests[0]!.body).get('token')).toBe('xoxb-1234');
});

it('of Elasticsearch', async () => {
  answer = { version: { number: '8.19.0' } };
  const { archive } = load(`archive: { elasticsearch: { node: "${address()}", index: orders } }`);
  if (archive.kind !== 'elasticsearch') throw new Error('another archive');
  expect(archive.node).toBe(`${server.url}/`);
  const client = createClient(archive, 5_000);
  expect(await client.info()).toMatchObject({ version: { number: '8.19.0' } });
  await client.close();
});

it.each([
  ['kibana', (url: string) => `kibana: { url: "${url}" }`, 'messages show it to everybody'],
  [
    'http',
    (url: string) => `http: { listen: "127.0.0.1:0", base_url: "${url}" }`,
    'messages show it to everybody',
  ],
  [
    'Elasticsearch beside other credentials',
    (url: string) =>
      `archive: { elasticsearch: { node: "${url}", index: o, username: u, password: "pppp" } }`,
    'both the address and other keys',
  ],
  [
    'a broker without a scheme',
    (url: string) => `sources: { k: { kafka: { brokers: ["${url.replace('http://', '')}"], topic: t } } }`,
    'is not host:port',
  ],
  [
    'a broker',
    (url: string) => `sources: { k: { kafka: { brokers: ["${url}"], topic: t } } }`,
    'is not host:port',
  ],
])('of %s are refused, and not shown', (_name, text, problem) => {
  const before = text('').startsWith('sources') ? '' : 'sources: { orders: { file: { path: "x.log" } } }\n';
  const { problems } = parseConfig(`${before}${text(address())}`, '/srv/tocsin.yaml', {});
  expect(problems.map(({ message }) => message).join('\n')).toContain(problem);
  expect(JSON.stringify(problems)).not.toMatch(/p@ss|p%40ss/u);
});

it('a wrong value that came from the environment is shown as its variable', () => {
  const text = 'sources: { orders: { file: { path: "x.log" } } }\nlanguage: "${SECRET_OF_MINE}"\n';
  const { problems } = parseConfig(text, '/srv/tocsin.yaml', { SECRET_OF_MINE: 'hush-hush-9' });
  expect(problems[0]!.message).toContain('`language` is "${SECRET_OF_MINE}"');
  expect(JSON.stringify(problems)).not.toContain('hush');
});
