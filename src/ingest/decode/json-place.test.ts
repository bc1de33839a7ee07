/** The place at which a text stops being JSON. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonPlace } from './json-place.ts';

test.each([
  ['{"a": 1, "b": x}', 14],
  ['{"a" 1}', 5],
  ['{"a": 1,}', 8],
  ['{"a": 01}', 6],
  ['{"a": "b', 8],
  ['{"a": "b\\q"}', 8],
  ['{"a": "b\tc"}', 8],
  ['{a: 1}', 1],
  ['{"a": 1} x', 9],
  ['[1, 2', 5],
  ['[1, ]', 4],
  ['[,]', 1],
  ['truex', 0],
  ['', 0],
])('%s', (text, at) => {
  expect(jsonPlace(text)).toBe(at);
});

test('a text has no such place exactly if it is JSON, and before that place it may still become JSON', () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(200), fc.constantFrom('', '"', '}', ',', ']', '\\', '1', 'e', ' ', '\n', 'tru'))
    .map(([json, at, piece]) => json.slice(0, at) + piece + json.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(fc.json(), damaged, fc.string()), (text) => {
      const at = jsonPlace(text);
      expect(at === undefined).toBe(isJson(text));
      // Shorter texts are wrong only at their ends.
      if (at !== undefined && at > 0 && !/[\\\w.+-]/u.test(text[at - 1]!))
        expect(jsonPlace(text.slice(0, at)) ?? at).toBe(at);
    }),
    { numRuns: 3_000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
