/**
 * The shape of tocsin.yaml (documentation: the commented file that `tocsin init` writes). It holds only the shape and the words for single
 * values (values.ts). Checks that need two values or the disk are in checks.ts. The blocks of kinds are in channels/, sources/ and
 * archives/.
 */
import { z } from 'zod';
import { DURATION_SHAPE, durationMs } from '../event/duration.ts';
import { MASK_KINDS } from '../event/mask/kinds.ts';
import { maskPattern } from '../event/mask/mask.ts';
import { archiveKinds } from './archives/kinds.ts';
import { channelKinds } from './channels/kinds.ts';
import { encodingNamed, UTF_8 } from './decode/encoding.ts';
import { STEP_KEYS, stepsSchema } from './decode/schema.ts';
import { multilineSchema } from './decode/multiline.ts';
import { PRESET_NAMES } from './decode/presets.ts';
import { timestampSchema } from './decode/timestamp.ts';
import { keysOf, oneKindOf } from './kind.ts';
import { sourceKinds } from './sources/kinds.ts';
import { duration, oneOrMore, parsed, positive, secret, word } from './values.ts';

const decode = z
  .union([
    z.enum(['json', 'logfmt', ...PRESET_NAMES]),
    z.strictObject({
      dissect: word('a pattern', '"%{@timestamp} %{level} [%{service}] %{message}"'),
      multiline: multilineSchema.optional(),
      kv: word('the name of a field', 'message').optional(),
    }),
    stepsSchema,
  ])
  .meta({
    what: 'json, logfmt, a preset (docs/reading.md), { dissect: "…" } or a list of steps',
    example: 'json',
    itemKeys: STEP_KEYS,
  });

/** Used in place of a field name: the time at which a line arrives. */
export const ARRIVAL = 'arrival';

const source = z
  .strictObject({
    ...keysOf(sourceKinds),
    decode: decode.prefault('json'),
    multiline: multilineSchema.optional(),
    encoding: parsed('an encoding (utf-8, gb18030, big5, shift_jis, …)', 'gb18030', encodingNamed).prefault(
      UTF_8,
    ),
    timestamp: timestampSchema.prefault({}),
    lateness: duration('30s').prefault('30s'),
    start: parsed(
      'beginning, end or a duration longer than 0 (24h, 7d)',
      '24h',
      (text): 'beginning' | 'end' | number | undefined => {
        if (text === 'beginning' || text === 'end') return text;
        const ms = durationMs(text);
        return ms === undefined || ms <= 0 ? undefined : ms;
      },
      new RegExp(`^(beginning|end)$|${DURATION_SHAPE.source}`, 'u'),
    ).prefault('beginning'),
    silent_after: parsed(
      'a duration longer than 0 (15m, 12h), or never',
      '15m',
      (text): number | undefined => {
        const ms = text === 'never' ? Infinity : durationMs(text);
        return ms === undefined || ms <= 0 ? undefined : ms;
      },
      new RegExp(`^never$|${DURATION_SHAPE.source}`, 'u'),
    ).prefault('15m'),
  })
  .meta(oneKindOf(sourceKinds));

const field = z.strictObject({
  path: oneOrMore('a path or a list of paths', '[service.name, service]').optional(),
  type: z.enum(['keyword', 'text', 'long', 'double', 'boolean', 'date']),
  normalise: z.enum(['upper', 'lower']).optional(),
});

const archive = z.strictObject(keysOf(archiveKinds)).meta(oneKindOf(archiveKinds));

const channels = z.strictObject(keysOf(channelKinds));

const ownPattern = parsed(
  'a regular expression of RE2 that matches at least a character',
  "'E-\\d{6}'",
  maskPattern,
);

const mask = z.strictObject({
  kinds: z
    .array(z.enum(MASK_KINDS))
    .meta({ what: `a list of ${MASK_KINDS.join(', ')}`, example: '[cards, tokens, emails]' })
    .prefault(['cards', 'tokens']),
  patterns: z.record(z.string(), ownPattern).prefault({}),
  archive: z.boolean().default(false),
});

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

