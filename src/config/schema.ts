/**
 * The shape of tocsin.yaml (docs: the commented file that `tocsin init` writes). Only shape and words of single values; what needs
 * two values or the disk is in checks.ts. `meta` gives the words of messages: what is expected, and an example.
 */
import { z } from 'zod';
import { durationMs } from '../event/duration.ts';
import { maskKinds } from '../event/mask/kinds.ts';
import { maskPattern } from '../event/mask/mask.ts';
import { Pattern } from '../event/pattern.ts';
import { parseRate, parseSize } from './units.ts';

const word = (what: string, example: string) => z.string().min(1).meta({ what, example });

/**
 * What of a value nobody may see: all of it, the credentials in an address, or an address that is one credential as a whole. Whatever the
 * schema marks so is cut out of every text that leaves the process (secret-places.ts).
 */
export type SecretKind = 'value' | 'address' | 'whole_address';

const secret = (kind: SecretKind, what: string, example: string) =>
  z.string().min(1).meta({ what, example, secret: kind });

/** A text that `parse` understands; `what` and `example` explain it where it does not, and the words of a RangeError. */
function parsed<T>(what: string, example: string, parse: (text: string) => T | undefined) {
  return z
    .string()
    .transform((text, context) => {
      try {
        const value = parse(text);
        if (value !== undefined) return value;
        context.addIssue({ code: 'custom' });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        context.addIssue({ code: 'custom', params: { reason: error.message } });
      }
      return z.NEVER;
    })
    .meta({ what, example });
}

const duration = (example: string) =>
  parsed('a duration (500ms, 30s, 5m, 1h30m, 72h, 7d)', example, durationMs);

const positive = (example: string) =>
  parsed('a duration longer than 0 (30s, 5m, 72h, 7d)', example, (text) => {
    const ms = durationMs(text);
    return ms === undefined || ms <= 0 ? undefined : ms;
  });

const pattern = parsed('a regular expression of RE2', '"^\\\\d{4}-"', (text) => new Pattern(text));

/** One text or a list of them, always a list afterwards. */
const oneOrMore = (what: string, example: string) =>
  z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .meta({ what, example });

/** A block that may be written with nothing in it. */
const maybeEmpty = <T extends z.ZodType>(block: T) => z.preprocess((value) => value ?? {}, block);

const tlsFiles = z.strictObject({
  ca: word('a file name', './ca.pem').optional(),
  cert: word('a file name', './client.pem').optional(),
  key: word('a file name', './client.key').optional(),
});

const tls = z
  .union([z.boolean(), tlsFiles])
  .meta({ what: 'true, false or { ca, cert, key }', example: 'true' });

const kafka = z.strictObject({
  brokers: z
    .array(secret('address', 'host:port', '"127.0.0.1:9092"'))
    .min(1)
    .meta({ what: 'a list of host:port', example: '["127.0.0.1:9092"]' }),
  topic: word('the name of a topic', 'order-logs'),
  group: word('the name of a consumer group', 'tocsin').default('tocsin'),
  transaction_wait: duration('15m').prefault('15m'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: word('a user name', 'tocsin'),
      password: secret('value', 'a password', '"${KAFKA_PASSWORD}"'),
    })
    .optional(),
  tls: tls.optional(),
});

const decode = z
  .union([
    z.enum(['json', 'logfmt']),
    z.strictObject({
      dissect: word('a pattern', '"%{@timestamp} %{level} [%{service}] %{message}"'),
      multiline: z.strictObject({ start: pattern }).optional(),
      kv: word('the name of a field', 'message').optional(),
    }),
  ])
  .meta({ what: 'json, logfmt or { dissect: "…" }', example: 'json' });

/** Stands for the time at which a line arrives where otherwise the name of a field does. */
export const arrival = 'arrival';

