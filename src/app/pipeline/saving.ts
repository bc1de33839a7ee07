/** Saves the state beside the stream: slices of a snapshot take turns with the inputs. */
import type { Clock } from '../../event/clock.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { DiskPatience } from './disk-patience.ts';

export interface Saving {
  /** Call after each input: writes what is due, while others take their turns. */
  goOn(): void;
  /** Writes a last snapshot if there is time for it; call it when nothing else is written any more. */
  finish(): Promise<void>;
}

export interface SavingOptions {
  readonly checkpoints: Checkpoints;
  readonly disk: Pick<DiskPatience, 'persistently'>;
  readonly clock: Pick<Clock, 'steadyMs' | 'sleep'>;
  /** Waits for everything that was handed in before. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  /** Nothing more is to be saved beside the stream. */
  readonly closing: AbortSignal;
  /** Told what a snapshot could not get over. */
  readonly fail: (error: unknown) => void;
}

/** How long a stop may be spent on a last snapshot; without it the next start replays the log behind the one before. */
const LAST_CHECKPOINT_MS = 1_500;

export function createSaving({ checkpoints, disk, clock, inTurn, closing, fail }: SavingOptions): Saving {
  let underWay: Promise<void> | undefined;

  const saveDue = async (): Promise<void> => {
    while (checkpoints.isBusy && !closing.aborted) {
      await inTurn(() => disk.persistently(() => checkpoints.slice()));
      await clock.sleep(0);
    }
  };

  return {
    goOn() {
      underWay ??= saveDue()
        .catch(fail)
        .finally(() => (underWay = undefined));
    },
    async finish() {
      if (!checkpoints.isBehind) return;
      const untilMs = clock.steadyMs() + LAST_CHECKPOINT_MS;
      checkpoints.request();
      while (checkpoints.isBusy && clock.steadyMs() < untilMs)
        await disk.persistently(() => checkpoints.slice());
    },
  };
}
