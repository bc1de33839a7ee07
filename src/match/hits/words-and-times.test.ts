/** Words and times of lines by the line kernel, against the analyser and the decoder: recorded texts, texts put together, real logs. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { READ_AT_MS, batchesOf, compareWays, source } from '../../../test/support/compare-ways.ts';
import { countAlert, field, not, or, ruleOf, value } from '../../../test/support/conditions.ts';
import { anyText } from '../../../test/support/odd-lines.ts';
import { dataFolder, linesOf } from '../../../test/support/real-logs.ts';
import { seeded } from '../../../test/support/timelines.ts';
import { makeSchema } from '../../event/schema.ts';

describe('words are those of the analyser', () => {
  const schema = makeSchema(
    [
      { name: 'service', type: 'keyword', paths: ['service'] },
      { name: 'message', type: 'text', paths: ['message'] },
    ],
    ['service', 'message'],
  );

  /** Each text as a line, and a rule for each text and for some of its words. */
  function compareTexts(texts: readonly string[]): number {
    const lines = texts.map((message) =>
      JSON.stringify({ '@timestamp': '2026-11-23T08:59:59.000Z', message }),
    );
    const asked = texts.flatMap((text) => [text, ...text.split(/[\s:/,]+/u).slice(0, 3)]);
    const rules = [...new Set(asked)]
      .filter((text) => text !== '')
      .map((text, i) => ruleOf(`r${i}`, { when: value(text), alert: countAlert([]) }));
    return compareWays([makeBatch(lines, { readAtMs: READ_AT_MS })], rules, schema).sound;
  }

  test('for every recorded text', () => {
    const file = new URL('../../../test/fixtures/tokens/lucene-standard.ndjson.gz', import.meta.url);
    const texts = gunzipSync(readFileSync(file))
      .toString()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(compareTexts(texts)).toBeGreaterThan(1_700);
  });

  test('for texts of odd words, seed 12100', () => {
    const random = seeded(12_100);
    expect(compareTexts(Array.from({ length: 1_500 }, () => anyText(random)))).toBeGreaterThan(1_400);
  });

  test('for ASCII put together at random, seed 12200', () => {
    const random = seeded(12_200);
    const alphabet = Array.from('aZ09_.:\',;- "\\/\n\u007f');
    const text = (): string =>
      Array.from({ length: 1 + random.below(40) }, () => random.pick(alphabet)).join('');
    expect(compareTexts(Array.from({ length: 700 }, text))).toBeGreaterThan(650);
  });
});

describe('times are those of the plain way', () => {
  const times = [
    '"2026-11-23T08:59:59.123Z"',
    '"2024-02-29T23:59:60.999Z"',
    '"2023-02-29T00:00:00.000Z"',
    '"0000-01-01T00:00:00.000Z"',
    '"9999-12-31T23:59:59.999Z"',
    '"2026-11-23T08:59:59Z"',
    '" 2026-11-23T08:59:59.123Z"',
    '"2026-11-23T08:59:59.123+08:00"',
    '"2026-11-23T24:00:00.000Z"',
    '"2026-1\\u0031-23T08:59:59.123Z"',
    '1795424399123',
    '1795424399123.7',
    '1795424399',
    '1795424399123456789',
    '"1795424399123456789"',
    'true',
    'null',
    '[]',
    '["x", "2026-11-23T08:59:59.123Z"]',
    '{"a": 1}',
    '"2026-11-01 01:30:00"',
    '"2026-11-01T01:30:00[America/Chicago]"',
    '"20261123T085959.123Z"',
    '"2026-11-23 08:59:59 EST"',
  ];
  const schema = makeSchema([{ name: 'message', type: 'text', paths: ['message'] }]);
  const rules = [ruleOf('all', { when: not(value('nothing')), alert: countAlert([]) })];
  const formats = ['iso8601', 'epoch_ms', 'epoch_s', 'epoch_us', 'epoch_ns', 'yyyy-MM-dd HH:mm:ss'];
  const paths = [
    ['t', '@timestamp'],
    ['t', ['t', '@timestamp'], { seconds: 't', nanos: '@timestamp' }],
    [{ seconds: '@timestamp', nanos: 't' }, 't'],
  ];
  const ways = [...formats, ['iso8601', 'epoch_ns'], ['epoch_ms', 'iso8601']].flatMap((format) =>
    paths.map((path) => ({ format, path })),
  );
  for (const { format, path } of ways) {
    test(JSON.stringify([format, path]), () => {
      const pairs = times.flatMap((a) => times.map((b) => `{"t":${a},"@timestamp":${b},"message":"x"}`));
      const from = source({ format, path, timezone: 'America/New_York' });
      const batches = batchesOf(pairs, seeded(12_300));
      expect(compareWays(batches, rules, schema, from).sound).toBe(pairs.length);
    });
  }
});

describe('lines of real logs', () => {
  for (const name of ['nezha-0129', 'ocel', 'olist-seconds']) {
    const folder = dataFolder(name);
    test.skipIf(folder === undefined || !existsSync(`${folder}/events.ndjson.gz`))(name, () => {
      const lines = linesOf(`${folder!}/events.ndjson.gz`).slice(0, 4_000);
      const keys = [
        ...new Set(lines.slice(0, 200).flatMap((line) => Object.keys(JSON.parse(line) as object))),
      ];
      const schema = makeSchema(
        keys
          .slice(0, 12)
          .flatMap((key) => [
            { name: key, type: 'keyword', paths: [key] } as const,
            { name: `${key}_text`, type: 'text', paths: [key] } as const,
          ]),
      );
      const random = seeded(12_400);
      const words = lines.slice(0, 300).flatMap((line) => line.match(/[\w.-]{3,}/gu) ?? []);
      const rules = Array.from({ length: 50 }, (_, i) => {
        const when = or(value(random.pick(words)), field(random.pick(keys.slice(0, 12)), random.pick(words)));
        return ruleOf(`r${i}`, { when, alert: countAlert([]) });
      });
      const seen = compareWays(batchesOf(lines, random), rules, schema);
      expect(seen.sound).toBeGreaterThan(0.9 * lines.length);
      expect(seen.matches).toBeGreaterThan(100);
    });
  }
});
