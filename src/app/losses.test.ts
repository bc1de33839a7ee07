import { expect, test } from 'vitest';
import type { RuleReport } from '../detect/rule-run.ts';
import { createLosses, lossKeptMs } from './losses.ts';

const report = (droppedGroups: number, tooLate = 0, cut = 0): readonly RuleReport[] => [
  {
    rule: 'a',
    meaning: 'm',
    groups: 1,
    waiting: 0,
    warmingUp: 0,
    stateBytes: 0,
    droppedGroups,
    tooLate,
    cut,
  },
];
const anHour = (): number => 1_000;

test('what the detector counts is told as what was added since the last look', () => {
  const losses = createLosses([]);
  losses.counted(report(2), 100);
  losses.counted(report(2), 200);
  losses.counted(report(5), 300);
  expect(losses.current(300, anHour)).toEqual([
    { rule: 'a', kind: 'groups_dropped', firstMs: 100, lastMs: 300, count: 5 },
  ]);
});

test('events that left their window early are a loss', () => {
  const losses = createLosses([]);
  losses.counted(report(0, 0, 7), 100);
  expect(losses.current(100, anHour)).toEqual([
    { rule: 'a', kind: 'events_cut', firstMs: 100, lastMs: 100, count: 7 },
  ]);
});

test('a rule that began anew counts from 0 again', () => {
  const losses = createLosses([]);
  losses.counted(report(4), 100);
  losses.counted(report(1), 200);
  expect(losses.current(200, anHour)[0]).toMatchObject({ count: 5, lastMs: 200 });
});

test('late and future matches of both kinds add up by rule; those without a group are no loss', () => {
  const losses = createLosses([]);
  losses.missed([{ rule: 'a', reason: 'too_late', count: 2 }], 100);
  losses.counted(report(0, 3), 150);
  losses.missed(
    [
      { rule: 'a', reason: 'future', count: 1 },
      { rule: 'a', reason: 'group_missing', count: 9 },
    ],
    200,
  );
  expect(losses.current(200, anHour).map(({ kind, count }) => [kind, count])).toEqual([
    ['too_late', 5],
    ['future', 1],
  ]);
});

test('a loss is forgotten after an hour or the span that the rule looks back, whichever is longer', () => {
  const losses = createLosses([{ rule: 'a', kind: 'future', firstMs: 0, lastMs: 0, count: 1 }]);
  expect(losses.current(lossKeptMs, () => 2 * lossKeptMs)).toHaveLength(1);
  expect(losses.current(lossKeptMs - 1, anHour)).toHaveLength(1);
  expect(losses.current(lossKeptMs, anHour)).toEqual([]);
});

test('a rule that is gone has lost nothing', () => {
  const losses = createLosses([{ rule: 'a', kind: 'future', firstMs: 0, lastMs: 0, count: 1 }]);
  expect(losses.current(1, () => undefined)).toEqual([]);
});
