/** The context in which the loop of a receiver works, and its waits while the outbox cannot be written. */
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Channel } from '../channel.ts';
import type { Outbox } from './outbox.ts';

export interface LoopContext {
  readonly outbox: Outbox;
  /** Undefined if the configuration no longer has this channel. */
  readonly channel: Channel | undefined;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Reports the problem that keeps the loop from its work, undefined when it goes on. */
  readonly stuck: (problem: string | undefined) => void;
  /** Reports that the receiver asked for a pause until this steady time, and why. */
  readonly paused: (untilMs: number, because: string) => void;
  readonly random: () => number;
  readonly giveUpAfterMs: number;
  /** Returns true if the loop must stop as soon as nothing can be sent at once. */
  readonly draining: () => boolean;
  /** Aborted when the loop must stop after the message in flight. */
  readonly stop: AbortSignal;
}

/** Returns true if the state file cannot be read or written. That passes, and is not a defect. */
export function isOfOutbox(error: unknown): boolean {
  // `errcode` is SQLite's own number of the error.
  return typeof (error as { readonly errcode?: unknown } | null)?.errcode === 'number';
}

/** Wait before a failed write is tried again. */
const STUCK_MS = 1_000;

/** Reports the problem and waits, at most until the stop. */
export async function stuckFor(error: unknown, { stuck, stop, clock }: LoopContext): Promise<void> {
  if (stop.aborted) return;
  stuck(textOf(error));
  await clock.sleep(STUCK_MS, stop);
}

/** Repeats `work` until it does not throw. Messages that were sent must be recorded, or they would be sent again without a mark. */
export async function persistently(work: () => void, context: LoopContext): Promise<void> {
  while (!context.stop.aborted) {
    try {
      work();
      return;
    } catch (error) {
      await stuckFor(error, context);
    }
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