const timestamp = z.strictObject({
  field: oneOrMore('a field or a list of fields', '"@timestamp"').prefault('@timestamp'),
  format: word('a time format', 'iso8601').default('iso8601'),
  timezone: word('an IANA time zone', 'Asia/Shanghai').default('UTC'),
  year: z.int().min(1970).max(9999).meta({ what: 'a year', example: '2016' }).optional(),
});

const source = z.strictObject({
  kafka: kafka.optional(),
  file: z.strictObject({ path: oneOrMore('a path, a glob or a list of them', '"logs/*.log"') }).optional(),
  stdin: maybeEmpty(
    z.strictObject({
      spool: parsed('a size (512MiB, 2GiB)', '1GiB', parseSize).prefault('1GiB'),
    }),
  ).optional(),
  decode: decode.prefault('json'),
  timestamp: timestamp.prefault({}),
  lateness: duration('30s').prefault('30s'),
  silent_after: parsed('a duration longer than 0 (15m, 12h), or never', '15m', (text): number | undefined => {
    const ms = text === 'never' ? Infinity : durationMs(text);
    return ms === undefined || ms <= 0 ? undefined : ms;
  }).prefault('15m'),
});

const field = z.strictObject({
  path: oneOrMore('a path or a list of paths', '[service.name, service]').optional(),
  type: z.enum(['keyword', 'text', 'long', 'double', 'boolean', 'date']),
  normalise: z.enum(['upper', 'lower']).optional(),
});

const retention = positive('30d').prefault('30d');

const archive = z.strictObject({
  sqlite: maybeEmpty(
    z.strictObject({
      path: word('a file name', './data/archive.db').optional(),
      retention,
    }),
  ).optional(),
  elasticsearch: z
    .strictObject({
      node: secret('address', 'a URL', '"http://127.0.0.1:9200"'),
      index: word('the prefix of the daily indices', 'order-logs'),
      api_key: secret('value', 'an API key', '"${ES_API_KEY}"').optional(),
      username: word('a user name', 'tocsin').optional(),
      password: secret('value', 'a password', '"${ES_PASSWORD}"').optional(),
      tls: tlsFiles.optional(),
      retention,
    })
    .optional(),
});

/** Messages to one receiver; `most` is what its service takes. */
const rate = (most: string, example: string) =>
  parsed(`a rate up to ${most} (of messages, by second or minute)`, example, (text) => {
    const [perMinute, mostPerMinute] = [parseRate(text), parseRate(most)!];
    return perMinute === undefined || perMinute > mostPerMinute ? undefined : perMinute;
  }).optional();

const robot = z.strictObject({
  access_token: secret('value', 'the access_token of the robot', '"${DING_TOKEN}"'),
  secret: secret('value', 'the secret that signs', '"${DING_SECRET}"').optional(),
  rate: rate('20/m', '15/m'),
});

const channels = z.strictObject({
  terminal: maybeEmpty(z.strictObject({})).optional(),
  slack: z
    .strictObject({
      token: secret('value', 'a bot token', '"${SLACK_TOKEN}"'),
      api_url: secret('address', 'a URL', 'https://slack.com/api/').default('https://slack.com/api/'),
      rate: rate('60/m', '50/m'),
    })
    .optional(),
  dingtalk: z
    .strictObject({
      robots: z.record(z.string(), robot),
      api_url: secret('address', 'a URL', 'https://oapi.dingtalk.com').default('https://oapi.dingtalk.com'),
    })
    .optional(),
  email: z
    .strictObject({
      smtp: secret('whole_address', 'smtp:// or smtps:// URL', '"${SMTP_URL}"'),
      from: word('an e-mail address', '"tocsin@example.com"'),
      require_tls: z.boolean().optional(),
      answer_within: parsed('a duration from 1s to 1h', '10m', (text) => {
        const ms = durationMs(text);
        return ms === undefined || ms < 1_000 || ms > 3_600_000 ? undefined : ms;
      }).prefault('10m'),
      rate: rate('100/s', '30/m'),
    })
    .optional(),
  webhook: z
    .record(
      z.string(),
      z.strictObject({
        url: secret('whole_address', 'a URL', '"https://example.com/hook"'),
        secret: secret('value', 'the secret that signs', '"${HOOK_SECRET}"').optional(),
        rate: rate('100/s', '600/m'),
        probe: z.boolean().default(true),
      }),
    )
    .optional(),
});

