import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import { aggregate, comparison, countOf, ruleOf, rulesetOf } from '../../../test/support/rules-by-hand.ts';
import type { Field, Value } from '../../event/event.ts';
import type { Match, ShownEvent } from '../../event/match.ts';
import { rulesInput, type BatchInput, type DetectInput } from '../input/input.ts';
import { inputOf, journalRows } from './journal-row.ts';

const rowOf = journalRows();
/** The row is written again and again into the same memory, so a copy of it is read. */
const readAgain = (input: DetectInput): DetectInput => inputOf(Uint8Array.from(rowOf(input)));
/** Tells 0 from -0, NaN from null, and what is absent from what is undefined. */
const comesBack = (input: DetectInput): void => deepStrictEqual(readAgain(input), input);

const text = fc.oneof(
  fc.constantFrom('', 'pay', '__proto__', 'toString', '\ufeff订单', '\ud800', 'x\udc00', '😀'.repeat(128)),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: fc.constantFrom('a', 'é', '订', '\0', '\ud83d'), maxLength: 300 }),
);
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(
    0,
    -0,
    NaN,
    2 ** 51,
    2 ** 51 + 1,
    -(2 ** 51),
    2 ** 52 + 1,
    2 ** 53,
    1e308,
    127,
    128,
    16_384,
  ),
);
const value: fc.Arbitrary<Value> = fc.oneof(text, number, fc.boolean());
const named = fc.dictionary(text, fc.array(value, { maxLength: 8 }), { maxKeys: 4, noNullPrototype: true });

const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

