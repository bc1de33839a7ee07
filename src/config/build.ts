/** Builds the configuration that the other parts see from the keys of the file: makes paths absolute, wraps secrets, converts units. */
import { dirname, resolve } from 'node:path';
import type { Schema } from '../event/event.ts';
import { parseReceiver } from '../event/receiver.ts';
import type { Config, DecodeConfig, Route, SelfAlertsConfig, SourceConfig } from './config.ts';
import { parseAddress } from './address.ts';
import { archiveKinds, type ArchiveConfig } from './archives/kinds.ts';
import { UTF_8 } from './decode/encoding.ts';
import { buildMultiline, multilineSchema } from './decode/multiline.ts';
import { presetOfDecode, type Preset } from './decode/presets.ts';
import { buildSteps, stepsSchema } from './decode/schema.ts';
import type { StepConfig } from './decode/steps.ts';
import { timeOf } from './decode/timestamp.ts';
import { channelKinds, type ChannelsConfig } from './channels/kinds.ts';
import { buildAll, buildOne, type Folders } from './kind.ts';
import { sourceKinds, type SourceKindConfig } from './sources/kinds.ts';
import { ARRIVAL, type ConfigFile } from './schema.ts';
import { makeSecret } from './secret.ts';

type SourceFile = ConfigFile['sources'][string];

/** Builds the configuration. `file`: the absolute path of tocsin.yaml; relative paths are relative to its folder. */
export function buildConfig(values: ConfigFile, file: string, schema: Schema): Config {
  const at = (path: string): string => resolve(dirname(file), path);
  const dataDir = at(values.data_dir);
  const places: Folders = { dataDir, at };
  return {
    file,
    dataDir,
    sources: Object.entries(values.sources).map(([name, source]) => buildSource(name, source, places)),
    schema,
    archive: buildOne<ArchiveConfig>(archiveKinds, values.archive, 'sqlite', places),
    rulesDir: at(values.rules),
    channels: buildAll<ChannelsConfig>(channelKinds, values.channels, places),
    routes: values.routes.map(buildRoute),
    ...(values.rule_receivers && { ruleReceivers: values.rule_receivers.map(parseReceiver) }),
    alertAgeMs: values.alert_age,
    alertRetentionMs: values.alerts.retention,
    selfAlerts: buildSelfAlerts(values.self_alerts),
    mask: values.mask,
    ...(values.kibana && { kibana: { url: values.kibana.url, dataView: values.kibana.data_view } }),
    ...(values.http && { http: buildHttp(values.http) }),
    language: values.language,
    ...(values.timezone !== undefined && { timezone: values.timezone }),
  };
}

function buildSource(name: string, source: SourceFile, places: Folders): SourceConfig {
  const preset = presetOfDecode(source.decode);
  const { timezone, year } = source.timestamp;
  const { field, format } = timeOf(source.timestamp, preset);
  return {
    name,
    kind: buildOne<SourceKindConfig>(sourceKinds, source, 'stdin', places),
    ...(source.encoding !== UTF_8 && { encoding: source.encoding }),
    decode: buildDecode(source, preset),
    timestamp: {
      path: field,
      format,
      timezone,
      ...(year !== undefined && { year }),
      ...(field.includes(ARRIVAL) && { isArrival: true }),
    },
    latenessMs: source.lateness,
    ...(source.start !== 'beginning' && { start: source.start }),
    ...(Number.isFinite(source.silent_after) && { silentAfterMs: source.silent_after }),
  };
}

function buildDecode({ decode, multiline }: SourceFile, preset: Preset | undefined): DecodeConfig {
  const inner = typeof decode === 'object' && 'dissect' in decode ? decode.multiline : undefined;
  const block = multiline ?? inner ?? (preset?.multiline && multilineSchema.parse(preset.multiline));
  const built = block && buildMultiline(block);
  return { steps: buildStepsOf(decode, preset), ...(built !== undefined && { multiline: built }) };
}

function buildStepsOf(decode: SourceFile['decode'], preset: Preset | undefined): readonly StepConfig[] {
  if (Array.isArray(decode)) return buildSteps(decode);
  if (preset !== undefined) return buildSteps(stepsSchema.parse(preset.decode));
  if (typeof decode === 'string') return [{ kind: decode === 'logfmt' ? 'logfmt' : 'json' }];
  const { dissect, kv } = decode;
  return [
    { kind: 'dissect', patterns: [dissect] },
    ...(kv === undefined ? [] : [{ kind: 'kv', field: kv } as const]),
  ];
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
