/** Durations that are nearly right, with the right duration written out. */
import type { Diagnostic } from '../diagnostics.ts';
import { durationText } from '../../event/duration.ts';
import { write, writeOneOf } from '../mending.ts';
import type { Token } from '../parse/lexer.ts';
import type { Stop } from './stop.ts';
import { atFound, between } from './stop.ts';

const UNIT_SLIPS: readonly (readonly [slip: RegExp, unit: string, ms: number])[] = [
  [/^(?:ms|msecs?|millis|milliseconds?|毫秒)$/iu, 'ms', 1],
  [/^(?:s|secs?|seconds?|秒)$/iu, 's', 1000],
  [/^(?:m|mins?|minutes?|分|分钟)$/iu, 'm', 60_000],
  [/^(?:h|hrs?|hours?|小时)$/iu, 'h', 3_600_000],
  [/^(?:d|days?|天|日)$/iu, 'd', 86_400_000],
  [/^(?:w|weeks?|周|星期)$/iu, 'w', 604_800_000],
];

const UNITS = 'units are ms, s, m, h and d: 30s, 5m, 1h30m, 7d';

/** Returns the error for a word or number at a place where a duration must stand. */
export function badDuration(stop: Stop): Diagnostic | undefined {
  const { found, expected, tokens, index } = stop;
  if (found === undefined || !expected.types.has('duration')) return undefined;
  if (found.type !== 'number' && found.type !== 'word') return undefined;
  const [, amount, glued] = /^(\d+(?:\.\d+)?)(\D*)$/u.exec(found.text) ?? [];
  if (amount === undefined) return atFound(stop, 'TOC117', `\`${found.text}\` is not a duration`, UNITS);
  const meant = spanAt(tokens, index);
  if (meant !== undefined) {
    const last = tokens[meant.last]!;
    const written = last === found ? found.text : `${found.text} ${last.text}`;
    const fix = write(between(found, last), meant.text);
    return atFound(stop, 'TOC117', `\`${written}\` is not a duration`, fix);
  }
  if (glued === '') {
    const units = amount === '0' ? ['0s'] : ['s', 'm', 'h', 'd'].map((unit) => `${amount}${unit}`);
    const words =
      units.length === 1 ? 'write 0s' : `write ${units.slice(0, -1).join(', ')} or ${units.at(-1)!}`;
    return atFound(stop, 'TOC117', `\`${amount}\` has no unit`, writeOneOf(found, units, words));
  }
  return atFound(stop, 'TOC117', `\`${found.text}\` is not a duration`, UNITS);
}

/** Reads a span of time as people write it, from a token on (`10m`, `10 minutes`, `10min`, `minute`). Also returns the index of its last token. */
export function spanAt(
  tokens: readonly Token[],
  at: number,
): { readonly text: string; readonly last: number } | undefined {
  const token = tokens[at];
  if (token?.type === 'duration') return { text: token.text, last: at };
  if (token?.type !== 'number' && token?.type !== 'word') return undefined;
  const [, amount = '1', glued = token.text] = /^(\d+(?:\.\d+)?)(\D*)$/u.exec(token.text) ?? [];
  const next = tokens[at + 1];
  const word = glued === '' ? (next?.type === 'word' ? next.text : '') : glued;
  const unit = UNIT_SLIPS.find(([slip]) => slip.test(word));
  if (unit === undefined) return undefined;
  const whole = Number.isInteger(Number(amount)) && unit[1] !== 'w';
  const text = whole ? `${amount}${unit[1]}` : durationText(Math.round(Number(amount) * unit[2]));
  return { text, last: glued === '' ? at + 1 : at };
}
