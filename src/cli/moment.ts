/** A time on the command line: a duration back from now, or ISO 8601. */
import { InvalidArgumentError } from 'commander';
import type { Clock } from '../event/clock.ts';
import { durationMs } from '../event/duration.ts';

/** Returns a function that parses such a time to ms since epoch. */
export function momentBy(clock: Pick<Clock, 'nowMs'>): (text: string) => number {
  return (text) => {
    const back = durationMs(text);
    const ms = back === undefined ? Date.parse(text) : clock.nowMs() - back;
    if (Number.isNaN(ms)) {
      throw new InvalidArgumentError('Write a duration such as 1h or a time such as 2026-11-20T08:00:00Z.');
    }
    return ms;
  };
}
