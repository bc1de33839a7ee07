/**
 * Decoding and matching by the line kernel against the plain way, and both against each condition evaluated alone: the same times, the same
 * counts and the same matches, for lines and conditions as odd as they come. Every line is compared with every rule.
 */
import { gunzipSync } from 'node:zlib';
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { and, countAlert, field, not, or, ruleOf, value } from '../../../test/support/conditions.ts';
import { oddConditions } from '../../../test/support/odd-conditions.ts';
import { anyText, oddLine, onlyKeywords, textAndKeywords } from '../../../test/support/odd-lines.ts';
import { dataFolder, linesOf } from '../../../test/support/real-logs.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { SourceConfig } from '../../config/config.ts';
import type { Batch } from '../../event/batch.ts';
import type { LogEvent, Schema } from '../../event/event.ts';
import { ODD } from '../../event/kernel/tape.ts';
import type { Match } from '../../event/match.ts';
import { makeSchema } from '../../event/schema.ts';
import { createDecoder } from '../../ingest/decode/decoder.ts';
import type { Condition, Rule } from '../../rule/ast.ts';
import { parseCondition } from '../../rule/load.ts';
import type { Matched } from '../collector.ts';
import { compileCondition } from '../condition.ts';
import { handOver } from '../hand-over.ts';
import { compileMatcher } from '../matcher.ts';

const READ_AT_MS = Date.UTC(2026, 10, 23, 9);

const source = (timestamp: Partial<SourceConfig['timestamp']> = {}): SourceConfig => ({
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode: { kind: 'json' },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'Asia/Shanghai', ...timestamp },
  latenessMs: 30_000,
});

/** Compares both ways over batches of lines; returns the numbers of sound lines and of matches. */
function compareWays(
  batches: readonly Batch[],
  rules: readonly Rule[],
  schema: Schema,
  from = source(),
): { sound: number; matches: number } {
  const [plain, byTape] = [createDecoder(from, schema), createDecoder(from, schema)];
  const [matcher, byLine] = [compileMatcher({ rules, schema }), compileMatcher({ rules, schema })];
  const judges = rules.map((rule) => judgeOf(rule, schema));
  let timing: string | undefined;
  const seen = { sound: 0, matches: 0 };
  for (const batch of batches) {
    const expected = plain.decode(batch, timing);
    const decoded = byTape.decode(batch, timing, byLine.kernel);
    expect(decoded.tape).toBeDefined();
    const { counts, timesMs, inferred, timeliness, watermarksMs } = expected;
    expect(decoded).toMatchObject({ timesMs, inferred, timeliness, watermarksMs, timing: expected.timing });
    expect(decoded.counts).toEqual(counts);
    const [want, got] = [matcher.match(expected.events), byLine.matchLines(decoded)];
    expect(selected(want)).toEqual(selectedBy(judges, expected.events));
    // To show the first difference alone is quicker by far, and says more.
    expect(got.matches).toHaveLength(want.matches.length);
    const at = want.matches.findIndex((match, i) => !isDeepStrictEqual(whole(match), whole(got.matches[i]!)));
    if (at >= 0) expect(whole(got.matches[at]!)).toEqual(whole(want.matches[at]!));
    expect([got.missed, got.late]).toEqual([want.missed, want.late]);
    seen.sound += decoded.tape!.states.filter((state) => state !== ODD).length;
    seen.matches += want.matches.length;
    timing = expected.timing;
  }
  return seen;
}

/** A match with the parts that are made when they are looked at. */
const whole = ({ shown: { excerpt, fields }, ...match }: Match) => ({ ...match, excerpt, fields });

type Judge = (event: LogEvent) => string | undefined;

/** Returns the rule and its conditions that an event satisfies, each condition evaluated alone. */
function judgeOf(rule: Rule, schema: Schema): Judge {
  const when = rule.when && compileCondition(rule.when, schema);
  const lets = [...rule.lets].map(([name, condition]) => ({
    name,
    holds: compileCondition(condition, schema),
  }));
  return (event) => {
    if (when?.(event) === false) return undefined;
    const held = lets.filter(({ holds }) => holds(event)).map(({ name }) => name);
    const conditions = when === undefined ? held : ['when', ...held];
    return conditions.length === 0 ? undefined : `${rule.name} ${conditions.join()}`;
  };
}

/** Returns what the events in time satisfy, in the order of events and rules. */
const selectedBy = (judges: readonly Judge[], events: readonly LogEvent[]): string[] =>
  events
    .filter(({ timeliness }) => timeliness === 'in_time')
    .flatMap((event) =>
      judges.flatMap((judge) => {
        const found = judge(event);
        return found === undefined ? [] : [`${event.position.offset} ${found}`];
      }),
    );

