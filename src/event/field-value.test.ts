import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field, FieldType, JsonObject } from './event.ts';
import { fieldValue, normaliseText } from './field-value.ts';
import { parseWithNumberTexts } from './number-text.ts';

const field = (type: FieldType, ...paths: string[]): Field => ({ name: 'f', type, paths });

/** Values of a line of JSON, as the json decoder hands it over. */
const valuesOf = (of: Field, json: string) =>
  fieldValue(of, {
    document: JSON.parse(json) as JsonObject,
    json,
    exactDocument: () => parseWithNumberTexts(json),
  }).values;

const ofType = (type: FieldType, json: string) => valuesOf(field(type, 'f'), `{"f":${json}}`);

describe('where a value is found', () => {
  test.each([
    ['{"log.level":"a"}', ['a']],
    ['{"log":{"level":"a"}}', ['a']],
    ['{"log":[{"level":"a"},{"level":["b",["c"]]},7]}', ['a', 'b', 'c']],
    ['{"log":{"level":null},"level":"b"}', ['b']],
    ['{"log":{"level":{}},"level":"b"}', ['b']],
    ['{"log":{"level":""},"level":"b"}', ['']],
    ['{"log":"x","level":"b"}', ['b']],
    ['{"level":[]}', []],
    ['{}', []],
  ])('%s holds %j at log.level or level', (json, values) => {
    expect(valuesOf(field('keyword', 'log.level', 'level'), json)).toEqual(values);
  });

  test('a dotted key may be split anywhere', () => {
    const deep = field('keyword', 'a.b.c');
    for (const json of ['{"a":{"b":{"c":1}}}', '{"a.b":{"c":1}}', '{"a":{"b.c":1}}', '{"a.b.c":1}']) {
      expect(valuesOf(deep, json)).toEqual(['1']);
    }
  });

  test('without a path a field is found under its own name', () => {
    expect(valuesOf({ name: 'http.route', type: 'keyword', paths: [] }, '{"http":{"route":"/x"}}')).toEqual([
      '/x',
    ]);
  });

  test('what every object inherits is not a value', () => {
    for (const path of ['constructor', '__proto__', 'toString.name', 'f.constructor.name']) {
      expect(valuesOf(field('keyword', path), '{"f":{}}')).toEqual([]);
    }
    expect(valuesOf(field('keyword', '__proto__'), '{"__proto__":"own"}')).toEqual(['own']);
  });

  test('no depth overflows the stack', () => {
    const deep = `${'['.repeat(200_000)}"x"${']'.repeat(200_000)}`;
    expect(ofType('keyword', deep)).toEqual(['x']);
    expect(valuesOf(field('keyword', 'a.b'), `{"a":${deep}}`)).toEqual([]);
    expect(ofType('keyword', deep.replace('"x"', '1.5'))).toEqual(['1.5']);
  });
});

describe('what a type makes of a value', () => {
  test.each<[FieldType, string, unknown[]]>([
    [
      'keyword',
      '[1.0, 1, 1e2, -0, 12345678901234567890, 0.10]',
      ['1.0', '1', '1e2', '-0', '12345678901234567890', '0.10'],
    ],
    ['text', '[true, false, null, {"a":1}, "x"]', ['true', 'false', 'x']],
    ['keyword', '"\\ud800x"', ['\ufffdx']],
    ['long', '[1, "2", 3.0, "4.0", "1e3", -0]', [1, 2, 3, 4, 1000, 0]],
    ['long', '[0.5, "x", "", " 1", "0x10", true, 9007199254740992, "9007199254740993", 1e300]', []],
    ['long', '[9007199254740991, "-9007199254740991"]', [9007199254740991, -9007199254740991]],
    ['double', '[-0, 0.5, "1.5e3", "900", ".5", 1e308]', [0, 0.5, 1500, 900, 0.5, 1e308]],
    ['double', '["Infinity", "NaN", "1,5", "", 1e400, "1e400", false]', []],
    ['boolean', '[true, "true", false, "false", ""]', [true, true, false, false, false]],
    ['boolean', '["TRUE", 1, 0, "no"]', []],
    [
      'date',
      '["2026-11-23T08:00:00.123+08:00", 1700000000000, "1700000000000", "2026"]',
      [1795392000123, 1700000000000, 1700000000000, 1767225600000],
    ],
    ['date', '[-0, "-0", 0]', [0, 0, 0]],
    ['date', '["yesterday", "2026-02-30", "2026-13-01", "2026-01-01T25:00", true, 1e300]', []],
  ])('%s of %s', (type, json, values) => {
    expect(ofType(type, json)).toEqual(values);
  });

  test('unfit values are counted, missing ones are not', () => {
    expect(
      fieldValue(field('long', 'a', 'b'), { document: { a: ['x', 0.5, null], b: [1, {}, 'y'] } }),
    ).toEqual({
      values: [1],
      unfit: 3,
    });
  });

  test('a keyword longer than 8191 units is missing, a text is not', () => {
    for (const [length, found] of [
      [8191, 1],
      [8192, 0],
    ] as const) {
      expect(ofType('keyword', JSON.stringify('k'.repeat(length)))).toHaveLength(found);
    }
    expect(ofType('text', JSON.stringify('k'.repeat(8192)))).toHaveLength(1);
  });

  test('a field is normalised without regard to the locale', () => {
    expect(valuesOf({ ...field('keyword', 'f'), normalise: 'upper' }, '{"f":["error","ıi"]}')).toEqual([
      'ERROR',
      'II',
    ]);
    expect(normaliseText({ ...field('keyword', 'f'), normalise: 'lower' }, 'İI')).toBe('i\u0307i');
  });

  test('a keyword is the text of its number in the line, whatever the number', () => {
    const numberText = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.oneof(fc.constant('0'), fc.bigInt({ min: 1n, max: 10n ** 20n }).map(String)),
        fc.oneof(fc.constant(''), fc.stringMatching(/^\.(?:0|9)*\d{1,12}$/)),
        fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?\d{1,2}$/)),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(numberText, (text) => {
        expect(ofType('keyword', text)).toEqual([text]);
      }),
      { numRuns: 3000 },
    );
  });
});
