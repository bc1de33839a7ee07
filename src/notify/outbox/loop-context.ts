/** What the loop of a receiver works with, and how it waits where the outbox cannot be written. */
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Channel } from '../channel.ts';
import type { Outbox } from './outbox.ts';

export interface LoopContext {
  readonly outbox: Outbox;
  /** Undefined where the configuration no longer has this channel. */
  readonly channel: Channel | undefined;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** What keeps the loop from its work, undefined once it goes on. */
  readonly stuck: (problem: string | undefined) => void;
  /** The receiver asked to be left alone until then (steady time), and why. */
  readonly paused: (untilMs: number, because: string) => void;
  readonly random: () => number;
  readonly giveUpAfterMs: number;
  /** Stop as soon as nothing can go at once. */
  readonly draining: () => boolean;
  /** Stop after the message in flight. */
  readonly stop: AbortSignal;
}

/** The state file cannot be read or written: that passes, and is no defect. */
export function isOfOutbox(error: unknown): boolean {
  // SQLite's own number of what went wrong.
  return typeof (error as { readonly errcode?: unknown } | null)?.errcode === 'number';
}

/** How long to wait before what could not be written is tried again. */
const STUCK_MS = 1_000;

/** Says what is wrong and waits, at most until the stop. */
export async function stuckFor(error: unknown, { stuck, stop, clock }: LoopContext): Promise<void> {
  if (stop.aborted) return;
  stuck(textOf(error));
  await clock.sleep(STUCK_MS, stop);
}

/** Does it again until it does not throw: what has been sent must be written down, or it would be sent again unmarked. */
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
