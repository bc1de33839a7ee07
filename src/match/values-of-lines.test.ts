/**
 * Groups, values and shown parts that come from the bytes of lines are those that events give, and values that do not fit are counted
 * alike: for fields of every type, and for values written in every way.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { expect, test } from 'vitest';
import { makeBatch } from '../../test/support/byte-batch.ts';
import { READ_AT_MS, source } from '../../test/support/compare-ways.ts';
import { countAlert, exists, not, ruleOf } from '../../test/support/conditions.ts';
import { sizesOfGrowth } from '../../test/support/growth.ts';
import { anyText, textAndKeywords } from '../../test/support/odd-lines.ts';
import { anyStep, sourceWith } from '../../test/support/odd-steps.ts';
import { aggregate, comparison, measureOf } from '../../test/support/rules-by-hand.ts';
import { seeded, type Random } from '../../test/support/timelines.ts';
import type { Match } from '../event/match.ts';
import { matchColumnsOf } from '../event/match-columns.ts';
import { makeSchema } from '../event/schema.ts';
import { createDecoder } from '../ingest/decode/decoder.ts';
import { compileMatcher } from './matcher.ts';

const schema = makeSchema([...textAndKeywords.fields, { name: 'code', type: 'long', paths: ['code'] }]);
const when = not(exists('cannot'));
const FIELDS = [
  'service',
  'level',
  'region',
  'sku',
  'status',
  'duration_ms',
  'paid',
  'due',
  'message',
  'code',
];
const RULES = [
  ...FIELDS.map((by) => ruleOf(`by_${by}`, { when, alert: countAlert([by]) })),
  ...FIELDS.map((read) =>
    ruleOf(`of_${read}`, {
      when: exists(read),
      alert: aggregate([comparison(measureOf('distinct', read), '>=', 3)], 60_000, []),
    }),
  ),
  ruleOf('by_three', { when, alert: countAlert(['service', 'status', 'paid']) }),
];

/** A value as JSON writes it, also in ways that JSON.stringify never takes. */
function written(random: Random): string {
  const number = random.pick([
    '7',
    '7.0',
    '-0',
    '0',
    '0.0',
    '1e3',
    '1E-2',
    '12345678901234567890',
    '0.1',
    '-3.25',
  ]);
  return random.pick([
    number,
    `${random.below(1_000)}.${random.below(1_000)}`,
    `${random.below(2 ** 30)}${random.below(2 ** 20)}`,
    `"${number}"`,
    `"u${random.below(3_000)}"`,
    JSON.stringify(
      random.pick(['Payment', 'payment', '支付', 'a "b"', '', 'true', 'x'.repeat(31 + random.below(4))]),
    ),
    '"caf\\u00e9"',
    JSON.stringify(anyText(random)),
    JSON.stringify('y'.repeat(8_190 + random.below(4))),
    ...['true', 'false', 'null', '{}', '[]', '["a","b"]', '["a",{"b":1}]', '"2026-11-23T09:00:00Z"'],
  ]);
}

function lineOf(random: Random): string {
  const keys = [
    'service',
    'service.name',
    'level',
    'region',
    'status',
    'duration_ms',
    'paid',
    'due',
    'message',
    'code',
    'no',
  ];
  const parts = keys.filter(() => random.chance(75)).map((key) => `"${key}":${written(random)}`);
  if (random.chance(10)) parts.push(`"status":${written(random)}`);
  if (random.chance(20)) parts.push(`"items":{"sku":${written(random)}}`);
  if (random.chance(5)) parts.push(`"message":"${'long '.repeat(450)}"`);
  return `{"@timestamp":"2026-11-23T09:00:0${random.below(10)}Z"${parts.map((part) => `,${part}`).join('')}}${random.pick(['', '\r', ' '])}`;
}

/** Copies what is made when it is looked at. */
const looked = ({ shown: { excerpt, fields }, ...match }: Match) => ({ ...match, excerpt, fields });

const steps = seeded(12_299);
const SOURCES = [
  source(),
  ...Array.from({ length: 8 }, () => sourceWith([anyStep(steps), anyStep(steps), anyStep(steps)])),
];

test.each(SOURCES.entries().toArray())(
  'by lines and by events, steps %i',
  { timeout: 60_000 },
  (number, from) => {
    let matches = 0;
    const matcher = compileMatcher({ rules: RULES, schema });
    for (const size of sizesOfGrowth().filter((each) => each < (number === 0 ? 1_500 : 150))) {
      const random = seeded(12_300 + size + number);
      // Every byte is overwritten once the batch is left.
      const batch = makeBatch(
        Array.from({ length: size }, () => lineOf(random)),
        { readAtMs: READ_AT_MS },
      );
      const [byEvent, byLine] = [0, 1].map(() => createDecoder(from, schema));
      const events = byEvent!.decode(batch, undefined);
      const lines = byLine!.decode(batch, undefined, matcher.kernel);
      const [want, got] = [matcher.match(events.events), matcher.matchLines(lines)];
      expect(lines.counts.unfit).toEqual(events.counts.unfit);
      const looksFirst = random.chance(50);
      const { of } = matchColumnsOf(got.columns);
      if (looksFirst) for (const event of [0, of.length >> 1, of.length - 1]) of.shownOf(Math.max(0, event));
      const wanted = [...want.columns].map(looked);
      got.leaveBatch();
      batch.bytes.fill(0x20);
      deepStrictEqual([...got.columns].map(looked), wanted);
      expect([got.missed, got.late.map(looked)]).toEqual([want.missed, want.late.map(looked)]);
      matches += wanted.length;
    }
    expect(matches).toBeGreaterThan(number === 0 ? 10_000 : 500);
  },
);
