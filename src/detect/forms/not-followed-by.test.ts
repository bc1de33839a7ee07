import { expect, it } from 'vitest';
import { SOURCES } from '../../../test/support/detector-steps.ts';
import { ruleOf, rulesetOf, span } from '../../../test/support/rules-by-hand.ts';
import type { Rule } from '../../rule/ast.ts';
import { createDetector, restoreDetector } from '../detector.ts';

/** `a not followed by b within 10s by service skew …`. */
function ghost(skewMs?: number): Rule {
  const [first, then, service] = ['a', 'b', 'service'].map((name) => ({ name, span }));
  const skew = skewMs === undefined ? {} : { skew: { ms: skewMs, span } };
  return ruleOf(
    {
      kind: 'not_followed_by',
      first: first!,
      then: then!,
      within: { ms: 10_000, span },
      by: [service!],
      ...skew,
      span,
    },
    {},
    false,
  );
}

/** When it fires over these events, the process being restarted after each. */
function firings(rule: Rule, ...events: readonly (readonly [timeMs: number, name: string])[]): number[] {
  let detector = createDetector(rulesetOf(rule), { sources: SOURCES });
  const fired: number[] = [];
  for (const [offset, [timeMs, name]] of events.entries()) {
    detector.step({
      kind: 'batch',
      source: 'orders',
      partition: 0,
      clockMs: timeMs,
      watermarkMs: timeMs,
      firstTimeMs: timeMs,
      lastTimeMs: timeMs,
      matches: [
        {
          rule: 'a_rule',
          conditions: [name],
          group: ['pay'],
          timeMs,
          shown: { excerpt: '', fields: {} },
          position: { source: 'orders', partition: 0, offset },
        },
      ],
    });
    detector = restoreDetector(detector.checkpoint());
  }
  for (const { kind, episode } of detector.step({ kind: 'finalise', untilMs: 'end' }))
    if (kind === 'fired') fired.push(episode.firedAtMs!);
  expect(detector.report()[0]!.groups).toBe(0);
  return fired;
}

it('a B before the A is none, unless the clocks may differ by so much', () => {
  expect(firings(ghost(), [1_000, 'b'], [1_050, 'a'])).toEqual([11_050]);
  expect(firings(ghost(50), [1_000, 'b'], [1_050, 'a'])).toEqual([]);
  expect(firings(ghost(49), [1_000, 'b'], [1_050, 'a'])).toEqual([11_050]);
});

it('the latest B counts, for every A that it is near enough to', () => {
  expect(firings(ghost(50), [1_000, 'b'], [1_020, 'a'], [1_050, 'a'], [1_051, 'a'])).toEqual([11_051]);
  expect(firings(ghost(50), [1_000, 'b'], [1_040, 'b'], [1_090, 'a'])).toEqual([]);
});
