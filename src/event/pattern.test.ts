import { describe, expect, it } from 'vitest';
import { Pattern } from './pattern.ts';

const matches = (source: string, text: string): boolean => new Pattern(source).test(text);

describe('a pattern that people write', () => {
  it.each([
    ['^\\d{4}-\\d{2}-\\d{2}', '2026-11-27 x', '  2026-11-27'],
    ['^(?<level>INFO|WARN)\\b', 'WARN x', 'WARNING'],
    ['\\p{Han}', '订单', 'order'],
    ['^\\[\\u0041-', '[A-', '[B-'],
    ['^\\S', 'x', '\tx'],
  ])('%s finds what it should', (source, right, wrong) => {
    expect([matches(source, right), matches(source, wrong)]).toEqual([true, false]);
  });

  it.each(['^(\\w+[\\s:.-]?)+ \\[', '^(a+)+$', '(a|a)*b', '(.*a){20}b'])(
    '%s ends soon on a text that an engine which tries every way would never be done with',
    (source) => {
      expect(matches(source, `${'a'.repeat(5_000)}!`)).toBe(false);
    },
  );

  it.each([
    ['(?=a)b', 'neither ahead nor behind'],
    ['(?<!a)b', 'neither ahead nor behind'],
    ['(a)\\1', 'no back references'],
    ['(?<n>a)\\k<n>', 'no back references'],
    ['(', 'missing'],
    ['a{2000}', 'repeat count'],
    ['((a{1,9}){1,9}){1,9}', 'repeats so much'],
    ['a'.repeat(2_000), 'longer than'],
    ['('.repeat(400), ''],
  ])('%s is refused with the reason', (source, reason) => {
    expect(() => new Pattern(source)).toThrow(RangeError);
    expect(() => new Pattern(source)).toThrow(reason);
  });

  it('is the same at each try', () => {
    const pattern = new Pattern('^\\d');
    expect([1, 2, 3].map(() => pattern.test('1'))).toEqual([true, true, true]);
  });
});
