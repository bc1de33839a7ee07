/**
 * The clock of the process (event/clock.ts), on the clocks of the machine. It believes in an offset between the two clocks: small
 * changes of it are drift and are followed, a step back is followed at once, a step ahead is doubted for a while.
 * What can be known of a wrong clock and what cannot: docs/adr/0016-one-clock.md.
 */
import { uptime } from 'node:os';
import type { Clock, ClockJump } from '../event/clock.ts';
import type { Telemetry } from '../event/telemetry.ts';
import { machineTimers } from '../event/waiting.ts';

/** The clocks of a machine, in ms. */
export interface MachineClocks {
  wallMs(): number;
  steadyMs(): number;
  /** Since the machine's start. */
  upMs(): number;
}

const upMs = (): number => uptime() * 1_000;

/**
 * On Linux only the time since the machine's start goes on while the machine sleeps, to 10 ms; elsewhere Node's own steady clock does
 * so, and finer.
 */
const machineClocks: MachineClocks = {
  wallMs: () => Date.now(),
  steadyMs: process.platform === 'linux' ? upMs : () => performance.now(),
  upMs,
};

const JUMP_MS = 5_000;
/** A clock that was set ahead and stays there for so long is believed; so is that of a machine that runs for so long. */
const DOUBT_MS = 600_000;
/** A written time this near to the clock agrees with it. */
const ACCORD_MS = 300_000;
const JUMPS_MAX = 100;
/** Of the offsets that were left so many are remembered. */
const LEFT_OFFSETS_MAX = 20;

/** An offset that the clock had, or that was believed, until it was set at this steady time. */
interface Left {
  readonly offsetMs: number;
  readonly steadyMs: number;
  readonly wasBelieved: boolean;
}

/** The offsets that were left in the last 10 minutes. */
interface LeftOffsets {
  add(one: Left): void;
  /** At this steady time; the latest last. */
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

/** Which of the offsets between the two clocks is believed. */
interface Belief {
  /** Looks at both clocks, and notices a jump. */
  look(): Look;
  /** The time of day at a look, ms since epoch. */
  timeOf(look: Look): number;
  /** Other offsets that may be right at this steady time: later than the one that is believed. */
  others(steadyMs: number): readonly number[];
  /** Whether a step ahead is being doubted. */
  isInDoubt(): boolean;
  /** Something vouches for this one of the others. */
  change(offsetMs: number, steadyMs: number): void;
}

function createBelief(machine: MachineClocks, onJump: (jump: ClockJump) => void): Belief {
  /** Wall clock less steady clock: believed, and as it was at the last look. */
  let believedMs = machine.wallMs() - machine.steadyMs();
  let seenMs = believedMs;
  /** What the wall clock says is not believed, since this steady time. */
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
      // A step ahead that is taken back was wrong.
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

/** `onJump` is told of each jump as it is noticed. */
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

/** The offset for which a written time speaks against the time that is believed. */
function shownBy(
  timeMs: number,
  offsets: readonly number[],
  steadyMs: number,
  nowMs: number,
): number | undefined {
  const offsetMs = nearest(timeMs - steadyMs, offsets);
  if (offsetMs === undefined) return undefined;
  const otherMs = steadyMs + offsetMs;
  // Only the other one explains a time that is nearer to it, or that would lie in the future.
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

/** The clock of the running process: its jumps go to the log and to /metrics. */
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
