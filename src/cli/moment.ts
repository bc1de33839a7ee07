/** A time as the command line takes it: so long ago, or ISO 8601. */
import { InvalidArgumentError } from 'commander';
import { durationMs } from '../event/duration.ts';

/** ms since epoch. */
export function moment(text: string): number {
  const back = durationMs(text);
  const ms = back === undefined ? Date.parse(text) : Date.now() - back;
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError('Write a duration such as 1h or a time such as 2026-11-20T08:00:00Z.');
  }
  return ms;
}
