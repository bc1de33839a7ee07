import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparison, measureOf } from '../../../../test/support/rules-by-hand.ts';
import type { Compared } from '../form.ts';
import { figures, type FigureWords } from './figures.ts';

const words = {
  measure: { avg: (field: string) => `average ${field}` },
  limit: { '>': (to: string) => `above ${to}`, '<=': (to: string) => `at most ${to}` },
  namely: (value: string, what: string) => `${value}, that is ${what}`,
  comma: ', ',
  reached: (what: string, value: string, limit: string) => `${what} = ${value} (limit: ${limit})`,
} as unknown as FigureWords;

function said(value: number, limit: number, changes: Partial<Compared> = {}): string {
  const { left, op, right } = comparison(measureOf('avg', 'ms'), '>', limit);
  return figures([{ left, op, right, measured: [value, limit], isPercent: false, ...changes }], words);
}

test('a value is shown with as many digits as tell it from its limit', () => {
  expect(said(0.10000003, 0.1)).toBe('average ms = 0.10000003 (limit: above 0.1)');
  expect(said(500.0000001, 500)).toBe('average ms = 500.0000001 (limit: above 500)');
  expect(said(0.05000001, 0.05, { isPercent: true })).toBe('average ms = 5.000001 % (limit: above 5 %)');
  expect(said(123.456789, 100)).toBe('average ms = 123.46 (limit: above 100)');
});

test('a limit is shown as the rule has it', () => {
  expect(said(1, 0.12345)).toBe('average ms = 1 (limit: above 0.12345)');
  expect(said(25_000, 10_000)).toBe('average ms = 25,000 (limit: above 10,000)');
});

test('no value reads like its limit unless it is that', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
      fc.double({ min: -1, max: 1 }),
      (limit, by) => {
        const value = limit + by / 1e6;
        fc.pre(
          value !== limit && Number.isFinite(value) && Math.abs(value - limit) > Math.abs(limit) * 1e-13,
        );
        const [, left, right] = /= (\S+) \(limit: above (\S+)\)/u.exec(said(value, limit))!;
        expect(left).not.toBe(right);
      },
    ),
  );
});
