import { expect, test } from 'vitest';
import { median, type Measured } from './measure.ts';
import { exponentOf } from './results.ts';
import { matchesText, tableOf } from './table.ts';

const measured = (cpuRate: number, more: Partial<Measured> = {}): Measured => ({
  engine: 'Tocsin',
  loadMs: 1,
  residentMb: 100,
  cpuRate,
  wallRate: cpuRate,
  timesReference: 1,
  lines: 1_000,
  matches: 5,
  expected: 5,
  ...more,
});

test('the exponent says how the cost of a line grows with the rules', () => {
  const cases = [1, 100, 10_000].map((rules) => ({
    label: '',
    rules,
    lines: 1,
    engines: [measured(1_000 / Math.sqrt(rules))],
  }));
  expect(exponentOf({ cases }, 'Tocsin')).toBeCloseTo(0.5);
  expect(exponentOf({ cases }, 'another')).toBeUndefined();
  expect(exponentOf({ cases: cases.slice(0, 1) }, 'Tocsin')).toBeUndefined();
});

test('the median is the middle, or lies between the two middle ones', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

test('a wrong number of matches is shown beside the right one', () => {
  expect(matchesText(measured(1), 'same')).toBe('5 in 1,000, equal');
  expect(matchesText(measured(1, { matches: 6 }), 'same')).toBe('6 in 1,000, NOT 5');
  expect(matchesText(measured(1, { matches: 10 }), 'other')).toBe('10 in 1,000, 2.00 x');
});

test('the table says why an engine has no figures', () => {
  const engines = [measured(2_000), { engine: 'Esper', failed: 'it has no percentiles' }];
  const table = tableOf({ label: 'a', rules: 1, lines: 10, engines }, [{ name: 'Tocsin', matches: 'same' }]);
  expect(table).toContain('2,000');
  expect(table).toMatch(/Esper +it has no percentiles/);
});
