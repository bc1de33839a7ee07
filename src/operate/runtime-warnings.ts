/** Turns warnings of the runtime (experimental features, listeners that pile up) into lines of the log, so that the log is JSON to its end. */
import type { Log } from '../event/telemetry.ts';

/**
 * kafkajs asks for a timer in the past whenever its queue is empty, and Node.js warns of that:
 * https://github.com/tulios/kafkajs/issues/1751. It does no harm.
 */
const harmless = new Set(['TimeoutNegativeWarning']);

/** Replaces the printing of the runtime for the rest of the process. */
export function logRuntimeWarnings(log: Log): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const level = harmless.has(warning.name) ? 'debug' : 'warn';
    log[level](
      { 'event.action': 'runtime-warning', error: warning },
      `Node.js warns: ${warning.name}: ${warning.message}`,
    );
  });
}
