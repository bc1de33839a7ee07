/** Checks a configuration that has the right shape: names, addresses, choices, and keys that depend on each other. */
import { timestampParser } from '../event/timestamp.ts';
import { archiveKinds } from './archives/kinds.ts';
import type { ReceiverProblem } from './channels/kind.ts';
import { channelKinds, type ChannelsConfig } from './channels/kinds.ts';
import { checkHostPort, checkLink } from './check-addresses.ts';
import { checkHeaders, checkOrigins, checkSteps } from './decode/check.ts';
import { checkMultiline } from './decode/multiline.ts';
import { presetOfDecode } from './decode/presets.ts';
import { timeOf } from './decode/timestamp.ts';
import { checkKinds, checkOneOf } from './kind.ts';
import { sourceKinds } from './sources/kinds.ts';
import type { Path, Report } from './problem.ts';
import { PROBLEMS_MAX, type KeyProblem } from './issues.ts';
import { nearest } from '../event/did-you-mean.ts';
import { parseReceiver } from '../event/receiver.ts';
import { receiverProblem } from './receivers.ts';
import { ARRIVAL, type ConfigFile } from './schema.ts';

/** Ends the checks, because there are more problems than are shown. */
class Enough extends Error {}

/** Returns the first problems. `built`: the channels of the built configuration, which decide about receivers. */
export function checkConfig(values: ConfigFile, built: ChannelsConfig): readonly KeyProblem[] {
  const problems: KeyProblem[] = [];
  const report: Report = (path, message, fix, atKey = false) => {
    problems.push({ path, message, fix, atKey });
    if (problems.length > PROBLEMS_MAX) throw new Enough();
  };
  try {
    checkSources(values, report);
    if (values.timezone !== undefined) checkTimezone(values.timezone, ['timezone'], report);
    checkFields(values, report);
    checkArchive(values, report);
    checkKinds(channelKinds, values.channels, ['channels'], report);
    checkReceivers(values, built, report);
    checkAddresses(values, report);
    checkToken(values, report);
    checkMask(values, report);
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return problems;
}

function checkTimezone(timezone: string, path: Path, report: Report): void {
  if (isTimezone(timezone)) return;
  const meant = nearest(timezone, Intl.supportedValuesOf('timeZone'));
  const fix =
    meant === undefined ? 'write a name such as `Asia/Shanghai` or `UTC`' : `did you mean \`${meant}\`?`;
  report(path, `there is no time zone "${timezone}"`, fix);
}

function checkSources({ sources }: ConfigFile, report: Report): void {
  const names = Object.keys(sources);
  if (names.length === 0) {
    report(
      ['sources'],
      'there is no source',
      'add one, for example `orders: { file: { path: "logs/*.log" } }`',
    );
  }
  for (const [name, source] of Object.entries(sources)) {
    const path = ['sources', name];
    if (!/^[A-Za-z][\w-]{0,63}$/u.test(name)) {
      report(
        path,
        `\`${name}\` is no name for a source`,
        'use letters, digits, _ and -, a letter first',
        true,
      );
    }
    checkOneOf(sourceKinds, source, path, 'source', report);
    checkKinds(sourceKinds, source, path, report);
    if (source.stdin !== undefined && source.start !== 'beginning') {
      report(
        [...path, 'start'],
        '`start` does nothing: standard input begins where the program before it begins to write',
        'remove it',
        true,
      );
    }
    checkDecode(source, path, report);
    checkMultilines(source, path, report);
    const { timezone, year } = source.timestamp;
    const { field, format } = timeOf(source.timestamp, presetOfDecode(source.decode));
    if (field.includes(ARRIVAL) && field.length > 1) {
      report(
        [...path, 'timestamp', 'field'],
        `\`${ARRIVAL}\` is the time at which a line arrives, which is always there: other fields beside it are never asked`,
        `write \`field: ${ARRIVAL}\` or leave it out`,
      );
    }
    checkTimezone(timezone, [...path, 'timestamp', 'timezone'], report);
    for (const each of format) checkFormat(each, [...path, 'timestamp', 'format'], report);
    if (year !== undefined && !field.includes(ARRIVAL) && !format.some(isYearless)) {
      report(
        [...path, 'timestamp', 'year'],
        `\`year\` does nothing: the format \`${format.join(', ')}\` has a year`,
        'remove it',
        true,
      );
    }
  }
}

function checkDecode(source: ConfigFile['sources'][string], path: Path, report: Report): void {
  const { decode, multiline } = source;
  const place = [...path, 'decode'];
  const kind = Object.keys(sourceKinds).find((each) => Object.hasOwn(source, each));
  if (Array.isArray(decode)) {
    checkSteps(decode, place, report);
    if (kind !== undefined) checkOrigins(decode, kind, place, report);
    checkHeaders(decode, multiline !== undefined, place, report);
  } else if (typeof decode === 'string') checkHeaders([decode], multiline !== undefined, place, report);
}

function checkMultilines(
  { decode, multiline }: ConfigFile['sources'][string],
  path: Path,
  report: Report,
): void {
  const inner = typeof decode === 'object' && 'dissect' in decode ? decode.multiline : undefined;
  if (multiline !== undefined) checkMultiline(multiline, [...path, 'multiline'], report);
  if (inner === undefined) return;
  const place = [...path, 'decode', 'multiline'];
  if (multiline === undefined) checkMultiline(inner, place, report);
  else
    report(
      place,
      '`multiline` is given twice',
      'keep it beside `decode`, or within `decode`, not both',
      true,
    );
}

const NAMED_FORMATS = ['iso8601', 'epoch_s', 'epoch_ms', 'epoch_us', 'epoch_ns', 'syslog'];

/** The names that other programs use for these formats. */
const FORMAT_SLIPS: readonly (readonly [slip: RegExp, format: string])[] = [
  [/^(?:(?:epoch|unix|timestamp)_?)?(?:ms|millis(?:econds?)?)$/iu, 'epoch_ms'],
  [/^(?:(?:epoch|unix|timestamp)_?)?(?:us|µs|micros(?:econds?)?)$/iu, 'epoch_us'],
  [/^(?:(?:epoch|unix|timestamp)_?)?(?:ns|nanos(?:econds?)?)$/iu, 'epoch_ns'],
  [/^(?:epoch|unix|(?:epoch|unix)_?(?:s|secs?|seconds?)|seconds?)$/iu, 'epoch_s'],
  [/^(?:iso|iso_?8601\w*|rfc_?3339\w*|(?:strict_)?date_?(?:optional_)?time\w*)$/iu, 'iso8601'],
  [/^(?:rfc_?3164|bsd_?syslog|syslog\w*)$/iu, 'syslog'],
];

const isYearless = (format: string): boolean =>
  format === 'syslog' || (!NAMED_FORMATS.includes(format) && !/yy|uuuu/.test(format));

/** Checks a time format with the parser itself, so that every format that is accepted here can be read. */
function checkFormat(format: string, path: Path, report: Report): void {
  try {
    timestampParser({ format, timezone: 'UTC' });
  } catch (error) {
    const meant = FORMAT_SLIPS.find(([slip]) => slip.test(format))?.[1] ?? nearest(format, NAMED_FORMATS);
    const pattern =
      'write iso8601, epoch_s, epoch_ms, epoch_us, epoch_ns, syslog or a pattern such as yyyy-MM-dd HH:mm:ss.SSS';
    report(
      path,
      meant === undefined ? (error as Error).message.split('; ')[0]! : `time format "${format}" is not known`,
      meant === undefined ? pattern : `did you mean \`${meant}\`?`,
    );
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Names that the archive needs for itself. Names that begin with an underscore belong to Elasticsearch. */
const RESERVED = ['raw', 'tocsin'];

function checkFields({ fields, search_fields: searchFields }: ConfigFile, report: Report): void {
  const names = Object.keys(fields);
  for (const [name, { type, normalise }] of Object.entries(fields)) {
    const path = ['fields', name];
    if (!/^[A-Za-z@][\w@-]*(?:\.[\w@-]+)*$/u.test(name)) {
      report(
        path,
        `\`${name}\` is no name for a field`,
        'use letters, digits, _ and -, joined by dots',
        true,
      );
    } else if (RESERVED.includes(name.split('.')[0]!)) {
      report(
        path,
        `\`${name}\` is a name that the archive needs for itself`,
        'choose another; `path` says where its value is',
        true,
      );
    }
    if (name === '@timestamp' && type !== 'date') {
      report(
        [...path, 'type'],
        `\`@timestamp\` is the time of the event, not ${type}`,
        'write `type: date`, or leave it out',
      );
    }
    if (normalise !== undefined && type !== 'keyword') {
      report(
        [...path, 'normalise'],
        `\`normalise\` is for keyword fields, \`${name}\` is ${type}`,
        'remove it',
        true,
      );
    }
  }
  searchFields?.forEach((name, i) => {
    const type = fields[name]?.type;
    if (type === 'keyword' || type === 'text') return;
    const meant = nearest(name, names);
    const fix =
      meant === undefined || meant === name
        ? 'name declared fields of type text or keyword'
        : `did you mean \`${meant}\`?`;
    const message =
      type === undefined
        ? `\`${name}\` is not declared under \`fields\``
        : `\`${name}\` is ${type}: no text is searched for in it`;
    report(['search_fields', i], message, fix);
  });
}

function checkArchive({ archive }: ConfigFile, report: Report): void {
  checkOneOf(archiveKinds, archive, ['archive'], 'archive', report);
  checkKinds(archiveKinds, archive, ['archive'], report);
}

function receiverTextProblem(text: string, channels: ChannelsConfig): ReceiverProblem | undefined {
  const { channel, target } = parseReceiver(text);
  return receiverProblem({ channels }, channel, target);
}

/** Checks an entry of `rule_receivers`, where `CHANNEL:*` stands for every receiver of a channel. */
function allowedProblem(text: string, channels: ChannelsConfig): ReceiverProblem | undefined {
  const { channel, target } = parseReceiver(text);
  if (target === '*' && Object.hasOwn(channels, channel)) return undefined;
  if (target !== '*' && target.includes('*')) {
    return {
      message: `\`*\` is no part of a name here: \`${text}\` would allow no receiver`,
      fix: `write \`${channel}:*\` for all of the channel, or each receiver by its name`,
    };
  }
  return receiverTextProblem(text, channels);
}

function checkReceivers(values: ConfigFile, channels: ChannelsConfig, report: Report): void {
  const { routes } = values;
  const check = (path: Path, receivers: readonly string[], problemOf = receiverTextProblem): void => {
    receivers.forEach((text, i) => {
      const problem = problemOf(text, channels);
      if (problem !== undefined) report([...path, i], problem.message, problem.fix);
    });
  };
  check(['rule_receivers'], values.rule_receivers ?? [], allowedProblem);
  check(['self_alerts', 'notify'], values.self_alerts.notify ?? []);
  const everything = routes.findIndex(({ match }) => Object.keys(match).length === 0);
  routes.forEach((route, i) => {
    check(['routes', i, 'to'], route.to);
    if (everything >= 0 && everything < i) {
      report(
        ['routes', i],
        `never reached: route ${everything + 1} takes every alert`,
        'put the route without `match` last',
      );
    }
  });
}

function checkAddresses({ kibana, http }: ConfigFile, report: Report): void {
  if (kibana !== undefined) checkLink(['kibana', 'url'], kibana.url, report);
  if (http?.base_url !== undefined) checkLink(['http', 'base_url'], http.base_url, report);
  if (http !== undefined) checkHostPort(['http', 'listen'], http.listen, report);
}

/** A shorter token can be guessed by trying all of them. */
const TOKEN_LENGTH_MIN = 16;

function checkToken({ http }: ConfigFile, report: Report): void {
  if (http?.token === undefined || http.token.length >= TOKEN_LENGTH_MIN) return;
  report(
    ['http', 'token'],
    '`http.token` is so short that it can be guessed',
    `take one of at least ${TOKEN_LENGTH_MIN} characters, for example from \`openssl rand -hex 16\``,
  );
}

function checkMask({ mask }: ConfigFile, report: Report): void {
  for (const name of Object.keys(mask.patterns)) {
    if (/^[A-Za-z][\w-]{0,31}$/u.test(name)) continue;
    report(
      ['mask', 'patterns', name],
      `\`${name}\` is no name for a pattern`,
      'use letters, digits, _ and -, a letter first: [name] stands for what it matches',
      true,
    );
  }
}