/** Matches of few events, in any order, that share what they are shown by, or a part of it, or only look as if they did. */
const matches: fc.Arbitrary<readonly Match[]> = fc
  .record({
    shown: fc.array(plain({ excerpt: text, fields: named }), { minLength: 1, maxLength: 3 }),
    positions: fc.array(
      plain({ source: fc.constantFrom('orders', 'b'), partition: fc.nat(2), offset: number }),
      { minLength: 1, maxLength: 3 },
    ),
    groups: fc.array(fc.array(value, { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
    values: fc.array(named, { minLength: 1, maxLength: 3 }),
    conditions: fc.array(fc.array(text, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    rules: fc.array(text, { minLength: 1, maxLength: 3 }),
    times: fc.array(number, { minLength: 1, maxLength: 2 }),
  })
  .chain((pool) =>
    fc.array(
      fc.record(
        {
          rule: fc.constantFrom(...pool.rules),
          conditions: fc.constantFrom(...pool.conditions),
          group: fc.constantFrom(...pool.groups),
          timeMs: fc.constantFrom(...pool.times),
          position: fc.constantFrom(...pool.positions),
          shown: fc.constantFrom(...pool.shown),
          values: fc.constantFrom(...pool.values),
        },
        {
          requiredKeys: ['rule', 'conditions', 'group', 'timeMs', 'position', 'shown'],
          noNullPrototype: true,
        },
      ),
      { maxLength: 30 },
    ),
  );

const batches: fc.Arbitrary<BatchInput> = fc.record(
  {
    kind: fc.constant('batch' as const),
    source: fc.constantFrom('orders', '订单'),
    partition: fc.nat(2),
    clockMs: number,
    watermarkMs: number,
    firstTimeMs: number,
    lastTimeMs: number,
    matches,
    late: matches,
  },
  { requiredKeys: ['kind', 'source', 'partition', 'clockMs', 'matches'], noNullPrototype: true },
);

const partitionRef = { source: fc.string(), partition: fc.nat() };
const others: fc.Arbitrary<DetectInput> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('tick' as const),
      clockMs: fc.nat(),
      idle: fc.array(plain(partitionRef)),
      wentBack: fc.constant(true as const),
    },
    { requiredKeys: ['kind', 'clockMs', 'idle'], noNullPrototype: true },
  ),
  plain({ kind: fc.constant('partitions' as const), source: fc.string(), partitions: fc.array(fc.nat()) }),
  plain({ kind: fc.constant('partition_ended' as const), ...partitionRef }),
  plain({
    kind: fc.constant('finalise' as const),
    untilMs: fc.oneof(fc.nat(), fc.constantFrom('last' as const, 'end' as const)),
  }),
  fc.array(fc.string()).map((names) => {
    const rules = names.map((name) =>
      ruleOf(aggregate([comparison(countOf(), '>=', 2)], 10_000), { name }, true),
    );
    return rulesInput(rulesetOf(...rules), [{ name: 'orders', latenessMs: 5 }], 7, true);
  }),
);

describe('an input comes back from its row as it was', () => {
  it('whatever a batch holds', () => fc.assert(fc.property(batches, comesBack), { numRuns: 1_000 }));

  it('whatever else it is', () => fc.assert(fc.property(others, comesBack), { numRuns: 200 }));

  it('whatever the number of its matches, groups and names', () => {
    atEverySize((size, random) => {
      const events = 1 + random.below(size);
      const shown = Array.from({ length: events }, (_, i) => ({
        excerpt: `line ${i}`.padEnd(random.below(500), random.pick(['x', '订'])),
        fields: { text: Array.from({ length: 8 }, () => random.pick(['a', 'é']).repeat(256)), n: [i, i / 3] },
      }));
      const all = Array.from({ length: size }, (_, i): Match => {
        const event = Math.floor((i * events) / size);
        const match: Match = {
          rule: `r${random.below(size)}`,
          conditions: random.pick([['when'], ['a', 'b'], []]),
          group: random.chance(30) ? [] : [`g${random.below(size)}`, random.below(3)],
          timeMs: 1.7e12 + event * 7 - random.below(2),
          position: { source: 'orders', partition: 1, offset: event * 100 },
          shown: shown[event]!,
        };
        return random.chance(50) ? match : { ...match, values: { ms: [random.below(size) / 7] } };
      });
      comesBack({ kind: 'batch', source: 'orders', partition: 1, clockMs: size, matches: all });
    });
  });
});

/** As the matcher shows an event, which need not be made to be written. */
function shownBy(line: string, fields: readonly Field[]): ShownEvent {
  const made = (): ShownEvent => expect.fail('it was looked at');
  return {
    get excerpt() {
      return made().excerpt;
    },
    get fields() {
      return made().fields;
    },
    line: () => ({ json: line, fields }),
  };
}

const keyword = (name: string): Field => ({ name, type: 'keyword', paths: [name] });

test('an event that is shown by its line comes back with what the line shows', () => {
  atEverySize((size, random) => {
    const schemas = [[keyword('service')], [keyword('service'), { ...keyword('n'), paths: ['m.n', 'n'] }]];
    const lines = Array.from({ length: size }, (_, i) =>
      JSON.stringify({
        service: `s${random.below(9)}`,
        n: i,
        text: random.pick(['x', '订']).repeat(random.below(300)),
      }),
    );
    const isMade = lines.map(() => random.chance(30));
    const fieldsAt = lines.map(() => random.pick(schemas));
    const matches = lines.map((line, i): Match => ({
      rule: 'r',
      conditions: ['when'],
      group: [],
      timeMs: 1.7e12 + i,
      position: { source: 'orders', partition: 1, offset: i },
      shown: isMade[i]! ? { excerpt: line, fields: { n: [i] } } : shownBy(line, fieldsAt[i]!),
    }));
    const batch = { kind: 'batch' as const, source: 'orders', partition: 1, clockMs: size };
    const read = readAgain({ ...batch, matches, late: matches.slice(0, 3) }) as BatchInput;
    const expected = lines.map((line, i) => {
      const fields = {
        ...(fieldsAt[i]!.length > 0 && { service: [(JSON.parse(line) as { service: string }).service] }),
      };
      const shown = fieldsAt[i]!.length === 1 ? fields : { ...fields, n: [String(i)] };
      return isMade[i]!
        ? { excerpt: line, fields: { n: [i] } }
        : { excerpt: line.slice(0, 500), fields: shown };
    });
    const shownOf = ({ shown: { excerpt, fields } }: Match): object => ({ excerpt, fields });
    deepStrictEqual(read.matches.map(shownOf), expected);
    deepStrictEqual(read.late!.map(shownOf), expected.slice(0, 3));
  });
});

const position = { source: 'orders', partition: 0, offset: 7 };
const common = { conditions: ['when'], timeMs: 5, position } as const;

test('what an event is shown by, its groups and the names of rules stand in a row once', () => {
  const shown = { excerpt: 'x'.repeat(500), fields: { service: ['pay'] } };
  const batchOf = (rules: number): BatchInput => ({
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: 1,
    matches: Array.from({ length: rules * 2 }, (_, i) => ({
      ...common,
      rule: `rule ${i % rules}`,
      group: ['pay', i < rules ? 1 : 2],
      position: { ...position, offset: Math.floor(i / rules) },
      shown,
    })),
  });
  const [one, fifty] = [batchOf(1), batchOf(50)].map((input) => rowOf(input).length);
  // The name of a rule and its length, its number twice, and twice the place of its group.
  expect(fifty! - one!).toBeLessThan(49 * 20);
  const { matches: read } = readAgain(batchOf(50)) as BatchInput;
  for (const match of read.slice(0, 50)) {
    expect(match.shown).toBe(read[0]!.shown);
    expect(match.group).toBe(read[0]!.group);
  }
});

test('a batch of the version before, as JSON, is read: its matches share what each of them had', () => {
  const before = {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: 9,
    matches: ['a', 'b'].map((rule) => ({
      ...common,
      rule,
      group: [],
      excerpt: 'it failed',
      fields: { n: [1] },
    })),
    late: [{ ...common, rule: 'a', group: ['pay'], excerpt: 'late', fields: {}, values: { ms: [3] } }],
  };
  const input = inputOf(Buffer.from(JSON.stringify(before))) as BatchInput;
  const shown = { excerpt: 'it failed', fields: { n: [1] } };
  deepStrictEqual(input, {
    ...before,
    matches: ['a', 'b'].map((rule) => ({ ...common, rule, group: [], shown })),
    late: [
      { ...common, rule: 'a', group: ['pay'], values: { ms: [3] }, shown: { excerpt: 'late', fields: {} } },
    ],
  });
  expect(input.matches[0]!.shown).toBe(input.matches[1]!.shown);
});

test('a row in which no event is shown by its line, as versions before wrote it, is read', () => {
  const shown = { excerpt: 'it failed', fields: { n: [1] } };
  const again = { excerpt: 'again', fields: {} };
  deepStrictEqual(inputOf(Buffer.from(ROW_WITHOUT_LINES, 'base64')), {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: 9,
    matches: [
      { ...common, rule: 'a', group: ['pay'], shown },
      { ...common, rule: 'b', group: [], shown },
      { ...common, position: { ...position, offset: 8 }, rule: 'b', group: [], shown: again },
    ],
    late: [
      { ...common, rule: 'a', group: ['pay'], values: { ms: [3] }, shown: { excerpt: 'late', fields: {} } },
    ],
  });
});

/** Written by the last version that wrote the first layout. */
const ROW_WITHOUT_LINES =
  'AQAMb3JkZXJzAwADCQgECg4SaXQgZmFpbGVkAQECbgEDAQACAmEBAwh3aGVuAAEKBnBheQABBQJiAQMAAAACAAIKYWdhaW4AAQAAAAACAAEIbGF0ZQAAAAEKAQEGBG1zAQMDAA==';

test('bytes that no version has written are refused, wherever they end', () => {
  const whole = Uint8Array.from(
    rowOf({
      kind: 'batch',
      source: 'orders',
      partition: 0,
      clockMs: 0.5,
      matches: [
        { ...common, rule: 'a', group: ['pay', 0.5], shown: { excerpt: 'it failed', fields: { n: [1] } } },
        { ...common, rule: 'b', group: [], shown: shownBy('{"service":"pay"}', [keyword('service')]) },
      ],
    }),
  );
  for (let length = 0; length < whole.length; length++)
    expect(() => inputOf(whole.subarray(0, length))).toThrow();
  expect(() => inputOf(Uint8Array.of(...whole, 0))).toThrow('behind its end');
});