const selected = ({ matches }: Pick<Matched, 'matches'>): string[] =>
  matches.map(({ position, rule, conditions }) => `${position.offset} ${rule} ${conditions.join()}`);

function batchesOf(lines: readonly (string | Uint8Array)[], random: Random): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < lines.length;) {
    const to = from + 1 + random.below(2 * Math.ceil(Math.sqrt(lines.length)));
    batches.push(makeBatch(lines.slice(from, to), { readAtMs: READ_AT_MS }, from));
    from = to;
  }
  return batches;
}

/** A line of JSON with a byte put in, taken out or changed, or one whose texts are written with other escapes. */
function disturbed(line: string, random: Random): string | Uint8Array {
  if (random.chance(40))
    return line.replaceAll(/[^\x20-\x7e]|[a-z](?=[^"]*")/gu, (character) =>
      random.chance(70) || line.length > 5_000
        ? character
        : [...Array(character.length).keys()]
            .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
            .join(''),
    );
  if (random.chance(60)) return line;
  const bytes = Buffer.from(line);
  const at = random.below(bytes.length + 1);
  const put = Buffer.of(
    random.pick([
      0x22, 0x5c, 0x2c, 0x3a, 0x7b, 0x7d, 0x5b, 0x5d, 0x20, 0x09, 0x30, 0xe6, 0xff, 0xf7, 0x80, 0x2d, 0x2e,
    ]),
  );
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random.below(2))]);
}

/** A line as most services write it: odd words, but plain values in plain places. */
function plainLine(random: Random): string {
  const service = random.pick(['payment', 'Payment', 'order', 'cn-north', '支付', 'a "b"']);
  const flat = random.chance(50);
  return JSON.stringify({
    ...(random.chance(90) && { '@timestamp': `2026-11-23T09:00:0${random.below(10)}.000Z` }),
    ...(flat ? { 'service.name': service } : { service: { name: service, version: '1.0' } }),
    level: random.pick(['ERROR', 'error', 'Failed', 'timeout']),
    region: random.pick(['CN-North', 'cn-north', null]),
    status: random.pick([0, 7, 42, 100, 800, -1, '900', '7']),
    duration_ms: random.pick([0, 1, 2.5, 800.5, 1234.56]),
    paid: random.pick([true, false, 'true']),
    tags: random.chance(30) ? ['a', ['b', { c: [] }]] : undefined,
    error: random.chance(40) ? { message: anyText(random), code: 5 } : undefined,
    message: random.chance(85) ? anyText(random) : [anyText(random), anyText(random)],
    items: random.chance(20) ? { sku: random.pick(['ERROR', 'x']) } : undefined,
  });
}

function conditionsFor(count: number, random: Random, schema: Schema, lines: readonly string[]): Condition[] {
  const { events } = createDecoder(source(), schema).decode(
    makeBatch(lines.slice(0, 300), { readAtMs: READ_AT_MS }),
    undefined,
  );
  const generated = oddConditions(random, schema, events);
  const conditions: Condition[] = [];
  for (let tries = 0; conditions.length < count && tries < 20 * count; tries += 1) {
    const { condition } = parseCondition(generated.next(), schema);
    if (condition !== undefined) conditions.push(condition);
  }
  return conditions;
}

/** Rules with a condition alone, and rules with lets that are counted, some of them beside a condition. */
function rulesOf(conditions: readonly Condition[], random: Random): Rule[] {
  return conditions.map((condition, i) => {
    const other = random.pick(conditions);
    if (random.chance(80)) return ruleOf(`r${i}`, { when: condition, alert: countAlert([]) });
    const lets = new Map([['other', other]]);
    const alert = countAlert([], 'other');
    return ruleOf(`r${i}`, { lets, alert, ...(random.chance(50) && { when: condition }) });
  });
}

describe('matching by the tape gives what matching event by event gives', () => {
  const worlds = [
    [1, 300],
    [10, 1_000],
    [100, 1_000],
    [1_000, 700],
    [5_000, 60],
  ] as const;
  for (const [i, [count, size]] of worlds.entries()) {
    const seed = 12_000 + i;
    for (const [name, schema] of Object.entries({ textAndKeywords, onlyKeywords })) {
      test(`${count} rules, ${size} lines, ${name}, seed ${seed}`, { timeout: 120_000 }, () => {
        const random = seeded(seed);
        const plain = Array.from({ length: size }, () =>
          random.chance(60) ? plainLine(random) : oddLine(random),
        );
        const rules = rulesOf(conditionsFor(count, random, schema, plain), random);
        const lines = plain.map((line) => (random.chance(40) ? disturbed(line, random) : line));
        const seen = compareWays(batchesOf(lines, random), rules, schema);
        expect(seen.sound).toBeGreaterThan(size / 5);
        if (count > 1) expect(seen.matches).toBeGreaterThan(0);
      });
    }
  }
});

