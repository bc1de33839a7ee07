import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIso8601 } from './iso8601.ts';

const year = {
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
};

test('what a date prints is read back', () => {
  fc.assert(
    fc.property(fc.date(year), (date) => {
      expect(parseIso8601(date.toISOString())).toEqual({ wallMs: date.getTime(), offsetMs: 0 });
    }),
  );
});

test('the common form and any other spelling of it are read alike, damaged or not', () => {
  const damage = fc.tuple(fc.nat(23), fc.constantFrom('0', '3', '9', 'x', '-', ':', ' ', '\u0663'));
  fc.assert(
    fc.property(fc.date(year), fc.option(damage), (date, damaged) => {
      const letters = Array.from(date.toISOString());
      if (damaged !== null) letters[damaged[0]] = damaged[1];
      const text = letters.join('');
      expect(parseIso8601(text)).toEqual(parseIso8601(text.replace(/Z$/, '+00:00')));
    }),
    { numRuns: 5000 },
  );
});

test('a fraction is cut, never rounded', () => {
  expect(parseIso8601('2026-11-23T08:00:00.999999999Z')!.wallMs % 1000).toBe(999);
});
