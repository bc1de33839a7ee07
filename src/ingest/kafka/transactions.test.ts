import { expect, test } from 'vitest';
import { transactionAt } from './transactions.ts';

const at = (ms: number) => ({ nowMs: 1_000_000 + ms, steadyMs: ms });
const waitMs = 900_000;

test('a partition that was read up to a transaction waits for it from the moment on at which it was seen', () => {
  const open = transactionAt(undefined, 5, { stable: 5, high: 9 }, at(100), waitMs);
  expect(open).toEqual({ offset: 5, sinceMs: 1_000_100, sinceSteadyMs: 100, outwaited: false });
  expect(transactionAt(open, 5, { stable: 5, high: 12 }, at(60_000), waitMs)).toEqual(open);
});

test.each([
  ['the log is read to its end', 9, { stable: 9, high: 9 }],
  ['something before it is unread', 4, { stable: 5, high: 9 }],
  ['it was read past what was answered', 6, { stable: 5, high: 9 }],
  ['more can be read than was asked for', 10, { stable: 10, high: 9 }],
])('none is in the way where %s', (_what, next, ends) => {
  const open = transactionAt(undefined, 5, { stable: 5, high: 9 }, at(0), waitMs);
  expect(transactionAt(open, next, ends, at(1), waitMs)).toBeUndefined();
});

test('the next transaction is waited for anew', () => {
  const first = transactionAt(undefined, 5, { stable: 5, high: 9 }, at(0), waitMs);
  const second = transactionAt(first, 9, { stable: 9, high: 11 }, at(waitMs), waitMs);
  expect(second).toMatchObject({ offset: 9, sinceSteadyMs: waitMs, outwaited: false });
});

test('one that stays open longer than set is not waited for any more, whatever is done to the clock', () => {
  const open = transactionAt(undefined, 5, { stable: 5, high: 9 }, at(0), waitMs);
  const set = { nowMs: 9e12, steadyMs: waitMs - 1 };
  expect(transactionAt(open, 5, { stable: 5, high: 9 }, set, waitMs)?.outwaited).toBe(false);
  expect(transactionAt(open, 5, { stable: 5, high: 9 }, at(waitMs), waitMs)?.outwaited).toBe(true);
});
