/** From the file's keys to the configuration that the other parts see: paths made absolute, secrets wrapped, units settled. */
import { dirname, resolve } from 'node:path';
import type { Schema } from '../event/event.ts';
import { parseReceiver } from '../event/receiver.ts';
import type {
  ArchiveConfig,
  ChannelsConfig,
  Config,
  DecodeConfig,
  Route,
  Secret,
  SelfAlertsConfig,
  SourceConfig,
  SourceKindConfig,
  TlsConfig,
} from './config.ts';
import { basicAuth, splitAddress } from './address.ts';
import { arrival, type ConfigFile } from './schema.ts';
import { makeSecret } from './secret.ts';

type SourceFile = ConfigFile['sources'][string];

/** `file` is the absolute path of tocsin.yaml: relative paths are relative to its folder. */
export function buildConfig(values: ConfigFile, file: string, schema: Schema): Config {
  const at = (path: string): string => resolve(dirname(file), path);
  const dataDir = at(values.data_dir);
  return {
    file,
    dataDir,
    sources: Object.entries(values.sources).map(([name, source]) => buildSource(name, source, at)),
    schema,
    archive: buildArchive(values.archive, dataDir, at),
    rulesDir: at(values.rules),
    channels: buildChannels(values.channels),
    routes: values.routes.map(buildRoute),
    ...(values.rule_receivers && { ruleReceivers: values.rule_receivers.map(parseReceiver) }),
    alertRetentionMs: values.alerts.retention,
    selfAlerts: buildSelfAlerts(values.self_alerts),
    mask: values.mask,
    ...(values.kibana && { kibana: { url: values.kibana.url, dataView: values.kibana.data_view } }),
    ...(values.http && { http: buildHttp(values.http) }),
    language: values.language,
    ...(values.timezone !== undefined && { timezone: values.timezone }),
  };
}

function buildSource(name: string, source: SourceFile, at: (path: string) => string): SourceConfig {
  const { field, format, timezone, year } = source.timestamp;
  return {
    name,
    kind: buildKind(source, at),
    decode: buildDecode(source.decode),
    timestamp: {
      path: field,
      format,
      timezone,
      ...(year !== undefined && { year }),
      ...(field.includes(arrival) && { isArrival: true }),
    },
    latenessMs: source.lateness,
    ...(Number.isFinite(source.silent_after) && { silentAfterMs: source.silent_after }),
  };
}

function buildKind(source: SourceFile, at: (path: string) => string): SourceKindConfig {
  if (source.file !== undefined) return { kind: 'file', paths: source.file.path.map(at) };
  if (source.kafka === undefined) {
    return { kind: 'stdin', spoolBytes: source.stdin?.spool ?? 2 ** 30 };
  }
  const { brokers, topic, group, sasl, tls, transaction_wait: transactionWaitMs } = source.kafka;
  return {
    kind: 'kafka',
    brokers,
    topic,
    group,
    transactionWaitMs,
    ...(sasl && { sasl: { ...sasl, password: makeSecret(sasl.password) } }),
    ...(tls !== undefined && tls !== false && { tls: buildTls(tls === true ? {} : tls, at) }),
  };
}

interface TlsFile {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

function buildTls({ ca, cert, key }: TlsFile, at: (path: string) => string): TlsConfig {
  return {
    ...(ca !== undefined && { caFile: at(ca) }),
    ...(cert !== undefined && { certFile: at(cert) }),
    ...(key !== undefined && { keyFile: at(key) }),
  };
}

function buildDecode(decode: SourceFile['decode']): DecodeConfig {
  if (typeof decode === 'string') return { kind: decode };
  return {
    kind: 'dissect',
    pattern: decode.dissect,
    ...(decode.multiline && { multilineStart: decode.multiline.start }),
    ...(decode.kv !== undefined && { kv: decode.kv }),
  };
}

function buildArchive(
  { sqlite, elasticsearch }: ConfigFile['archive'],
  dataDir: string,
  at: (path: string) => string,
): ArchiveConfig {
  if (elasticsearch === undefined) {
    const path = sqlite?.path === undefined ? resolve(dataDir, 'archive.db') : at(sqlite.path);
    return { kind: 'sqlite', path, retentionMs: sqlite?.retention ?? 30 * 86_400_000 };
  }
  const { node, index, api_key: apiKey, username, password, tls, retention } = elasticsearch;
  const { url, ...credentials } = splitAddress(node);
  return {
    kind: 'elasticsearch',
    node: url,
    index,
    ...credentials,
    ...(apiKey !== undefined && { apiKey: makeSecret(apiKey) }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: makeSecret(password) }),
    ...(tls && { tls: buildTls(tls, at) }),
    retentionMs: retention,
  };
}

