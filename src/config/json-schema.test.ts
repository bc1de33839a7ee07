import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchemaText } from '../../test/support/config-schema.ts';
import { defaultConfigText } from './default-text.ts';
import { configJsonSchema, JSON_SCHEMA_FILE } from './json-schema.ts';
import { parseConfig } from './load.ts';

const validator = new Ajv({ allErrors: true }).compile(configJsonSchema());

/** What the JSON Schema says of a configuration; empty where it is valid. */
const refusals = (text: string): readonly string[] => {
  // Editors, too, read an empty block as null.
  validator(parse(text, { merge: true }) as object);
  return (validator.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message ?? ''}`);
};
/** What `check` says of it, where the environment lacks the secrets that the text names. */
const problems = (text: string): readonly string[] =>
  parseConfig(text, '/srv/tocsin.yaml', { QUIET: '12h' }, { environment: 'optional' }).problems.map(
    ({ line, message }) => `${line}: ${message}`,
  );

const BASE = 'sources:\n  orders:\n    file: { path: "logs/*.log" }\n';

const EVERYTHING = `sources:
  k:
    kafka:
      brokers: ["a:1", "[::1]:2"]
      topic: t
      group: g
      transaction_wait: 0s
      sasl: { mechanism: scram-sha-512, username: u, password: "\${PW}" }
      tls: { ca: ca.pem }
    decode: { dissect: "%{a} %{b}", multiline: { start: "^\\\\d{4}-" }, kv: b }
    timestamp: { field: [a, b], format: "yyyy-MM-dd HH:mm:ss.SSS", timezone: Asia/Shanghai }
    lateness: 1m30s
    silent_after: never
  s: { stdin: , timestamp: { format: syslog, year: 2016 }, silent_after: "\${QUIET}" }
  l: { stdin: { spool: 2GiB }, decode: logfmt }
  f: { file: { path: [a.log, b/*.log] }, timestamp: { field: arrival } }
fields:
  a: { type: keyword, path: [x, y.z], normalise: upper }
  b: { type: text, path: m }
search_fields: [a, b]
archive: { elasticsearch: { node: "http://h:9200", index: logs, api_key: "\${KEY}", retention: 7d } }
rules: r
channels:
  terminal:
  slack: { token: "\${PW}", api_url: "http://127.0.0.1:1/", rate: 50/m }
  dingtalk: { robots: { ops: { access_token: "\${PW}", secret: "\${PW}", rate: 15/m } }, api_url: "http://127.0.0.1:2" }
  email: { smtp: "\${MAIL}", from: a@b, require_tls: true, answer_within: 30s }
  webhook: { audit: { url: "http://x/y", probe: false } }
routes:
  - { match: { severity: critical, owner: [x, y], labels: { tier: "1" } }, to: ["slack:#c", "dingtalk:ops"] }
  - { match: { severity: [high, low], rule: r }, to: [terminal, email:a@b, webhook:audit] }
rule_receivers: ["slack:#c"]
alerts: { retention: 30d }
self_alerts: { notify: [terminal], hold: 0s, lag_after: 1m }
mask: { kinds: [cards], patterns: { own: "E-\\\\d{6}" }, archive: true }
kibana: { url: "https://k", data_view: d }
http: { listen: "127.0.0.1:1", base_url: "https://t" }
language: zh
timezone: Asia/Shanghai
`;

const blocksOf = (page: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text!);

describe('the JSON Schema of tocsin.yaml', () => {
  it('is published as it is made of the schema that reads the file', () => {
    expect(readFileSync(JSON_SCHEMA_FILE, 'utf8')).toBe(configSchemaText());
  });

  it('says what a value is, with an example and its default', () => {
    const { properties } = configJsonSchema() as { properties: Record<string, unknown> };
    expect(properties['data_dir']).toMatchObject({
      description: 'Positions, windows, undelivered messages, archive',
      examples: ['./data'],
      default: './data',
    });
    for (const [key, of] of Object.entries(properties))
      expect(of, key).toMatchObject({ description: expect.stringMatching(/^[A-Z]/u) as string });
    // An example is a value, not the text of one.
    expect(properties['search_fields']).toMatchObject({ examples: [['level', 'message']] });
    expect(JSON.stringify(configJsonSchema())).not.toMatch(/"(?:what|example|shape|oneOfKeys)":|"secret":"/u);
  });

  it.each([
    ['what is shipped', readFileSync('tocsin.yaml', 'utf8')],
    ['that of compose', readFileSync('deploy/tocsin.compose.yaml', 'utf8')],
    ['what init writes', defaultConfigText({ language: 'en' })],
    ['what init writes in Chinese', defaultConfigText({ language: 'zh' })],
    ['no more than a source', BASE],
    ['every key', EVERYTHING],
    ...blocksOf('docs/first-rule.md').map((text): [string, string] => [
      `first-rule.md: ${text}`,
      `${BASE}${text}`,
    ]),
  ])('takes %s', (_, text) => {
    expect(refusals(text)).toEqual([]);
    expect(problems(text)).toEqual([]);
  });

  it.each([
    ['nothing', '{}\n'],
    ['a list', '- a\n'],
    ['an unknown key', `${BASE}chanels: {}\n`],
    ['an unknown key of a source', `${BASE}    lateneess: 3s\n`],
    ['an unknown key in a union', `${BASE}    decode: { dissekt: "%{a}" }\n`],
    ['a wrong word', `${BASE}    decode: jsn\n`],
    ['a source without a kind', 'sources: { o: { decode: json } }\n'],
    ['a source of two kinds', `${BASE}    stdin: {}\n`],
    ['a source that lacks a key', 'sources: { o: { kafka: { brokers: ["a:1"] } } }\n'],
    ['no broker', 'sources: { o: { kafka: { brokers: [], topic: t } } }\n'],
    [
      'an unknown mechanism',
      'sources: { o: { kafka: { brokers: ["a:1"], topic: t, sasl: { mechanism: x, username: u, password: p } } } }\n',
    ],
    ['a year before all logs', `${BASE}    timestamp: { format: syslog, year: 1066 }\n`],
    ['a year as a text', `${BASE}    timestamp: { format: syslog, year: "2016" }\n`],
    ['a duration in words', `${BASE}    lateness: 30 secs\n`],
    ['a duration without unit', `${BASE}    lateness: 30\n`],
    ['an empty duration', `${BASE}    lateness: ""\n`],
    ['an unknown type of field', `${BASE}fields: { a: { type: keywrd } }\n`],
    ['a field without a type', `${BASE}fields: { a: { path: x } }\n`],
    ['two archives', `${BASE}archive: { sqlite: {}, elasticsearch: { node: "http://h", index: i } }\n`],
    ['an archive of no kind', `${BASE}archive: {}\n`],
    ['a size without unit', 'sources: { o: { stdin: { spool: "512" } } }\n'],
    ['a rate without unit', `${BASE}channels: { slack: { token: t, rate: "50" } }\n`],
    ['a channel without its secret', `${BASE}channels: { slack: {} }\n`],
    ['a route to nobody', `${BASE}routes: [{ to: [] }]\n`],
    [
      'a route by an unknown severity',
      `${BASE}channels: { terminal: {} }\nroutes: [{ match: { severity: urgent }, to: [terminal] }]\n`,
    ],
    ['a password that is a number', `${BASE}channels: { slack: { token: 12345678 } }\n`],
    ['an unknown language', `${BASE}language: de\n`],
    ['an unknown mask', `${BASE}mask: { kinds: [names] }\n`],
  ])('refuses %s, as check does', (_, text) => {
    expect(refusals(text)).not.toEqual([]);
    expect(problems(text)).not.toEqual([]);
  });
});
