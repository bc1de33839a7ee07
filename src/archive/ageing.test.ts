import { expect, test } from 'vitest';
import { settableMachine } from '../../test/support/clock.ts';
import { Ageing } from './ageing.ts';

const startMs = Date.parse('2026-03-01T12:00:00Z');
const dayMs = 86_400_000;
const hourMs = 3_600_000;

test('without a line nothing has an age', () => {
  expect(new Ageing(settableMachine(startMs).clock).nowMs(undefined)).toBeUndefined();
});

test('a clock that is far ahead makes no line older than the newest one shows', () => {
  const { clock, pass } = settableMachine(startMs + 40 * dayMs);
  const ageing = new Ageing(clock);
  expect(ageing.nowMs(startMs)).toBe(startMs);
  // Lines that bear the same wrong time: for a day the time goes on no faster than it passes.
  pass(hourMs);
  expect(ageing.nowMs(startMs + 40 * dayMs)).toBe(startMs + hourMs);
  pass(dayMs);
  expect(ageing.nowMs(startMs + 41 * dayMs)).toBe(startMs + 41 * dayMs);
});

test('a jump begins the day anew', () => {
  const { clock, pass, set } = settableMachine(startMs);
  const ageing = new Ageing(clock);
  expect(ageing.nowMs(startMs)).toBe(startMs);
  pass(2 * dayMs);
  expect(ageing.nowMs(startMs + 2 * dayMs)).toBe(startMs + 2 * dayMs);
  set(40 * dayMs);
  clock.nowMs();
  pass(hourMs);
  expect(ageing.nowMs(startMs + 2 * dayMs)).toBe(startMs + 2 * dayMs);
  pass(hourMs);
  expect(ageing.nowMs(startMs + 42 * dayMs)).toBe(startMs + 2 * dayMs + hourMs);
});
