import { expect, test } from 'vitest';
import { settableMachine } from '../../test/support/clock.ts';

const startMs = Date.parse('2026-11-27T12:00:00Z');
const hourMs = 3_600_000;

test('a clock that is set ahead for 100 s is not followed, and both steps are told', () => {
  const { clock, pass, set, told } = settableMachine(startMs);
  pass(1_000);
  set(hourMs);
  for (let s = 0; s < 100; s++) {
    pass(1_000);
    expect(clock.nowMs()).toBe(startMs + 2_000 + s * 1_000);
  }
  expect(clock.wallMs()).toBe(startMs + 101_000 + hourMs);
  set(-hourMs);
  pass(1_000);
  expect(clock.nowMs()).toBe(startMs + 102_000);
  expect(told.map(({ byMs }) => byMs)).toEqual([hourMs, -hourMs]);
  expect(clock.jumps()).toEqual(told);
  expect(told[0]!.atMs).toBe(startMs + 2_000);
});

test('a clock that stays ahead for ten minutes is believed', () => {
  const { clock, pass, set } = settableMachine(startMs);
  set(hourMs);
  expect(clock.nowMs()).toBe(startMs);
  pass(599_000);
  expect(clock.nowMs()).toBe(startMs + 599_000);
  pass(1_000);
  expect(clock.nowMs()).toBe(startMs + 600_000 + hourMs);
});

test('a clock that is set back is followed at once, and followed back', () => {
  const { clock, pass, set } = settableMachine(startMs);
  pass(1_000);
  set(-8 * hourMs);
  expect(clock.nowMs()).toBe(startMs + 1_000 - 8 * hourMs);
  pass(60_000);
  set(8 * hourMs);
  expect(clock.nowMs()).toBe(startMs + 61_000);
});

test('lines that go on as before speak against a clock that was set back, until it agrees with them again', () => {
  const { clock, pass, set } = settableMachine(startMs);
  pass(1_000);
  set(-hourMs);
  expect(clock.nowMs()).toBe(startMs + 1_000 - hourMs);
  expect(clock.vouch([startMs - hourMs])).toBe(false);
  expect(clock.vouch([startMs + 500])).toBe(true);
  for (let minute = 1; minute < 30; minute++) {
    pass(60_000);
    clock.vouch([startMs + 500 + minute * 60_000]);
    expect(clock.nowMs()).toBe(startMs + 1_000 + minute * 60_000);
  }
  set(hourMs);
  expect(clock.nowMs()).toBe(clock.wallMs());
});

test('drift is followed without a word', () => {
  const { clock, pass, set, told } = settableMachine(startMs);
  for (let i = 0; i < 20; i++) {
    pass(1_000);
    set(3_000);
    clock.nowMs();
  }
  expect(clock.nowMs()).toBe(startMs + 80_000);
  expect(told).toEqual([]);
});

test('lines that only the new time explains vouch for a clock that was set ahead', () => {
  const { clock, set } = settableMachine(startMs);
  set(8 * hourMs);
  expect(clock.vouch([startMs, startMs + 200_000])).toBe(false);
  // Whoever writes of 2099 explains nothing.
  expect(clock.vouch([Date.parse('2099-01-01')])).toBe(false);
  expect(clock.nowMs()).toBe(startMs);
  // A backlog that was written while the machine stood still.
  expect(clock.vouch([startMs, startMs + hourMs])).toBe(true);
  expect(clock.nowMs()).toBe(startMs + 8 * hourMs);
  expect(clock.vouch([startMs + 8 * hourMs])).toBe(false);
});

test('soon after the machine has started its clock is unproven, until a line agrees with it or it has run for a while', () => {
  const young = settableMachine(startMs, 30_000);
  expect(young.clock.isProven()).toBe(false);
  young.clock.vouch([startMs - 8 * hourMs]);
  expect(young.clock.isProven()).toBe(false);
  young.clock.vouch([startMs - 8 * hourMs, startMs - 20_000]);
  expect(young.clock.isProven()).toBe(true);
  const quiet = settableMachine(startMs, 30_000);
  quiet.pass(570_000);
  expect(quiet.clock.isProven()).toBe(true);
  expect(settableMachine(startMs).clock.isProven()).toBe(true);
});

test('a clock that is set back twice before a line was read is told the time by the first line, whichever of the two was wrong', () => {
  for (const rightMs of [0, -9 * hourMs]) {
    const { clock, pass, set } = settableMachine(startMs);
    pass(1_000);
    for (const byMs of [-9 * hourMs, -13 * hourMs]) {
      set(byMs);
      clock.nowMs();
      pass(1_000);
    }
    expect(clock.nowMs()).toBe(startMs + 3_000 - 22 * hourMs);
    expect(clock.vouch([startMs + rightMs])).toBe(true);
    expect(clock.nowMs()).toBe(startMs + 3_000 + rightMs);
  }
});

test('a right time that was doubted is found again by the first line, though the clock was set back meanwhile', () => {
  const { clock, pass, set } = settableMachine(startMs);
  set(-7 * hourMs);
  clock.nowMs();
  pass(hourMs);
  set(7 * hourMs);
  expect(clock.nowMs()).toBe(startMs - 6 * hourMs);
  set(-11 * hourMs);
  expect(clock.nowMs()).toBe(startMs - 10 * hourMs);
  // It is no more believed by itself than it was.
  set(11 * hourMs);
  expect(clock.nowMs()).toBe(startMs - 10 * hourMs);
  set(-11 * hourMs);
  expect(clock.vouch([startMs + hourMs])).toBe(true);
  expect(clock.nowMs()).toBe(startMs + hourMs);
});

test('after a step ahead that was taken back a late line of that wrong time vouches for nothing', () => {
  const { clock, pass, set } = settableMachine(startMs);
  set(hourMs);
  clock.nowMs();
  pass(100_000);
  set(-hourMs);
  clock.nowMs();
  expect(clock.vouch([startMs + hourMs + 100_000])).toBe(false);
  expect(clock.nowMs()).toBe(startMs + 100_000);
});
