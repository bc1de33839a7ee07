/**
 * Implements the clock of the process (event/clock.ts) on the two clocks of the machine. It believes in one offset between them. Small
 * changes of the offset are drift and are followed. A step back is followed at once. A step ahead is doubted for a while.
 * docs/adr/0016-one-clock.md says how far a wrong clock can be noticed.
 */
import { uptime } from 'node:os';
import type { Clock, ClockJump } from '../event/clock.ts';
import type { Telemetry } from '../event/telemetry.ts';
import { machineTimers } from '../event/waiting.ts';

/** The clocks of a machine, in ms. `wallMs`: the time of day since epoch. `steadyMs`: measures spans; nobody can set it. */
export interface MachineClocks {
  wallMs(): number;
  steadyMs(): number;
  /** Time since the machine's start. */
  upMs(): number;
}

const upMs = (): number => uptime() * 1_000;

/**
 * The steady clock must go on while the machine sleeps. On Linux only the time since the machine's start does so, with a resolution of 10
 * ms. On other systems Node's own steady clock does so, with a finer resolution.
 */
const machineClocks: MachineClocks = {
  wallMs: () => Date.now(),
  steadyMs: process.platform === 'linux' ? upMs : () => performance.now(),
  upMs,
};

const JUMP_MS = 5_000;
/**
 * A clock that was set ahead is believed after it has stayed there for this time. The clock of a machine that has run for this time is
 * proven.
 */
const DOUBT_MS = 600_000;
/** A written time that is at most this far from the clock agrees with it. */
const ACCORD_MS = 300_000;
const JUMPS_MAX = 100;
/** Number of offsets in `LeftOffsets` that are remembered. */
const LEFT_OFFSETS_MAX = 20;

/** An offset that was seen, or believed (`wasBelieved`), until the wall clock was set. `steadyMs`: when that was. */
interface Left {
  readonly offsetMs: number;
  readonly steadyMs: number;
  readonly wasBelieved: boolean;
}

/** The offsets that were left in the last 10 minutes. */
interface LeftOffsets {
  add(one: Left): void;
  /** The offsets left in the 10 minutes before `steadyMs`, the latest last. */
  lately(steadyMs: number): readonly Left[];
}

function createLeftOffsets(): LeftOffsets {
  let left: readonly Left[] = [];
  const lately = (nowMs: number): readonly Left[] =>
    left.filter(({ steadyMs }) => nowMs - steadyMs < DOUBT_MS);
  return {
    lately,
    add: (one) => void (left = [...lately(one.steadyMs).slice(1 - LEFT_OFFSETS_MAX), one]),
  };
}

interface Look {
  readonly wallMs: number;
  readonly steadyMs: number;
}

/** Decides which offset between the two clocks is believed. */
interface Belief {
  /** Reads both clocks and notices a jump. */
  look(): Look;
  /** Returns the time of day at a look, ms since epoch. */
  timeOf(look: Look): number;
  /** Returns the other offsets that may be right at this steady time. Each makes the time of day later than the believed one does. */
  others(steadyMs: number): readonly number[];
  /** True while a step ahead is doubted. */
  isInDoubt(): boolean;
  /** Believes in `offsetMs`, one of the `others`, because a written time has vouched for it. */
  change(offsetMs: number, steadyMs: number): void;
}

function createBelief(machine: MachineClocks, onJump: (jump: ClockJump) => void): Belief {
  /** `believedMs`, `seenMs`: the wall clock minus the steady clock, as it is believed and as the last look saw it. */
  let believedMs = machine.wallMs() - machine.steadyMs();
  let seenMs = believedMs;
  /** The steady time since when the wall clock is not believed; undefined while it is believed. */
  let doubtedSinceMs: number | undefined;
  const left = createLeftOffsets();

  function believe(offsetMs: number, steadyMs: number): void {
    if (offsetMs < believedMs - JUMP_MS) left.add({ offsetMs: believedMs, steadyMs, wasBelieved: true });
    believedMs = offsetMs;
    doubtedSinceMs = undefined;
  }

  const timeOf = ({ wallMs, steadyMs }: Look): number =>
    doubtedSinceMs === undefined ? wallMs : Math.round(steadyMs + believedMs);

  return {
    look() {
      const now = { wallMs: machine.wallMs(), steadyMs: machine.steadyMs() };
      const { steadyMs } = now;
      const offsetMs = now.wallMs - steadyMs;
      const byMs = offsetMs - seenMs;
      const hasJumped = Math.abs(byMs) > JUMP_MS;
      // The doubted step ahead is taken back: `seenMs` was wrong, and is remembered as left.
      if (hasJumped && !isNear(offsetMs, believedMs))
        left.add({ offsetMs: seenMs, steadyMs, wasBelieved: false });
      seenMs = offsetMs;
      const isReturn = left.lately(steadyMs).some((one) => one.wasBelieved && isNear(offsetMs, one.offsetMs));
      const isTrusted = hasJumped
        ? offsetMs < believedMs || isReturn
        : doubtedSinceMs === undefined || steadyMs - doubtedSinceMs >= DOUBT_MS;
      if (isTrusted || isNear(offsetMs, believedMs)) believe(offsetMs, steadyMs);
      else if (hasJumped) doubtedSinceMs = steadyMs;
      if (hasJumped) onJump({ atMs: timeOf(now), byMs: Math.round(byMs), steadyMs });
      return now;
    },
    timeOf,
    others(steadyMs) {
      const others = left.lately(steadyMs).map(({ offsetMs }) => offsetMs);
      if (doubtedSinceMs !== undefined) others.push(seenMs);
      return others.filter((offsetMs) => offsetMs > believedMs);
    },
    isInDoubt: () => doubtedSinceMs !== undefined,
    change(offsetMs, steadyMs) {
      believedMs = offsetMs;
      doubtedSinceMs = isNear(offsetMs, seenMs) ? undefined : steadyMs;
    },
  };
}

