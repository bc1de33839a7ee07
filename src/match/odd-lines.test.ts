/** Lines that no one would write on purpose, from their bytes to matches: nothing throws, nothing stalls, nothing is lost. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeBatch } from '../../test/support/byte-batch.ts';
import { and, countAlert, exists, field, not, ruleOf, value } from '../../test/support/conditions.ts';
import type { SourceConfig } from '../config/config.ts';
import { typedValues } from '../event/field-value.ts';
import { makeSchema } from '../event/schema.ts';
import { createDecoder } from '../ingest/decode/decoder.ts';
import { compileMatcher } from './matcher.ts';

const schema = makeSchema([
  { name: 'service', type: 'keyword', paths: ['service.name', 'service'] },
  { name: 'took', type: 'long', paths: ['took'] },
  { name: 'paid', type: 'boolean', paths: ['paid'] },
  { name: 'at', type: 'date', paths: ['@timestamp'] },
  { name: 'message', type: 'text', paths: ['message'] },
]);

const RULES = [
  ruleOf('any', { when: not(field('service', 'none')) }),
  ruleOf('word', { when: and(value('error'), not(exists('took'))), alert: countAlert(['service']) }),
];

const source = (decode: SourceConfig['decode']): SourceConfig => ({
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode,
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'Asia/Shanghai' },
  latenessMs: 30_000,
});

const DECODERS = [
  source({ steps: [{ kind: 'json' }, { kind: 'kv', field: 'message' }] }),
  source({ steps: [{ kind: 'logfmt' }] }),
  source({
    steps: [
      { kind: 'dissect', patterns: ['%{@timestamp} [%{service->}] %{message}'] },
      { kind: 'kv', field: 'message' },
    ],
  }),
].map((config) => createDecoder(config, schema));
const matcher = compileMatcher({ rules: RULES, schema });

/** Every line becomes one event that one rule wants, under each decoder. */
function take(lines: readonly (string | Uint8Array)[]): void {
  for (const decoder of DECODERS) {
    const { events, timing, counts } = decoder.decode(
      makeBatch(lines, { readAtMs: Date.UTC(2026, 10, 23) }),
      undefined,
    );
    expect(events).toHaveLength(lines.length);
    for (const event of events) expect(JSON.stringify(typedValues(event, schema))).toBeDefined();
    const { matches, missed } = matcher.match(events);
    const wanted = matches.filter((match) => match.rule === 'any').length;
    const late = missed.filter(({ rule }) => rule === 'any').reduce((sum, { count }) => sum + count, 0);
    expect(wanted + late).toBe(lines.length);
    expect(counts.timeInferred).toBeLessThanOrEqual(lines.length);
    expect(JSON.parse(timing)).toBeTypeOf('object');
  }
}

test('long, deep and broken lines', () => {
  const deep = (open: string, close: string) =>
    `{"message":${open.repeat(100_000)}"error"${close.repeat(100_000)}}`;
  take([
    `{"message":"${'error '.repeat(1_700_000)}"}`,
    'x'.repeat(10_000_000),
    deep('[', ']'),
    deep('{"a":', '}'),
    '[2026] '.repeat(100_000),
    '{"message":"a\\u0000b\\ud800","service":"\\udc00","__proto__":{"message":"error"}}',
    'a\0b \0',
    Buffer.of(0xff, 0xfe, 0x00, 0xed, 0xa0, 0x80),
    '',
    '\r',
    '{"service":{"name":[[[]],[{}]]},"took":1e999,"@timestamp":"275760-09-14"}',
  ]);
});

test('any bytes', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), take));
});

test('any JSON', () => {
  const document = fc.dictionary(
    fc.constantFrom('message', 'service', 'took', 'paid', '@timestamp', 'service.name', 'x'),
    fc.jsonValue({ maxDepth: 4 }),
  );
  fc.assert(
    fc.property(fc.array(document, { maxLength: 4 }), (docs) => take(docs.map((doc) => JSON.stringify(doc)))),
  );
});
