/**
 * The dispatcher brings pending messages of the outbox to their receivers. Each receiver has its own loop, so that a slow or broken one
 * delays no other. Only the dispatcher decides when a message is tried again. It must never lose a message silently. While the state file
 * cannot be read or written, it waits, reports that, and continues by itself.
 */
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { within } from '../../event/waiting.ts';
import type { Channel } from '../channel.ts';
import type { Outbox } from './outbox.ts';
import { receiverName, type Receiver } from '../../event/receiver.ts';
import { startReceiverLoop, type ReceiverLoop } from './receiver-loop.ts';

export interface DispatcherOptions {
  readonly outbox: Outbox;
  /** Channels by kind: `slack`, `email`, … */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Returns a number in [0, 1) for the jitter of the backoff. */
  readonly random?: () => number;
  /** Time for which a message that is refused for good is tried again, since somebody may mend a token. Then it is given up. */
  readonly giveUpAfterMs?: number;
}

export interface Dispatcher {
  /** Call after new messages are in the outbox and their transaction has committed. */
  wake(): void;
  /**
   * Sends everything that can go now, then stops. Returns true if nothing is pending any more. A message that is in flight at the end is
   * sent again at the next start.
   */
  drain(withinMs: number): Promise<boolean>;
  /** Stops at once; the outbox and the channels are not used any more. Idempotent. */
  stop(): void;
  /** Receivers (by `receiverName`) that get nothing because the outbox cannot be used, and why. */
  readonly stuck: () => ReadonlyMap<string, string>;
  /** Receivers that asked for a pause of more than a minute, and why. They are listed until the pause is over. */
  readonly paused: () => ReadonlyMap<string, string>;
}

/** Shorter pauses are usual: receivers keep their rate limits by them. */
const SHORT_PAUSE_MS = 60_000;
const GAUGE_EVERY_MS = 5_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const keep = { closedMs: 7 * DAY_MS, anyMs: 90 * DAY_MS, rows: 100_000 };

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { outbox, telemetry, clock } = options;
  const loops = new Map<string, ReceiverLoop>();
  const stuck = createStuckNotes(telemetry);
  const pauses = createPauses(clock);
  const stop = new AbortController();
  let draining = false;

  const start = (receiver: Receiver, name: string): void => {
    const loop = startReceiverLoop(receiver, {
      outbox,
      channel: options.channels.get(receiver.channel),
      telemetry,
      clock,
      stuck: (problem) => stuck.note(name, problem),
      paused: (untilMs, because) => pauses.note(name, untilMs, because),
      random: options.random ?? Math.random,
      giveUpAfterMs: options.giveUpAfterMs ?? 3_600_000,
      draining: () => draining,
      stop: stop.signal,
    });
    loops.set(name, loop);
  };
  /** True if a wake failed, so that a receiver may not have been woken. */
  let missedWake = false;
  const wake = (): void => {
    if (stop.signal.aborted) return;
    const problem = hindrance(() => {
      for (const receiver of outbox.waiting()) {
        const name = receiverName(receiver);
        const loop = loops.get(name);
        if (loop) loop.wake();
        else start(receiver, name);
      }
    });
    missedWake = problem !== undefined;
    stuck.note('outbox', problem);
    gauge();
  };
  const { gauge, prune } = upkeepOf(options);
  const timers = [
    clock.every(GAUGE_EVERY_MS, () => (missedWake ? wake() : gauge())),
    clock.every(PRUNE_EVERY_MS, prune),
  ];
  const end = (): void => {
    stop.abort();
    for (const stopTimer of timers) stopTimer();
  };
  prune();
  wake();

  return {
    wake,
    stop: end,
    async drain(withinMs) {
      draining = true;
      wake();
      for (const loop of loops.values()) loop.wake();
      await within(Promise.all([...loops.values()].map((loop) => loop.ended)), withinMs, clock);
      end();
      gauge();
      let pending = Infinity;
      hindrance(() => void (pending = outbox.backlog(clock.nowMs()).pending));
      return pending === 0;
    },
    stuck: () => stuck.all,
    paused: () => pauses.now(),
  };
}

/** Both ignore errors: missing figures and rows that are kept too long do no harm, and the next call repeats the work. */
function upkeepOf({ outbox, telemetry, clock }: DispatcherOptions): {
  readonly gauge: () => void;
  readonly prune: () => void;
} {
  return {
    gauge: () =>
      void hindrance(() => {
        const { pending, ageMs } = outbox.backlog(clock.nowMs());
        telemetry.gauge('outbox_pending', {}, pending);
        telemetry.gauge('outbox_age_seconds', {}, ageMs / 1000);
      }),
    prune: () => void hindrance(() => outbox.prune(clock.nowMs(), keep)),
  };
}

/** Keeps the receivers that get nothing because the outbox cannot be used. Logs once when that begins and once when it is over. */
function createStuckNotes(telemetry: Telemetry): {
  note(name: string, problem: string | undefined): void;
  readonly all: ReadonlyMap<string, string>;
} {
  const all = new Map<string, string>();
  return {
    all,
    note(name, problem) {
      const before = all.get(name);
      if (problem === undefined) all.delete(name);
      else all.set(name, problem);
      const fields = { 'event.action': 'deliver', 'tocsin.receiver': name };
      if (problem !== undefined && before === undefined)
        telemetry.log.error(
          { ...fields, 'error.message': problem },
          `Nothing can be delivered to this receiver: the outbox cannot be used (${problem}). ` +
            'Check the disk of data_dir; it goes on by itself.',
        );
      if (problem === undefined && before !== undefined) telemetry.log.info(fields, 'Delivery goes on.');
    },
  };
}

/** Keeps the receivers that asked for a pause, and why. */
function createPauses(clock: Clock): {
  /** `untilMs`: steady time. */
  note(name: string, untilMs: number, because: string): void;
  now(): ReadonlyMap<string, string>;
} {
  const pauses = new Map<string, { readonly untilMs: number; readonly because: string }>();
  return {
    note(name, untilMs, because) {
      if (untilMs - clock.steadyMs() > SHORT_PAUSE_MS) pauses.set(name, { untilMs, because });
    },
    now() {
      const nowMs = clock.steadyMs();
      for (const [name, { untilMs }] of pauses) if (untilMs <= nowMs) pauses.delete(name);
      return new Map([...pauses].map(([name, { because }]) => [name, because]));
    },
  };
}

/** Runs `work`. Returns why it failed, undefined if it succeeded. */
function hindrance(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
