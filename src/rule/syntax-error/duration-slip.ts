/** Durations that are nearly right, with the right one spelled out. */
import type { Diagnostic } from '../diagnostics.ts';
import { durationText } from '../../event/duration.ts';
import type { Stop } from './stop.ts';
import { atFound } from './stop.ts';

const UNIT_SLIPS: readonly (readonly [slip: RegExp, unit: string, ms: number])[] = [
  [/^(?:ms|msecs?|millis|milliseconds?|毫秒)$/iu, 'ms', 1],
  [/^(?:s|secs?|seconds?|秒)$/iu, 's', 1000],
  [/^(?:m|mins?|minutes?|分|分钟)$/iu, 'm', 60_000],
  [/^(?:h|hrs?|hours?|小时)$/iu, 'h', 3_600_000],
  [/^(?:d|days?|天|日)$/iu, 'd', 86_400_000],
  [/^(?:w|weeks?|周|星期)$/iu, 'w', 604_800_000],
];

/** The error for a word or number that stands where a duration must. */
export function badDuration(stop: Stop): Diagnostic | undefined {
  const { found, expected } = stop;
  if (found === undefined || !expected.types.has('duration')) return undefined;
  if (found.type !== 'number' && found.type !== 'word') return undefined;
  const [, amount, glued] = /^(\d+(?:\.\d+)?)(\D*)$/u.exec(found.text) ?? [];
  if (amount === undefined) {
    const problem = `\`${found.text}\` is not a duration`;
    return atFound(stop, 'TOC117', problem, 'units are ms, s, m, h and d: 30s, 5m, 1h30m, 7d');
  }
  const following = stop.tokens[stop.index + 1];
  const word = glued === '' && following?.type === 'word' ? following.text : (glued ?? '');
  const unit = UNIT_SLIPS.find(([slip]) => slip.test(word));
  if (unit !== undefined) {
    const ms = Math.round(Number(amount) * unit[2]);
    const whole = Number.isInteger(Number(amount)) && unit[1] !== 'w';
    const meant = whole ? `${amount}${unit[1]}` : durationText(ms);
    return atFound(
      stop,
      'TOC117',
      `\`${amount}${glued === '' ? ' ' : ''}${word}\` is not a duration`,
      `write ${meant}`,
    );
  }
  if (glued === '')
    return atFound(
      stop,
      'TOC117',
      `\`${amount}\` has no unit`,
      amount === '0' ? 'write 0s' : `write ${amount}s, ${amount}m, ${amount}h or ${amount}d`,
    );
  const problem = `\`${found.text}\` is not a duration`;
  return atFound(stop, 'TOC117', problem, 'units are ms, s, m, h and d: 30s, 5m, 1h30m, 7d');
}
