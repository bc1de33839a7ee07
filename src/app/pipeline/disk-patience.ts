/** Writes to the state that are tried again for as long as the disk does not take them, and what there is to say of that meanwhile. */
import type { Clock } from '../../event/clock.ts';
import { isFixable, type FixableError } from '../../event/fixable-error.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Unwritable } from '../types.ts';

export interface DiskPatience {
  /** Gives what `write` gives, once it does not fail with FixableError of the place `state` any more. Rejects with whatever else it throws. */
  persistently<T>(write: () => T): Promise<T>;
  /** From now on nothing waits: a write that has failed is tried once more, and rejects with what it throws. */
  end(): void;
  /** What keeps the state from being written now, for people. */
  readonly problem: () => string | undefined;
  /** The last time that it could not be written, once that was over. */
  readonly unwritable: () => Unwritable | undefined;
}

const RETRY_MS = 1_000;

export function createDiskPatience(
  telemetry: Telemetry,
  clock: Pick<Clock, 'nowMs' | 'sleep'>,
): DiskPatience {
  const ending = new AbortController();
  let problem: string | undefined;
  let sinceMs: number | undefined;
  let unwritable: Unwritable | undefined;

  const writable = (): void => {
    if (problem === undefined) return;
    telemetry.log.info({ 'event.action': 'state-writable' }, 'state is written again');
    const untilMs = clock.nowMs();
    unwritable = { sinceMs: sinceMs ?? untilMs, untilMs, problem };
    sinceMs = undefined;
    problem = undefined;
  };

  return {
    async persistently(write) {
      for (;;) {
        try {
          const result = write();
          writable();
          return result;
        } catch (error) {
          if (!isFixable(error, 'state')) throw error;
          sinceMs ??= clock.nowMs();
          problem ??= told(telemetry, error);
          if (ending.signal.aborted) throw error;
          await clock.sleep(RETRY_MS, ending.signal);
        }
      }
    },
    end: () => ending.abort(),
    problem: () => problem,
    unwritable: () => unwritable,
  };
}

function told(telemetry: Telemetry, error: FixableError): string {
  const reason = error.message;
  const text = `${reason} ${error.fix} Until then reading waits.`;
  telemetry.log.error({ 'event.action': 'state-unwritable', 'error.message': reason }, text);
  return text;
}
