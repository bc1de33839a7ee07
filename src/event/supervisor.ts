/**
 * Keeps a defect of one part from ending the process. The parts are archiving, delivery, a probe, a page, the figures, and the pruning of
 * old alerts. An error that escapes from a part is caught, logged with its stack, and counted. The count tells people
 * (app/health/loss-kinds.ts). The part begins again, later each time. The code that judges events is not kept so: after a defect there,
 * nobody may trust its state.
 */
import type { WorkTimers } from './clock.ts';
import type { Telemetry } from './telemetry.ts';
import { machineTimers } from './waiting.ts';

export type Part = 'archiving' | 'delivery' | 'probes' | 'pages' | 'figures' | 'retention';

const FIRST_WAIT_MS = 1_000;
const WAIT_MAX_MS = 60_000;
/** A part that has worked for so long begins again as soon as after its first defect. */
const FORGIVEN_AFTER_MS = 600_000;

/** Reports that an error escaped from the part. */
export function tellDefect(telemetry: Telemetry, part: Part, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  telemetry.count('defects', { part });
  telemetry.log.error(
    { 'event.action': 'defect', 'tocsin.part': part, error },
    `a defect of Tocsin in its ${part}: ${error.message}. It begins again by itself; please report this with the stack`,
  );
}

interface Kept {
  readonly stop: AbortSignal;
  /** The clock of the pauses; by default that of the machine. */
  readonly clock?: Pick<WorkTimers, 'sleep' | 'workMs'>;
}

/** Does the work until it ends by itself or `stop` comes. Begins it again whenever an error escapes. Never rejects. */
export function keepGoing(
  part: Part,
  work: () => Promise<void>,
  { telemetry, ...kept }: Kept & { readonly telemetry: Telemetry },
): Promise<void> {
  return restarting(work, { ...kept, defect: (error) => tellDefect(telemetry, part, error) });
}

/** As `keepGoing`, for callers without telemetry: `defect` gets the error that escaped. */
export async function restarting(
  work: () => Promise<void>,
  { defect, stop, clock = machineTimers }: Kept & { readonly defect: (error: unknown) => void },
): Promise<void> {
  const isStopped = (): boolean => stop.aborted;
  for (let failures = 0; !isStopped(); failures++) {
    const beganMs = clock.workMs();
    try {
      await work();
      return;
    } catch (error) {
      // Work that is torn down by `stop` may well fail.
      if (isStopped()) return;
      defect(error);
      if (clock.workMs() - beganMs > FORGIVEN_AFTER_MS) failures = 0;
      await clock.sleep(Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10)), stop);
    }
  }
}

/** Returns the result of the work, or `otherwise` if an error escapes. Never rejects. */
export async function guarded<T>(
  part: Part,
  telemetry: Telemetry,
  work: () => Promise<T>,
  otherwise: (error: unknown) => T,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    tellDefect(telemetry, part, error);
    return otherwise(error);
  }
}

/** Returns the work in a form that cannot throw. */
export function harmless(part: Part, telemetry: Telemetry, work: () => void): () => void {
  return () => {
    try {
      work();
    } catch (error) {
      tellDefect(telemetry, part, error);
    }
  };
}
