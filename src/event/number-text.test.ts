/** Numbers as a line writes them are kept through any document, and the line is written again as it was. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberText, parseWithNumberTexts, writingWithNumberTexts } from './number-text.ts';
import { whole } from './slices.ts';

const again = (line: string): string | undefined => {
  const document = parseWithNumberTexts(line);
  return document && whole(writingWithNumberTexts(document));
};

describe('a number is kept as it is written', () => {
  it.each([
    ...['0', '-0', '-0.0', '1', '-1', '1.0', '1.50', '10.5', '0.1', '1e3', '1E+3', '-1.0e-7', '1e-0', '100'],
    ...['12345678901234567890', '-12345678901234567890.50', '123456789012345', '99999999999999'],
    ...['6222021234567890128', '1e400'],
  ])('%s', (number) => {
    const line = `{"a":${number},"b":[${number},"${number}"],"k${number}":{"c":${number}}}`;
    expect(again(line)).toBe(line);
  });

  it('and a text stays one', () => {
    const line =
      '{"n1.0":"1.0","s":"n2.5","":"","\\"a\\": 1.5":"\\\\\\"","__proto__":{"a":[1.0]},"u":"\\u0031.0 e\\n"}';
    const document = parseWithNumberTexts(line) as unknown as Record<string, unknown>;
    expect(document).toMatchObject({ 'n1.0': '1.0', s: 'n2.5', '"a": 1.5': '\\"', u: '1.0 e\n' });
    expect(Object.keys(document)).toContain('__proto__');
    expect(again(line)).toBe(line.replace('\\u0031', '1'));
  });

  it('with a mark before the line and blanks in it', () => {
    expect(parseWithNumberTexts('\ufeff{ "a" : 1.0 ,\t"b" :[ "x" , -0 ] }')).toEqual({
      a: new NumberText('1.0'),
      b: ['x', new NumberText('-0')],
    });
  });
});

it.each(['{"a":1.0', '{1.0:2}', '{"a":01.5}', '{"a":.5}', "{'a':1.5}", '{"a":1.5}}', 'n=1.5 {', '{"a" 1.5}'])(
  'a line that is no JSON is none: %s',
  (line) => {
    expect(parseWithNumberTexts(line)).toBeUndefined();
  },
);

it('whatever is in a document, its line is written again as it was', () => {
  const number = fc.constantFrom('1.0', '-0', '1e5', '12345678901234567890', '0.10', '7');
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('n1.0', 's', '"', '\\', '1.5', ':'));
  // A key that is an index would come first in an object, and V8 may take one with escapes for another that has a backslash.
  const key = text.map((each) =>
    /^\d+$/u.test(each) ? `k${each}` : each.replace(/[\\"\p{Cc}\p{Cs}]/gu, '_'),
  );
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      number,
      text.map((each) => JSON.stringify(each)),
      fc.constantFrom('true', 'null'),
      fc.array(tie('value')).map((list) => `[${list.join(',')}]`),
      fc
        .uniqueArray(fc.tuple(key, tie('value')), { selector: ([name]) => name })
        .map((list) => `{${list.map(([name, each]) => `${JSON.stringify(name)}:${each}`).join(',')}}`),
    ),
  }));
  fc.assert(
    fc.property(value, (each) => {
      const line = `{"a":${each},"b":1.0}`;
      expect(again(line)).toBe(line);
    }),
    { numRuns: 300 },
  );
});

it('a text of a million characters and a line of a million digits are read', () => {
  const line = `{"a":"${'\\\\ "'.replace('"', '\\"').repeat(250_000)}","n":${'1'.repeat(1_000_000)}}`;
  expect(again(line)).toBe(line);
});
