/**
 * Keeps a defect of one part from ending the process: what escapes from archiving, delivery, a probe, a page, the figures or the
 * pruning of old alerts is caught at its door, told with its stack, counted (which tells people, see app/health/loss-kinds.ts), and the part begins again, later each time. What
 * judges events is not kept so: after a defect there nobody may believe its state.
 */
import type { WorkTimers } from './clock.ts';
import type { Telemetry } from './telemetry.ts';
import { machineTimers } from './waiting.ts';

export type Part = 'archiving' | 'delivery' | 'probes' | 'pages' | 'figures' | 'retention';

const FIRST_WAIT_MS = 1_000;
const WAIT_MAX_MS = 60_000;
/** One that has worked for so long begins again as soon as after its first defect. */
const FORGIVEN_AFTER_MS = 600_000;

/** Says that something escaped from the part. */
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
  /** What the pauses go by; the machine's by default. */
  readonly clock?: Pick<WorkTimers, 'sleep' | 'workMs'>;
}

/** Does the work until it ends by itself or `stop` comes; begins it again whenever something escapes. Never rejects. */
export function keepGoing(
  part: Part,
  work: () => Promise<void>,
  { telemetry, ...kept }: Kept & { readonly telemetry: Telemetry },
): Promise<void> {
  return restarting(work, { ...kept, defect: (error) => tellDefect(telemetry, part, error) });
}

/** The same for who has no telemetry at hand: `defect` is told what escaped. */
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
      // What is torn down meanwhile may well complain.
      if (isStopped()) return;
      defect(error);
      if (clock.workMs() - beganMs > FORGIVEN_AFTER_MS) failures = 0;
      await clock.sleep(Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10)), stop);
    }
  }
}

/** The result, or `otherwise` where something escapes. Never rejects. */
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

/** The work, which can no longer throw. */
export function harmless(part: Part, telemetry: Telemetry, work: () => void): () => void {
  return () => {
    try {
      work();
    } catch (error) {
      tellDefect(telemetry, part, error);
    }
  };
}
