import { expect, test } from 'vitest';
import { settableMachine } from '../../test/support/clock.ts';

const START_MS = Date.parse('2026-11-27T12:00:00Z');
const HOUR_MS = 3_600_000;

test('a clock that is set ahead for 100 s is not followed, and both steps are told', () => {
  const { clock, pass, set, told } = settableMachine(START_MS);
  pass(1_000);
  set(HOUR_MS);
  for (let s = 0; s < 100; s++) {
    pass(1_000);
    expect(clock.nowMs()).toBe(START_MS + 2_000 + s * 1_000);
  }
  expect(clock.wallMs()).toBe(START_MS + 101_000 + HOUR_MS);
  set(-HOUR_MS);
  pass(1_000);
  expect(clock.nowMs()).toBe(START_MS + 102_000);
  expect(told.map(({ byMs }) => byMs)).toEqual([HOUR_MS, -HOUR_MS]);
  expect(clock.jumps()).toEqual(told);
  expect(told[0]!.atMs).toBe(START_MS + 2_000);
});

test('a clock that stays ahead for ten minutes is believed', () => {
  const { clock, pass, set } = settableMachine(START_MS);
  set(HOUR_MS);
  expect(clock.nowMs()).toBe(START_MS);
  pass(599_000);
  expect(clock.nowMs()).toBe(START_MS + 599_000);
  pass(1_000);
  expect(clock.nowMs()).toBe(START_MS + 600_000 + HOUR_MS);
});

test('a clock that is set back is followed at once, and followed back', () => {
  const { clock, pass, set } = settableMachine(START_MS);
  pass(1_000);
  set(-8 * HOUR_MS);
  expect(clock.nowMs()).toBe(START_MS + 1_000 - 8 * HOUR_MS);
  pass(60_000);
  set(8 * HOUR_MS);
  expect(clock.nowMs()).toBe(START_MS + 61_000);
});

test('lines that go on as before speak against a clock that was set back, until it agrees with them again', () => {
  const { clock, pass, set } = settableMachine(START_MS);
  pass(1_000);
  set(-HOUR_MS);
  expect(clock.nowMs()).toBe(START_MS + 1_000 - HOUR_MS);
  expect(clock.vouch([START_MS - HOUR_MS])).toBe(false);
  expect(clock.vouch([START_MS + 500])).toBe(true);
  for (let minute = 1; minute < 30; minute++) {
    pass(60_000);
    clock.vouch([START_MS + 500 + minute * 60_000]);
    expect(clock.nowMs()).toBe(START_MS + 1_000 + minute * 60_000);
  }
  set(HOUR_MS);
  expect(clock.nowMs()).toBe(clock.wallMs());
});

test('drift is followed without a word', () => {
  const { clock, pass, set, told } = settableMachine(START_MS);
  for (let i = 0; i < 20; i++) {
    pass(1_000);
    set(3_000);
    clock.nowMs();
  }
  expect(clock.nowMs()).toBe(START_MS + 80_000);
  expect(told).toEqual([]);
});

test('lines that only the new time explains vouch for a clock that was set ahead', () => {
  const { clock, set } = settableMachine(START_MS);
  set(8 * HOUR_MS);
  expect(clock.vouch([START_MS, START_MS + 200_000])).toBe(false);
  // Whoever writes of 2099 explains nothing.
  expect(clock.vouch([Date.parse('2099-01-01')])).toBe(false);
  expect(clock.nowMs()).toBe(START_MS);
  // A backlog that was written while the machine stood still.
  expect(clock.vouch([START_MS, START_MS + HOUR_MS])).toBe(true);
  expect(clock.nowMs()).toBe(START_MS + 8 * HOUR_MS);
  expect(clock.vouch([START_MS + 8 * HOUR_MS])).toBe(false);
});

test('soon after the machine has started its clock is unproven, until a line agrees with it or it has run for a while', () => {
  const young = settableMachine(START_MS, 30_000);
  expect(young.clock.isProven()).toBe(false);
  young.clock.vouch([START_MS - 8 * HOUR_MS]);
  expect(young.clock.isProven()).toBe(false);
  young.clock.vouch([START_MS - 8 * HOUR_MS, START_MS - 20_000]);
  expect(young.clock.isProven()).toBe(true);
  const quiet = settableMachine(START_MS, 30_000);
  quiet.pass(570_000);
  expect(quiet.clock.isProven()).toBe(true);
  expect(settableMachine(START_MS).clock.isProven()).toBe(true);
});

test('a clock that is set back twice before a line was read is told the time by the first line, whichever of the two was wrong', () => {
  for (const rightMs of [0, -9 * HOUR_MS]) {
    const { clock, pass, set } = settableMachine(START_MS);
    pass(1_000);
    for (const byMs of [-9 * HOUR_MS, -13 * HOUR_MS]) {
      set(byMs);
      clock.nowMs();
      pass(1_000);
    }
    expect(clock.nowMs()).toBe(START_MS + 3_000 - 22 * HOUR_MS);
    expect(clock.vouch([START_MS + rightMs])).toBe(true);
    expect(clock.nowMs()).toBe(START_MS + 3_000 + rightMs);
  }
});

test('a right time that was doubted is found again by the first line, though the clock was set back meanwhile', () => {
  const { clock, pass, set } = settableMachine(START_MS);
  set(-7 * HOUR_MS);
  clock.nowMs();
  pass(HOUR_MS);
  set(7 * HOUR_MS);
  expect(clock.nowMs()).toBe(START_MS - 6 * HOUR_MS);
  set(-11 * HOUR_MS);
  expect(clock.nowMs()).toBe(START_MS - 10 * HOUR_MS);
  // It is no more believed by itself than it was.
  set(11 * HOUR_MS);
  expect(clock.nowMs()).toBe(START_MS - 10 * HOUR_MS);
  set(-11 * HOUR_MS);
  expect(clock.vouch([START_MS + HOUR_MS])).toBe(true);
  expect(clock.nowMs()).toBe(START_MS + HOUR_MS);
});

test('after a step ahead that was taken back a late line of that wrong time vouches for nothing', () => {
  const { clock, pass, set } = settableMachine(START_MS);
  set(HOUR_MS);
  clock.nowMs();
  pass(100_000);
  set(-HOUR_MS);
  clock.nowMs();
  expect(clock.vouch([START_MS + HOUR_MS + 100_000])).toBe(false);
  expect(clock.nowMs()).toBe(START_MS + 100_000);
});
