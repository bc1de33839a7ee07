/**
 * Lines as services really write them and as they should not: the values that conditions are most easily read differently on, in
 * every place that a path can find them. The same for the same seed.
 */
import type { Field } from '../../src/event/event.ts';
import { makeSchema } from '../../src/event/schema.ts';
import type { Random } from './timelines.ts';

const FIELDS: readonly Field[] = [
  { name: '@timestamp', type: 'date', paths: ['@timestamp'] },
  { name: 'service', type: 'keyword', paths: ['service.name', 'service'] },
  { name: 'level', type: 'keyword', paths: ['log.level', 'level'], normalise: 'upper' },
  { name: 'region', type: 'keyword', paths: ['region'], normalise: 'lower' },
  { name: 'sku', type: 'keyword', paths: ['items.sku'] },
  { name: 'cannot', type: 'long', paths: ['cannot'] },
  { name: 'status', type: 'long', paths: ['http.response.status', 'status'] },
  { name: 'duration_ms', type: 'double', paths: ['duration_ms'] },
  { name: 'paid', type: 'boolean', paths: ['paid'] },
  { name: 'due', type: 'date', paths: ['due'] },
  { name: 'error.message', type: 'text', paths: ['error.message'] },
  { name: 'message', type: 'text', paths: ['message'] },
];

/** Unfielded values are looked up in text and keywords, some of them normalised. */
export const textAndKeywords = makeSchema(FIELDS, ['level', 'region', 'service', 'message', 'error.message']);

/** Unfielded values are looked up in keywords alone, so that they may hold no word at all. */
export const onlyKeywords = makeSchema(FIELDS, ['level', 'sku']);

/** Words that are cut, folded or written unlike others. */
export const WORDS = [
  ...['order_timeout', 'timeout', 'ERROR', 'error', 'payment-gateway', 'Payment', '支付成功', '支付', '失败'],
  ...['order:42', '42', '1,234.56', '1.0', 'java.lang.NullPointerException', 'naïve', 'naive', 'İstanbul'],
  ...[
    'ΣΊΣΥΦΟΣ',
    'σίσυφος',
    'straße',
    'STRASSE',
    '😀',
    '👩‍👩‍👧',
    'a_b',
    "don't",
    'don’t',
    'ﬁx',
    'かな',
    'カタカナ',
  ],
  ...[
    '한국어',
    'ไทย',
    'אב"ג',
    'E-42',
    'e-42',
    '001',
    'and',
    'or',
    'NOT',
    'null',
    'true',
    '___',
    '-',
    '\\t',
    'C:\\new',
  ],
  ...[
    '"quoted"',
    'u0041',
    '\\u0041',
    '(x)',
    '{y}',
    'a*b',
    '<b>',
    'é',
    'e\u0301',
    '\u0000',
    '\ufffd',
    '\u00a0',
    '\t',
  ],
  ...[
    'x'.repeat(254),
    'x'.repeat(255),
    'x'.repeat(256),
    '支'.repeat(300),
    '/api/order',
    '@user',
    'a.b',
    '$5',
  ],
];

/** JSON of values that are no text, and of texts that are no words. */
const LITERALS = [
  ...['null', 'true', 'false', '"true"', '"false"', '""', '" "', '{}', '[]', '{"name":{"deep":"x"}}', '[[]]'],
  ...[
    '0',
    '-0',
    '-0.0',
    '1',
    '1.0',
    '1.00',
    '-1',
    '800',
    '800.5',
    '"900"',
    '"900.0"',
    '" 900"',
    '"9e2"',
    '9e2',
    '"0x10"',
  ],
  ...[
    '0.1',
    '0.30000000000000004',
    '0.3',
    '1e-7',
    '5e-324',
    '1.7976931348623157e308',
    '1e400',
    '"NaN"',
    '"Infinity"',
  ],
  ...[
    '9007199254740991',
    '9007199254740992',
    '-9007199254740991',
    '9007199254740993',
    '12345678901234567890',
    '1e21',
    '42',
  ],
  ...['"\\ud800"', '"a\\ud800b"', '"\\u0000"', '"+5"', '".5"', '"5."', '0.5', '2.5', '7', '100', '3', '"7"'],
];

