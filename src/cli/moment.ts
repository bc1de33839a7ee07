/** A time as the command line takes it: so long ago, or ISO 8601. */
import { InvalidArgumentError } from 'commander';
import type { Clock } from '../event/clock.ts';
import { durationMs } from '../event/duration.ts';

/** Parses one, to ms since epoch. */
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
