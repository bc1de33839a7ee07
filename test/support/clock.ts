/** Clocks for tests: one that is always right, and machines whose clocks a test sets. */
import { createClock, type MachineClocks } from '../../src/app/clock.ts';
import type { Clock, ClockJump } from '../../src/event/clock.ts';
import { machineTimers } from '../../src/event/waiting.ts';

/** Right whenever `now` is: its spans are those of `now`, so that fake timers move it; its waits are the machine's. */
export function rightClock(now: () => number = () => Date.now()): Clock {
  return {
    ...machineTimers,
    nowMs: now,
    wallMs: now,
    steadyMs: now,
    isProven: () => true,
    vouch: () => false,
    jumps: () => [],
  };
}

/** A machine whose wall clock can be set. */
export interface SettableMachine {
  readonly clock: Clock;
  readonly told: readonly ClockJump[];
  /** Time passes, on both clocks. */
  readonly pass: (ms: number) => void;
  /** Sets the wall clock ahead, or back. */
  readonly set: (byMs: number) => void;
}

/** `nowMs`: what its wall clock says at the start; `upMs`: how long it has been running. */
export function settableMachine(nowMs: number, upMs = 86_400_000): SettableMachine {
  let aheadMs = 0;
  let passedMs = 0;
  const told: ClockJump[] = [];
  const machine: MachineClocks = {
    wallMs: () => nowMs + passedMs + aheadMs,
    steadyMs: () => upMs + passedMs,
    upMs: () => upMs + passedMs,
  };
  return {
    clock: createClock((jump) => void told.push(jump), machine),
    told,
    pass: (ms) => void (passedMs += ms),
    set: (byMs) => void (aheadMs += byMs),
  };
}

/** The clock of a machine whose time goes on by itself, that of fake timers included, and passes faster where a test says so. */
export function settableClock(): Pick<SettableMachine, 'clock' | 'set' | 'pass'> {
  let aheadMs = 0;
  let passedMs = 0;
  const clock = createClock(() => undefined, {
    wallMs: () => Date.now() + passedMs + aheadMs,
    steadyMs: () => Date.now() + passedMs,
    upMs: () => 86_400_000,
  });
  return { clock, set: (byMs) => void (aheadMs += byMs), pass: (ms) => void (passedMs += ms) };
}
