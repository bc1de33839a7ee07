import { expect, it } from 'vitest';
import type { Episode } from '../../event/alert.ts';
import { amendment, isWorthAMessage, pair, saysTheSame } from './pairing.ts';

/** A firing over the events from one offset, which is its time, to another. */
const firing = (alertId: string, from: number, to: number, more: Partial<Episode> = {}): Episode => {
  const position = (offset: number) => ({ source: 'orders', partition: 0, offset });
  return {
    alertId,
    rule: 'a',
    meaning: 'm',
    severity: 'high',
    group: {},
    state: 'firing',
    firedAtMs: to,
    count: 1,
    suppressed: 0,
    firstEvent: { timeMs: from, position: position(from) },
    samples: [{ timeMs: to, position: position(to), excerpt: '', fields: {} }],
    ...more,
  };
};
const ids = (pairs: ReadonlyMap<Episode, Episode>): string[] =>
  [...pairs].map(([early, final]) => `${early.alertId}→${final.alertId}`);

it('makes a firing of the same events out of itself, however the others lie', () => {
  const early = [firing('a', 10, 20), firing('b', 30, 40)];
  expect(ids(pair(early, [firing('b', 30, 45), firing('a', 10, 20)]))).toEqual(['a→a', 'b→b']);
});

it('takes one of other events only where their spans meet, each once', () => {
  const early = [firing('a', 10, 20), firing('b', 15, 25), firing('c', 90, 99)];
  expect(ids(pair(early, [firing('x', 20, 30), firing('y', 26, 35)]))).toEqual(['a→x']);
});

it('is told as moved, as having more events, or not at all', () => {
  const before = firing('a', 10, 20);
  expect(saysTheSame(before, firing('a', 10, 20, { count: 7 }))).toBe(true);
  expect(saysTheSame(before, firing('b', 9, 20))).toBe(false);
  expect(amendment(before, firing('b', 9, 20))).toEqual({ kind: 'more_events' });
  expect(amendment(before, firing('a', 10, 25))).toEqual({ kind: 'moved', fromMs: 20, toMs: 25 });
  expect(isWorthAMessage(before, firing('a', 10, 60_019))).toBe(false);
  expect(isWorthAMessage(before, firing('a', 10, 60_020))).toBe(true);
  expect(isWorthAMessage(before, firing('a', 10, 20, { severity: 'critical' }))).toBe(true);
});
