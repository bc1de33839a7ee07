/**
 * The dispatcher: carries pending messages of the outbox to their receivers, one loop a receiver, so that a slow or broken one
 * delays no other. It alone decides when a message is tried again; it must never lose one silently.
 */
import type { Telemetry } from '../event/telemetry.ts';
import type { Channel } from './channel.ts';
import type { Outbox, Receiver } from './outbox.ts';
import { startReceiverLoop, type ReceiverLoop } from './receiver-loop.ts';

export interface DispatcherOptions {
  readonly outbox: Outbox;
  /** By kind: `slack`, `email`, … */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly telemetry: Telemetry;
  readonly clock?: () => number;
  /** In [0, 1): the jitter of the backoff. */
  readonly random?: () => number;
  /** A message that is refused for good is tried again this long (somebody may mend a token), then given up. */
  readonly giveUpAfterMs?: number;
}

export interface Dispatcher {
  /** New messages are in the outbox (their transaction has committed). */
  wake(): void;
  /** Sends what can go now, then stops; true if nothing is left pending. What is in flight at the end is resent at the next start. */
  drain(withinMs: number): Promise<boolean>;
}

const gaugeEveryMs = 5_000;
const pruneEveryMs = 3_600_000;
const dayMs = 86_400_000;
const keep = { closedMs: 7 * dayMs, anyMs: 90 * dayMs, rows: 100_000 };

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const { outbox, telemetry } = options;
  const clock = options.clock ?? Date.now;
  const loops = new Map<string, ReceiverLoop>();
  const stop = new AbortController();
  let draining = false;

  const start = (receiver: Receiver, name: string): void => {
    const loop = startReceiverLoop(receiver, {
      outbox,
      channel: options.channels.get(receiver.channel),
      telemetry,
      clock,
      random: options.random ?? Math.random,
      giveUpAfterMs: options.giveUpAfterMs ?? 3_600_000,
      draining: () => draining,
      stop: stop.signal,
    });
    loops.set(name, loop);
  };
  const wake = (): void => {
    if (stop.signal.aborted) return;
    for (const receiver of outbox.waiting()) {
      const name = `${receiver.channel}:${receiver.target}`;
      const loop = loops.get(name);
      if (loop) loop.wake();
      else start(receiver, name);
    }
    gauge();
  };
  const gauge = (): void => {
    const { pending, ageMs } = outbox.backlog(clock());
    telemetry.gauge('outbox_pending', {}, pending);
    telemetry.gauge('outbox_age_seconds', {}, ageMs / 1000);
  };
  const timers = [
    setInterval(gauge, gaugeEveryMs),
    setInterval(() => outbox.prune(clock(), keep), pruneEveryMs),
  ];
  for (const timer of timers) timer.unref();
  outbox.prune(clock(), keep);
  wake();

  return {
    wake,
    async drain(withinMs) {
      draining = true;
      wake();
      for (const loop of loops.values()) loop.wake();
      let timer: NodeJS.Timeout | undefined;
      const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
      await Promise.race([Promise.all([...loops.values()].map((loop) => loop.ended)), deadline]);
      clearTimeout(timer);
      stop.abort();
      for (const timer of timers) clearInterval(timer);
      gauge();
      return outbox.backlog(clock()).pending === 0;
    },
  };
}