const DATES = [
  ...[
    '"2026-11-20T08:00:00.000Z"',
    '"2026-11-20T08:00:00Z"',
    '"2026-11-20T16:00:00.000+08:00"',
    '"2026-11-20"',
  ],
  ...[
    '"2026-11-20 08:00:00.0009"',
    '"2026-11-20T08:00:00.001Z"',
    '1795161600000',
    '"1795161600000"',
    '1795161600000.7',
  ],
  ...[
    '"0001-01-01T00:00:00.000Z"',
    '"0000-06-01T00:00:00.000Z"',
    '"-000001-06-01T00:00:00.000Z"',
    '"2026-02-30"',
    '-1',
  ],
  ...[
    '"+010000-01-01T00:00:00.000Z"',
    '8640000000000000',
    '-8640000000000000',
    '8640000000000001',
    '"soon"',
    '0',
  ],
  ...[
    '"9999-12-31T23:59:59.999Z"',
    '"2026-11-20T07:59:60Z"',
    '"2026-11"',
    '"1969-12-31T23:59:59.999Z"',
    '-1.5',
  ],
];

const KEYWORDS = [
  ...[
    'payment',
    'Payment',
    'pay',
    'order',
    'error',
    'Error',
    'ERROR',
    'cn-north',
    'CN-North',
    'FAILED',
    'TIMEOUT',
  ],
  ...[
    'k'.repeat(8191),
    'k'.repeat(8192),
    `${'😀'.repeat(4095)}a`,
    '😀'.repeat(4096),
    'ß'.repeat(4096),
    'ß'.repeat(4095),
  ],
  ...[
    `${'x'.repeat(64)}a`,
    `${'x'.repeat(64)}b`,
    `${'支'.repeat(21)}a`,
    `${'支'.repeat(22)}b`,
    'İ',
    'i̇',
    'ı',
    'Ÿ',
    'ŉ',
  ],
];

/** Lines that are no JSON objects; they match through `message`. */
const UNDECODABLE = [
  'plain ERROR order_timeout of payment',
  '[1, 2, "error"]',
  '{"message": "order_timeout", "level": "ERR',
  '支付 失败',
  '',
  'null',
  '"timeout"',
];

/** A text of some words, as people and programs put them together. */
export function anyText(random: Random): string {
  const parts = Array.from({ length: 1 + random.below(4) }, () => random.pick(WORDS));
  return parts.join(random.pick([' ', ' ', ' ', '', '-', ', ', '，', '.', '\u200b', '_']));
}

/** A line, mostly a JSON object. */
export function oddLine(random: Random): string {
  if (random.chance(4)) return random.pick(UNDECODABLE);
  const space = random.pick(['', '', ' ']);
  const members: string[] = [];
  if (random.chance(70)) members.push(`"@timestamp":${space}"2026-11-23T09:00:0${random.below(10)}.000Z"`);
  for (const field of FIELDS.slice(1))
    if (random.chance(60)) members.push(member(random, random.pick(field.paths), field, space));
  if (random.chance(5)) members.push(member(random, 'message', FIELDS.at(-1)!, space)); // the same key again
  const before = random.chance(3) ? random.pick(['\ufeff', ' ', '\t']) : '';
  return `${before}{${space}${members.join(`,${space}`)}${space}}`;
}

/** `"a":…` for the path `a`; for `a.b` also `"a.b":…`, `"a":{"b":…}` and an array of such objects. */
function member(random: Random, path: string, field: Field, space: string): string {
  const dot = random.chance(60) ? path.indexOf('.') : -1;
  if (dot < 0) return `${JSON.stringify(path)}:${space}${oneOrMore(random, () => leaf(random, field))}`;
  const inner = (): string => `{${member(random, path.slice(dot + 1), field, space)}}`;
  return `${JSON.stringify(path.slice(0, dot))}:${space}${oneOrMore(random, inner)}`;
}

function oneOrMore(random: Random, make: () => string): string {
  if (random.chance(75)) return make();
  const all = Array.from({ length: random.below(4) }, () => (random.chance(10) ? `[${make()}]` : make()));
  return `[${all.join(',')}]`;
}

function leaf(random: Random, { type }: Field): string {
  if (random.chance(8)) return random.pick(LITERALS);
  switch (type) {
    case 'text':
      return JSON.stringify(anyText(random));
    case 'keyword':
      return random.chance(75)
        ? JSON.stringify(random.pick(random.chance(70) ? KEYWORDS : WORDS))
        : random.pick(LITERALS);
    case 'date':
      return random.pick(DATES);
    case 'boolean':
      return random.pick(['true', 'false', '"true"', '"false"', '""']);
    case 'long':
    case 'double':
      return random.pick(LITERALS);
  }
}
