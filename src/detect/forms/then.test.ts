import { expect, it } from 'vitest';
import { atEverySize } from '../../../test/support/growth.ts';
import { ruleOf, rulesetOf, span } from '../../../test/support/rules-by-hand.ts';
import type { Match } from '../../event/match.ts';
import { createDetector } from '../detector.ts';

const SOURCES = [{ name: 'orders', latenessMs: 0 }];
const named = (names: readonly string[]) => names.map((name) => ({ name, span }));

/** So many orders go the first step; one more, in their midst, goes all of them. */
function oneOfMany(kind: 'then' | 'all_of', steps: readonly string[], size: number, isTold: boolean) {
  const alert = { kind, steps: named(steps), within: { ms: 3_600_000, span }, by: named(['order_id']), span };
  const detector = createDetector(rulesetOf(ruleOf(alert, {}, false)), {
    sources: SOURCES,
    provisional: isTold,
  });
  const happened = [
    ...Array.from({ length: size }, (_, n) => ({ group: `B${n}`, step: steps[0]! })),
    ...steps.map((step) => ({ group: 'A', step })),
  ];
  const matches = happened.map(({ group, step }, offset): Match => ({
    rule: 'a_rule',
    conditions: [step],
    group: [group],
    timeMs: offset,
    shown: { excerpt: '', fields: {} },
    position: { source: 'orders', partition: 0, offset },
  }));
  const lastTimeMs = happened.length - 1;
  const fired = detector.step({
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: lastTimeMs,
    watermarkMs: lastTimeMs,
    firstTimeMs: 0,
    lastTimeMs,
    matches,
  });
  return [...fired, ...detector.step({ kind: 'finalise', untilMs: 'last' })].map(
    ({ kind: what, announce, episode }) =>
      `${what}${announce ? '' : ' silently'} ${String(episode.group['order_id'])}`,
  );
}

it.each([
  ['then', ['created', 'shipped', 'created']],
  ['then', ['created', 'paid', 'shipped', 'returned']],
  ['then', ['a', 'b', 'c', 'd', 'e', 'f']],
  ['all_of', ['created', 'paid', 'shipped']],
] as const)('%s %j is found in one order, however many others have begun', (kind, steps) => {
  atEverySize((size) => {
    expect(oneOfMany(kind, steps, size, false), `${size} others`).toEqual(['fired A']);
  });
});

it('what was told of one order is what settles, however many others have begun', () => {
  atEverySize((size) => {
    expect(oneOfMany('then', ['created', 'shipped', 'created'], size, true), `${size} others`).toEqual([
      'fired A',
      'fired silently A',
    ]);
  });
});
