import { expect, test } from 'vitest';
import { settableMachine } from '../../test/support/clock.ts';
import { Ageing } from './ageing.ts';

const START_MS = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

test('without a line nothing has an age', () => {
  expect(new Ageing(settableMachine(START_MS).clock).nowMs(undefined)).toBeUndefined();
});

test('a clock that is far ahead makes no line older than the newest one shows', () => {
  const { clock, pass } = settableMachine(START_MS + 40 * DAY_MS);
  const ageing = new Ageing(clock);
  expect(ageing.nowMs(START_MS)).toBe(START_MS);
  // Lines that bear the same wrong time: for a day the time goes on no faster than it passes.
  pass(HOUR_MS);
  expect(ageing.nowMs(START_MS + 40 * DAY_MS)).toBe(START_MS + HOUR_MS);
  pass(DAY_MS);
  expect(ageing.nowMs(START_MS + 41 * DAY_MS)).toBe(START_MS + 41 * DAY_MS);
});

test('a jump begins the day anew', () => {
  const { clock, pass, set } = settableMachine(START_MS);
  const ageing = new Ageing(clock);
  expect(ageing.nowMs(START_MS)).toBe(START_MS);
  pass(2 * DAY_MS);
  expect(ageing.nowMs(START_MS + 2 * DAY_MS)).toBe(START_MS + 2 * DAY_MS);
  set(40 * DAY_MS);
  clock.nowMs();
  pass(HOUR_MS);
  expect(ageing.nowMs(START_MS + 2 * DAY_MS)).toBe(START_MS + 2 * DAY_MS);
  pass(HOUR_MS);
  expect(ageing.nowMs(START_MS + 42 * DAY_MS)).toBe(START_MS + 2 * DAY_MS + HOUR_MS);
});
