/**
 * Takes batches of a source that is behind one right behind the other, so that they become durable in one transaction: they wait for the
 * disk once, and not each for itself. A source that is not behind takes the shortest way.
 */
import type { Batch } from '../../event/batch.ts';
import type { Clock } from '../../event/clock.ts';
import { orLate } from '../../event/waiting.ts';
import type { ReadOn } from './reading.ts';

/** A batch that was handed in to become durable. */
interface HandedIn {
  readonly matches: number;
  /** Resolves when the batch is durable, and everything is done that follows from that. */
  readonly done: Promise<void>;
}

export interface ReadingOnOptions {
  readonly clock: Pick<Clock, 'steadyMs' | 'sleep'>;
  /** Returns true if the batch may be handed in before those before it are durable. */
  readonly mayFollow: (batch: Batch) => boolean;
  /** Hands in a batch. `alone` is as for `Engine.take`. */
  readonly handIn: (batch: Batch, alone: Promise<unknown>) => Promise<HandedIn>;
}

/**
 * Bounds of the batches that are handed in before the first of them is durable: no alert waits longer, and the memory holds no more, beside
 * one batch. More matches than these are worth a transaction of their own.
 */
const TOGETHER_MS = 20;
const TOGETHER_BYTES = 8 << 20;
const TOGETHER_MATCHES = 2_500;

/** Returns the function that takes batches for `readInto`. It resolves when all that it was given, and all that it read, is done. */
export function takingOn(options: ReadingOnOptions): (first: Batch, readOn: ReadOn) => Promise<void> {
  const { clock, mayFollow, handIn } = options;
  return async (first, readOn) => {
    let untilMs = clock.steadyMs() + TOGETHER_MS;
    let [bytes, matches] = [0, 0];
    const mayGoOn = ({ atEnd }: Batch): boolean =>
      !atEnd && bytes < TOGETHER_BYTES && matches < TOGETHER_MATCHES && clock.steadyMs() < untilMs;
    const handed: Promise<void>[] = [];
    let alone = Promise.withResolvers<undefined>();
    const allDone = async (): Promise<void> => {
      alone.resolve(undefined);
      await Promise.all(handed.splice(0));
    };
    try {
      for (let batch: Batch | undefined = first; batch !== undefined;) {
        if (!mayFollow(batch)) await allDone();
        const next = Promise.withResolvers<undefined>();
        const taken = await handIn(batch, next.promise);
        alone = next;
        handed.push(taken.done);
        // It is waited for later.
        taken.done.catch(() => undefined);
        bytes += batch.bytes.length;
        matches += taken.matches;
        if (!mayGoOn(batch)) break;
        const reading = readOn();
        const isRead = reading.then(isTrue, isTrue);
        const isSlow = !(await orLate(isRead, Math.max(1, untilMs - clock.steadyMs()), () => false, clock));
        // A disk or a server may take long to answer, or never do. The batches that were handed in do not wait for it.
        if (isSlow) await allDone();
        batch = await reading;
        if (isSlow) [untilMs, bytes, matches] = [clock.steadyMs() + TOGETHER_MS, 0, 0];
      }
    } finally {
      await allDone();
    }
  };
}

const isTrue = (): boolean => true;
