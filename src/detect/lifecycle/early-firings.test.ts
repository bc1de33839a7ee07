import { expect, it } from 'vitest';
import { ruleOf, rulesetOf, span } from '../../../test/support/rules-by-hand.ts';
import type { Match } from '../../event/match.ts';
import { createDetector, restoreDetector, type Detector } from '../detector.ts';
import type { BatchInput } from '../input/input.ts';

const named = (...names: readonly string[]) => names.map((name) => ({ name, span }));

/** Some steps of one order, each with its time in seconds. */
function batch(
  from: number,
  watermarkS: number,
  ...steps: readonly (readonly [string, number])[]
): BatchInput {
  const matches = steps.map(([step, timeS], i): Match => ({
    rule: 'a_rule',
    conditions: [step],
    group: ['o1'],
    timeMs: timeS * 1_000,
    shown: { excerpt: '', fields: {} },
    position: { source: 'orders', partition: 0, offset: from + i },
  }));
  const times = matches.map(({ timeMs }) => timeMs);
  return {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: 0,
    watermarkMs: watermarkS * 1_000,
    matches,
    firstTimeMs: Math.min(...times),
    lastTimeMs: Math.max(...times),
  };
}

it.each(['lived through', 'restarted'])(
  'an alert whose thread another one took over is told in a thread of its own (%s)',
  (how) => {
    const [steps, within] = [named('a', 'b', 'c'), { ms: 150_000, span }];
    const alert = { kind: 'then', steps, within, by: named('order_id'), span } as const;
    const rule = ruleOf(alert, { resolveAfterMs: 9_000 }, false);
    let detector: Detector = createDetector(rulesetOf(rule), {
      sources: [{ name: 'orders', latenessMs: 0 }],
    });
    const told: { readonly atMs: number | undefined; readonly threadId: string }[] = [];
    const step = (input: BatchInput): void => {
      for (const { kind, announce, threadId, episode } of detector.step(input))
        if (kind === 'fired' && announce) told.push({ atMs: episode.firedAtMs, threadId });
      if (how === 'restarted') detector = restoreDetector([...detector.checkpoint()]);
    };
    step(batch(0, 0, ['a', 20], ['b', 21], ['c', 29], ['c', 41]));
    expect(told.map(({ atMs }) => atMs)).toEqual([29_000, 41_000]);
    // Late, and before all of that: the first of the two was something else, and the second the first.
    step(batch(4, 66, ['a', 9], ['b', 10], ['c', 20.5]));
    step(batch(7, 66, ['c', 68]));
    expect(told.map(({ atMs }) => atMs)).toEqual([29_000, 41_000, 68_000]);
    expect(new Set(told.map(({ threadId }) => threadId)).size).toBe(3);
  },
);
