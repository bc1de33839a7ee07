/** Repeats writes to the state for as long as the disk refuses them, and reports the trouble meanwhile. */
import type { Clock } from '../../event/clock.ts';
import { isFixable, type FixableError } from '../../event/fixable-error.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Unwritable } from '../types.ts';

export interface DiskPatience {
  /**
   * Calls `write` until it no longer fails with FixableError of the place `state`, and returns its result. Rejects with any other error.
   */
  persistently<T>(write: () => T): Promise<T>;
  /** From now on no write waits. A write that has failed is tried once more and rejects with its error. */
  end(): void;
  /** The reason why the state cannot be written now, for people. */
  readonly problem: () => string | undefined;
  /** The last span of time in which the state could not be written, once it is over. */
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