const ownPattern = parsed(
  'a regular expression of RE2 that matches at least a character',
  "'E-\\d{6}'",
  maskPattern,
);

const mask = z.strictObject({
  kinds: z
    .array(z.enum(maskKinds))
    .meta({ what: `a list of ${maskKinds.join(', ')}`, example: '[cards, tokens, emails]' })
    .prefault(['cards', 'tokens']),
  patterns: z.record(z.string(), ownPattern).prefault({}),
  archive: z.boolean().default(false),
});

const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;

const severity = z.enum(severities);

const receivers = z
  .array(word('channel:target', '"slack:#order-oncall"'))
  .min(1)
  .meta({ what: 'a list of receivers', example: '["slack:#order-oncall", terminal]' });

const route = z.strictObject({
  match: z
    .strictObject({
      severity: z
        .union([severity, z.array(severity).min(1)])
        .transform((value) => (typeof value === 'string' ? [value] : value))
        .meta({ what: severities.join(', ') + ', or a list of them', example: 'critical' })
        .optional(),
      owner: oneOrMore('an owner or a list of them', 'team-order').optional(),
      rule: oneOrMore('a rule or a list of them', 'order_sync_failures').optional(),
      labels: z.record(z.string(), z.string()).optional(),
    })
    .prefault({}),
  to: receivers,
});

/** The file, defaults filled in. */
export const fileSchema = z.strictObject({
  data_dir: word('a folder', './data').default('./data'),
  sources: z
    .record(z.string(), source)
    .meta({ what: 'a block of sources', example: '{ orders: { file: { path: "logs/*.log" } } }' }),
  fields: z.record(z.string(), field).prefault({
    service: { path: ['service.name', 'service'], type: 'keyword' },
    level: { path: ['log.level', 'level'], type: 'keyword', normalise: 'upper' },
    message: { type: 'text' },
  }),
  search_fields: z
    .array(word('the name of a field', 'message'))
    .min(1)
    .meta({ what: 'a list of fields', example: '[level, message]' })
    .optional(),
  archive: archive.prefault({ sqlite: {} }),
  rules: word('a folder', './rules').default('./rules'),
  channels: channels.prefault({}),
  routes: z.array(route).meta({ what: 'a list of routes', example: '[{ to: [terminal] }]' }).prefault([]),
  rule_receivers: z
    .array(word('channel:target, or channel:* for all of a channel', '"slack:#order-oncall"'))
    .meta({ what: 'a list of receivers', example: '["slack:#order-oncall", "dingtalk:*"]' })
    .optional(),
  alerts: z.strictObject({ retention: positive('400d').prefault('400d') }).prefault({}),
  self_alerts: z
    .strictObject({
      notify: receivers.optional(),
      hold: duration('2m').prefault('2m'),
      lag_after: positive('5m').prefault('5m'),
    })
    .prefault({}),
  mask: mask.prefault({}),
  kibana: z
    .strictObject({
      url: secret('address', 'a URL', '"https://kibana.example.com"'),
      data_view: word('the name of a data view', 'order-logs').default('order-logs'),
    })
    .optional(),
  http: z
    .strictObject({
      listen: word('host:port', '"127.0.0.1:7080"'),
      base_url: secret('address', 'a URL', '"https://tocsin.example.com"').optional(),
      token: secret('value', 'a secret', '"${HTTP_TOKEN}"').optional(),
    })
    .optional(),
  language: z.enum(['en', 'zh']).default('en'),
  timezone: word('an IANA time zone', 'Asia/Shanghai').optional(),
});

export type ConfigFile = z.infer<typeof fileSchema>;