/** Creates the clock of a process. Calls `onJump` with each jump when it is noticed. */
export function createClock(
  onJump: (jump: ClockJump) => void,
  machine = machineClocks,
  timers = machineTimers,
): Clock {
  let isVouched = false;
  const jumps: ClockJump[] = [];
  const belief = createBelief(machine, (jump) => {
    jumps.push(jump);
    if (jumps.length > JUMPS_MAX) jumps.shift();
    onJump(jump);
  });

  return {
    ...timers,
    nowMs: () => belief.timeOf(belief.look()),
    wallMs: () => machine.wallMs(),
    steadyMs: () => machine.steadyMs(),
    isProven: () => isVouched || machine.upMs() >= DOUBT_MS,
    vouch(timesMs) {
      const now = belief.look();
      const nowMs = belief.timeOf(now);
      const offsets = belief.others(now.steadyMs);
      if (isVouched && offsets.length === 0) return false;
      for (const timeMs of timesMs) {
        if (!belief.isInDoubt()) isVouched ||= Math.abs(timeMs - nowMs) <= ACCORD_MS;
        const offsetMs = shownBy(timeMs, offsets, now.steadyMs, nowMs);
        if (offsetMs === undefined) continue;
        belief.change(offsetMs, now.steadyMs);
        return true;
      }
      return false;
    },
    jumps: () => [...jumps],
  };
}

/** Returns the offset of `offsets` that a written time supports against the believed time `nowMs`; undefined where it supports none. */
function shownBy(
  timeMs: number,
  offsets: readonly number[],
  steadyMs: number,
  nowMs: number,
): number | undefined {
  const offsetMs = nearest(timeMs - steadyMs, offsets);
  if (offsetMs === undefined) return undefined;
  const otherMs = steadyMs + offsetMs;
  // The believed time cannot explain a written time that is nearer to the other time, or that would lie more than `ACCORD_MS` in the
  // future.
  const beyondMs = nowMs + Math.min(ACCORD_MS, (otherMs - nowMs) / 2);
  return timeMs > beyondMs && timeMs <= otherMs + ACCORD_MS ? offsetMs : undefined;
}

function nearest(offsetMs: number, others: readonly number[]): number | undefined {
  const distance = (other: number): number => Math.abs(other - offsetMs);
  return others.reduce<number | undefined>(
    (best, other) => (best === undefined || distance(other) < distance(best) ? other : best),
    undefined,
  );
}

const isNear = (offsetMs: number, otherMs: number): boolean => Math.abs(offsetMs - otherMs) <= JUMP_MS;

/** Creates the clock of the running process. Its jumps go to the log and to /metrics. */
export function processClock(telemetry: Telemetry): Clock {
  return createClock(({ byMs, atMs }) => {
    const direction = byMs > 0 ? 'ahead' : 'back';
    telemetry.count('clock_jumps', { direction });
    const what = `the clock of this machine was set ${direction} by ${Math.abs(byMs) / 1_000} s`;
    const doing =
      byMs > 0
        ? 'it is believed once lines bear it out, or after 10 minutes'
        : 'what was written by the clock before may lie in the future now';
    telemetry.log.warn(
      {
        'event.action': 'clock-jumped',
        'tocsin.jump_ms': byMs,
        'tocsin.jump_at': new Date(atMs).toISOString(),
      },
      `${what}: ${doing}. Look after its time service (NTP)`,
    );
  });
}