test('bytes that are not UTF-8 harm nothing', () => {
  const random = seeded(12_050);
  const line = (): Uint8Array =>
    Buffer.concat([
      Buffer.from('{"service":"caf'),
      Buffer.from(Array.from({ length: random.below(6) }, () => 0x80 + random.below(128))),
      Buffer.from('","message":"支 an error '),
      Buffer.from(Array.from({ length: 1 + random.below(6) }, () => 0x80 + random.below(128))),
      Buffer.from(' x"}'),
    ]);
  const rules = [value('error'), field('service', 'caf'), value('支')].map((when, i) =>
    ruleOf(`r${i}`, { when, alert: countAlert([]) }),
  );
  const lines = Array.from({ length: 3_000 }, line);
  expect(compareWays(batchesOf(lines, random), rules, textAndKeywords).matches).toBeGreaterThan(3_000);
});

test('rules for which a kernel has no room are matched all the same, also while they are handed over', () => {
  const deep = Array.from({ length: 182 }, (_, i) => `k${i}`).join('.');
  const paths = Array.from({ length: 33 }, (_, i) => `p${i}`);
  const schema = makeSchema([
    { name: 'message', type: 'text', paths: ['message'] },
    { name: 'deep', type: 'keyword', paths: [deep] },
    { name: 'many', type: 'keyword', paths },
    { name: 'long', type: 'keyword', paths: ['k'.repeat(40_000)] },
  ]);
  const lines = [
    '{"message":"zeta"}',
    '{"message":"an error here"}',
    '{"message":"alpha"}',
    `{"${deep}":"x"}`,
  ];
  const batch = makeBatch(lines, { readAtMs: READ_AT_MS });
  const rule = (name: string, when: Condition): Rule => ruleOf(name, { when, alert: countAlert([]) });
  for (const none of ['deep', 'many', 'long']) {
    const old = [rule('old', and(value('error'), not(field(none, 'y')))), rule('other', value('alpha'))];
    const before = compileMatcher({ rules: old, schema });
    expect(before.kernel).toBeUndefined();
    const after = compileMatcher({ rules: [rule('new', or(value('zeta'), value('error')))], schema });
    const both = handOver(before, after, (name) => name !== 'new');
    const decoded = createDecoder(source(), schema).decode(batch, undefined, both.kernel);
    expect(selected(both.matchLines(decoded))).toEqual([
      '0 new when',
      '1 old when',
      '1 new when',
      '2 other when',
    ]);
  }
  const matcher = compileMatcher({ rules: [rule('r', field('deep', 'x'))], schema });
  const decoded = createDecoder(source(), schema).decode(batch, undefined, matcher.kernel);
  expect(selected(matcher.matchLines(decoded))).toEqual(['3 r when']);
});

test('a match keeps no batch in memory, whether its text was looked at or not', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const rules = [ruleOf('r', { when: value('error'), alert: countAlert(['service']) })];
  const matcher = compileMatcher({ rules, schema: textAndKeywords });
  const decoder = createDecoder(source(), textAndKeywords);
  const kept: Match[] = [];
  const batches: WeakRef<Uint8Array>[] = [];
  for (let i = 0; i < 40; i += 1) {
    const lines = Array.from({ length: 100 }, () => '{"service":{"name":"a"},"message":"an error"}');
    const batch = makeBatch(lines, { readAtMs: READ_AT_MS });
    batches.push(new WeakRef(batch.bytes));
    const kernel = i % 2 === 0 ? matcher.kernel : undefined;
    const { matches } = matcher.matchLines(decoder.decode(batch, undefined, kernel));
    if (i % 4 < 2) expect(matches[7]!.shown.excerpt).toBe(lines[7]);
    kept.push(matches[7]!);
  }
  await setImmediate();
  collect();
  // The engine itself may still hold what the last turns of the loop had in hand.
  expect(batches.filter((batch) => batch.deref() !== undefined).length).toBeLessThan(4);
  expect(kept[1]!.shown.fields['message']).toEqual(['an error']);
});

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
  ];
  const schema = makeSchema([{ name: 'message', type: 'text', paths: ['message'] }]);
  const rules = [ruleOf('all', { when: not(value('nothing')), alert: countAlert([]) })];
  for (const format of ['iso8601', 'epoch_ms', 'epoch_s', 'epoch_ns', 'yyyy-MM-dd HH:mm:ss']) {
    test(format, () => {
      const pairs = times.flatMap((a) => times.map((b) => `{"t":${a},"@timestamp":${b},"message":"x"}`));
      const from = source({ format, path: ['t', '@timestamp'], timezone: 'America/New_York' });
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