const severity = z.enum(SEVERITIES);

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
        .meta({ what: SEVERITIES.join(', ') + ', or a list of them', example: 'critical' })
        .optional(),
      owner: oneOrMore('an owner or a list of them', 'team-order').optional(),
      rule: oneOrMore('a rule or a list of them', 'order_sync_failures').optional(),
      labels: z.record(z.string(), z.string()).optional(),
    })
    .prefault({}),
  to: receivers,
});

/** The schema of the file; it fills in defaults. `description` says what a key is for, and what editors show in place of `what`. */
export const fileSchema = z.strictObject({
  data_dir: word('a folder', './data')
    .default('./data')
    .meta({ description: 'Positions, windows, undelivered messages, archive' }),
  sources: z
    .record(z.string(), source)
    .meta({ what: 'a block of sources', example: '{ orders: { file: { path: "logs/*.log" } } }' })
    .meta({ description: 'Where events come from' }),
  fields: z
    .record(z.string(), field)
    .prefault({
      service: { path: ['service.name', 'service'], type: 'keyword' },
      level: { path: ['log.level', 'level'], type: 'keyword', normalise: 'upper' },
      message: { type: 'text' },
    })
    .meta({ description: 'What rules and Kibana call things' }),
  search_fields: z
    .array(word('the name of a field', 'message'))
    .min(1)
    .meta({ what: 'a list of fields', example: '[level, message]' })
    .optional()
    .meta({ description: 'Where a value without a field name is looked up' }),
  archive: archive.prefault({ sqlite: {} }).meta({ description: 'Where lines are kept' }),
  rules: word('a folder', './rules')
    .default('./rules')
    .meta({ description: 'Rule files, runbooks and templates' }),
  channels: channels.prefault({}).meta({ description: 'How people are told' }),
  routes: z
    .array(route)
    .meta({ what: 'a list of routes', example: '[{ to: [terminal] }]' })
    .prefault([])
    .meta({ description: 'Who is told what: the first route that matches takes the alert' }),
  rule_receivers: z
    .array(word('channel:target, or channel:* for all of a channel', '"slack:#order-oncall"'))
    .meta({ what: 'a list of receivers', example: '["slack:#order-oncall", "dingtalk:*"]' })
    .optional()
    .meta({ description: 'Receivers that rules may name in `notify`; by default every configured one' }),
  alert_age: duration('24h')
    .prefault('24h')
    .meta({ description: 'Alerts that are older at the first start of a source are recorded, not sent' }),
  alerts: z
    .strictObject({ retention: positive('400d').prefault('400d') })
    .prefault({})
    .meta({ description: 'How long alerts that are over are known' }),
  self_alerts: z
    .strictObject({
      notify: receivers.optional(),
      hold: duration('2m').prefault('2m'),
      lag_after: positive('5m').prefault('5m'),
    })
    .prefault({})
    .meta({ description: 'What Tocsin tells of its own trouble' }),
  mask: mask.prefault({}).meta({ description: 'What of log lines is not shown' }),
  kibana: z
    .strictObject({
      url: secret('address', 'a URL', '"https://kibana.example.com"'),
      data_view: word('the name of a data view', 'order-logs').default('order-logs'),
    })
    .optional()
    .meta({ description: 'Where links in alerts lead' }),
  http: z
    .strictObject({
      listen: word('host:port', '"127.0.0.1:7080"'),
      base_url: secret('address', 'a URL', '"https://tocsin.example.com"').optional(),
      token: secret('value', 'a secret', '"${HTTP_TOKEN}"').optional(),
    })
    .optional()
    .meta({ description: 'For /healthz, /readyz, /metrics and the pages of alerts' }),
  language: z.enum(['en', 'zh']).default('en').meta({ description: 'Language of messages' }),
  timezone: word('an IANA time zone', 'Asia/Shanghai')
    .optional()
    .meta({ description: 'Of the times that people are shown; by default that of the process' }),
});

export type ConfigFile = z.infer<typeof fileSchema>;
