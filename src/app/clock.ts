/**
 * The clock of the process (event/clock.ts), on the clocks of the machine. It believes in an offset between the two clocks: small
 * changes of it are drift and are followed, a step back is followed at once, a step ahead is doubted for a while.
 * What can be known of a wrong clock and what cannot: docs/adr/0016-one-clock.md.
 */
import { uptime } from 'node:os';
import type { Clock, ClockJump } from '../event/clock.ts';
import type { Telemetry } from '../event/telemetry.ts';

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
  wallMs: Date.now,
  steadyMs: process.platform === 'linux' ? upMs : () => performance.now(),
  upMs,
};

const jumpMs = 5_000;
/** A clock that was set ahead and stays there for so long is believed; so is that of a machine that runs for so long. */
const doubtMs = 600_000;
/** A written time this near to the clock agrees with it. */
const accordMs = 300_000;
const mostJumps = 100;
/** Of the offsets that were left so many are remembered. */
const mostLeft = 20;

/** An offset that the clock had, or that was believed, until it was set at this steady time. */
interface Left {
  readonly offsetMs: number;
  readonly steadyMs: number;
  readonly wasBelieved: boolean;
}

interface Look {
  readonly wallMs: number;
  readonly steadyMs: number;
}

export function createClock(onJump: (jump: ClockJump) => void, machine = machineClocks): Clock {
  /** Wall clock less steady clock: believed, and as it was at the last look. */
  let believedMs = machine.wallMs() - machine.steadyMs();
  let seenMs = believedMs;
  /** What the wall clock says is not believed, since this steady time. */
  let doubtedSinceMs: number | undefined;
  /** The latest last. */
  let left: readonly Left[] = [];
  let isVouched = false;
  const jumps: ClockJump[] = [];

  function noteJump(jump: ClockJump): void {
    jumps.push(jump);
    if (jumps.length > mostJumps) jumps.shift();
    onJump(jump);
  }

  function believe(offsetMs: number, steadyMs: number): void {
    if (offsetMs < believedMs - jumpMs) leave({ offsetMs: believedMs, steadyMs, wasBelieved: true });
    believedMs = offsetMs;
    doubtedSinceMs = undefined;
  }

  const leftLately = (nowMs: number): typeof left =>
    left.filter(({ steadyMs }) => nowMs - steadyMs < doubtMs);

  const leave = (one: Left): void => void (left = [...leftLately(one.steadyMs).slice(1 - mostLeft), one]);

  function look(): Look {
    const now = { wallMs: machine.wallMs(), steadyMs: machine.steadyMs() };
    const { steadyMs } = now;
    const offsetMs = now.wallMs - steadyMs;
    const byMs = offsetMs - seenMs;
    const hasJumped = Math.abs(byMs) > jumpMs;
    // A step ahead that is taken back was wrong.
    if (hasJumped && !isNear(offsetMs, believedMs)) leave({ offsetMs: seenMs, steadyMs, wasBelieved: false });
    seenMs = offsetMs;
    const isReturn = leftLately(steadyMs).some((one) => one.wasBelieved && isNear(offsetMs, one.offsetMs));
    const isTrusted = hasJumped
      ? offsetMs < believedMs || isReturn
      : doubtedSinceMs === undefined || steadyMs - doubtedSinceMs >= doubtMs;
    if (isTrusted || isNear(offsetMs, believedMs)) believe(offsetMs, steadyMs);
    else if (hasJumped) doubtedSinceMs = steadyMs;
    if (hasJumped) noteJump({ atMs: believedNow(now), byMs: Math.round(byMs), steadyMs });
    return now;
  }

  const believedNow = ({ wallMs, steadyMs }: Look): number =>
    doubtedSinceMs === undefined ? wallMs : Math.round(steadyMs + believedMs);

  /** Other offsets that may be right: later than the one that is believed. */
  function otherOffsets(steadyMs: number): readonly number[] {
    const others = leftLately(steadyMs).map(({ offsetMs }) => offsetMs);
    if (doubtedSinceMs !== undefined) others.push(seenMs);
    return others.filter((offsetMs) => offsetMs > believedMs);
  }

  return {
    nowMs: () => believedNow(look()),
    wallMs: () => machine.wallMs(),
    steadyMs: () => machine.steadyMs(),
    isProven: () => isVouched || machine.upMs() >= doubtMs,
    vouch(timesMs) {
      const now = look();
      const nowMs = believedNow(now);
      const offsets = otherOffsets(now.steadyMs);
      if (isVouched && offsets.length === 0) return false;
      for (const timeMs of timesMs) {
        if (doubtedSinceMs === undefined) isVouched ||= Math.abs(timeMs - nowMs) <= accordMs;
        const offsetMs = nearest(timeMs - now.steadyMs, offsets);
        if (offsetMs === undefined) continue;
        const otherMs = now.steadyMs + offsetMs;
        // Only the other one explains a time that is nearer to it, or that would lie in the future.
        const beyondMs = nowMs + Math.min(accordMs, (otherMs - nowMs) / 2);
        if (timeMs > beyondMs && timeMs <= otherMs + accordMs) {
          believedMs = offsetMs;
          doubtedSinceMs = isNear(offsetMs, seenMs) ? undefined : now.steadyMs;
          return true;
        }
      }
      return false;
    },
    jumps: () => [...jumps],
  };
}

function nearest(offsetMs: number, others: readonly number[]): number | undefined {
  const distance = (other: number): number => Math.abs(other - offsetMs);
  return others.reduce<number | undefined>(
    (best, other) => (best === undefined || distance(other) < distance(best) ? other : best),
    undefined,
  );
}

const isNear = (offsetMs: number, otherMs: number): boolean => Math.abs(offsetMs - otherMs) <= jumpMs;

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
