import { expect, test } from 'vitest';
import { transactionAt } from './transactions.ts';

const at = (ms: number) => ({ nowMs: 1_000_000 + ms, steadyMs: ms });
const WAIT_MS = 900_000;

test('a partition that was read up to a transaction waits for it from the moment on at which it was seen', () => {
  const open = transactionAt(undefined, 5, { stable: 5, high: 9 }, at(100), WAIT_MS);
  expect(open).toEqual({ offset: 5, sinceMs: 1_000_100, sinceSteadyMs: 100, outwaited: false });
  expect(transactionAt(open, 5, { stable: 5, high: 12 }, at(60_000), WAIT_MS)).toEqual(open);
});

test.each([
  ['the log is read to its end', 9, { stable: 9, high: 9 }],
  ['something before it is unread', 4, { stable: 5, high: 9 }],
  ['it was read past what was answered', 6, { stable: 5, high: 9 }],
  ['more can be read than was asked for', 10, { stable: 10, high: 9 }],
])('none is in the way where %s', (_what, next, ends) => {
  const open = transactionAt(undefined, 5, { stable: 5, high: 9 }, at(0), WAIT_MS);
  expect(transactionAt(open, next, ends, at(1), WAIT_MS)).toBeUndefined();
});

test('the next transaction is waited for anew', () => {
  const first = transactionAt(undefined, 5, { stable: 5, high: 9 }, at(0), WAIT_MS);
  const second = transactionAt(first, 9, { stable: 9, high: 11 }, at(WAIT_MS), WAIT_MS);
  expect(second).toMatchObject({ offset: 9, sinceSteadyMs: WAIT_MS, outwaited: false });
});

test('one that stays open longer than set is not waited for any more, whatever is done to the clock', () => {
  const open = transactionAt(undefined, 5, { stable: 5, high: 9 }, at(0), WAIT_MS);
  const set = { nowMs: 9e12, steadyMs: WAIT_MS - 1 };
  expect(transactionAt(open, 5, { stable: 5, high: 9 }, set, WAIT_MS)?.outwaited).toBe(false);
  expect(transactionAt(open, 5, { stable: 5, high: 9 }, at(WAIT_MS), WAIT_MS)?.outwaited).toBe(true);
});
