/** Saves the state beside the stream: slices of a checkpoint take turns with the inputs. */
import type { Clock } from '../../event/clock.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { DiskPatience } from './disk-patience.ts';

export interface Saving {
  /** Writes slices that are due, while others take their turns. Call it after each input. */
  goOn(): void;
  /** Writes a last checkpoint if there is time for it. Call it when nothing else writes any more. */
  finish(): Promise<void>;
}

export interface SavingOptions {
  readonly checkpoints: Checkpoints;
  readonly disk: Pick<DiskPatience, 'persistently'>;
  readonly clock: Pick<Clock, 'steadyMs' | 'sleep'>;
  /** Runs `work` after everything that was handed in before. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  /** Aborted when nothing more may be saved beside the stream. */
  readonly closing: AbortSignal;
  /** Called with an error that ended the writing of a checkpoint. */
  readonly fail: (error: unknown) => void;
}

/**
 * Maximum time that a stop spends on a last checkpoint. Without that checkpoint the next start replays the journal after the one before.
 */
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