function buildChannels({
  terminal,
  slack,
  dingtalk,
  email,
  webhook,
}: ConfigFile['channels']): ChannelsConfig {
  return {
    ...(terminal && { terminal }),
    ...(slack && { slack: { token: makeSecret(slack.token), ...apiOf(slack), ...rateOf(slack) } }),
    ...(dingtalk && {
      dingtalk: {
        ...apiOf(dingtalk),
        robots: mapValues(dingtalk.robots, ({ access_token: token, secret, rate }) => ({
          accessToken: makeSecret(token),
          ...rateOf({ rate }),
          ...(secret !== undefined && { secret: makeSecret(secret) }),
        })),
      },
    }),
    ...(email && { email: buildEmail(email) }),
    ...(webhook && {
      webhook: mapValues(webhook, ({ url, secret, rate, probe }) => ({
        url: makeSecret(splitAddress(url).url),
        ...authorizationOf(url),
        probe,
        ...rateOf({ rate }),
        ...(secret !== undefined && { secret: makeSecret(secret) }),
      })),
    }),
  };
}

function apiOf({ api_url: apiUrl }: { readonly api_url: string }): {
  readonly apiUrl: string;
  readonly authorization?: Secret;
} {
  return { apiUrl: splitAddress(apiUrl).url, ...authorizationOf(apiUrl) };
}

function authorizationOf(address: string): { readonly authorization?: Secret } {
  const authorization = basicAuth(splitAddress(address));
  return authorization === undefined ? {} : { authorization };
}

function buildEmail(
  email: NonNullable<ConfigFile['channels']['email']>,
): NonNullable<ChannelsConfig['email']> {
  const { smtp, from, require_tls: requireTls, answer_within: answerWithinMs } = email;
  return {
    smtp: makeSecret(smtp),
    from,
    answerWithinMs,
    ...(requireTls !== undefined && { requireTls }),
    ...rateOf(email),
  };
}

function rateOf({ rate }: { readonly rate?: number | undefined }): { readonly ratePerMinute?: number } {
  return rate === undefined ? {} : { ratePerMinute: rate };
}

function buildRoute({ match, to }: ConfigFile['routes'][number]): Route {
  return {
    ...(match.severity && { severity: match.severity }),
    ...(match.owner && { owner: match.owner }),
    ...(match.rule && { rule: match.rule }),
    labels: match.labels ?? {},
    to: to.map(parseReceiver),
  };
}

function buildSelfAlerts({ notify, hold, lag_after: lagAfter }: ConfigFile['self_alerts']): SelfAlertsConfig {
  return { ...(notify && { notify: notify.map(parseReceiver) }), holdMs: hold, lagAfterMs: lagAfter };
}

function buildHttp({
  listen,
  base_url: baseUrl,
  token,
}: NonNullable<ConfigFile['http']>): NonNullable<Config['http']> {
  const address = parseAddress(listen);
  return {
    host: address?.host ?? '127.0.0.1',
    port: address?.port ?? 0,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(token !== undefined && { token: makeSecret(token) }),
  };
}

/** `127.0.0.1:7080`, `[::1]:7080`, `kafka-1:9092`; undefined for anything else. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([\w.-]+)):(\d{1,5})$/u.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A) => B,
): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
