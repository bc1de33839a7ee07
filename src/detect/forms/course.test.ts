import { expect, it } from 'vitest';
import { closePane, meanOf, type Course } from './course.ts';

/** Panes 3, 5 and 6 closed with these values, pane 9 open. */
function course(): Course {
  const past: Course = { open: 3, tags: [], panes: [], values: [] };
  closePane(past, 10, 5, 8);
  closePane(past, 20, 6, 8);
  closePane(past, undefined, 9, 8);
  return past;
}

it('is the mean of the panes that count, empty ones as 0 or left out', () => {
  const past = { from: 1, to: 8, min: 2 };
  expect(meanOf(course(), 99, { ...past, emptyIsZero: true })).toBe(30 / 8);
  expect(meanOf(course(), 99, { ...past, emptyIsZero: false })).toBe(15);
  expect(meanOf(course(), 99, { ...past, from: 4, emptyIsZero: false })).toBeUndefined();
  expect(meanOf(course(), 99, { ...past, to: 9, emptyIsZero: false })).toBe(129 / 3);
  expect(meanOf(undefined, undefined, { ...past, emptyIsZero: true })).toBe(0);
});

it('keeps no more closed panes than count', () => {
  const past = course();
  closePane(past, 40, 13, 8);
  expect([past.open, past.panes]).toEqual([13, [5, 6, 9]]);
  closePane(past, 50, 40, 8);
  expect([past.panes, past.values]).toEqual([[], []]);
});
