/** Copies of groups that go on, against copies made anew from the final state at each batch. */
import { describe, expect, it } from 'vitest';
import {
  aggregate,
  comparison,
  countOf,
  measureOf,
  ruleOf,
  rulesetOf,
  span,
} from '../../../test/support/rules-by-hand.ts';
import { seeded, type Random } from '../../../test/support/timelines.ts';
import type { Match } from '../../event/match.ts';
import type { AlertSpec, Rule } from '../../rule/ast.ts';
import { createDetector, type Detector } from '../detector.ts';
import { createOperator } from '../forms/forms.ts';
import { detectRule, rulesInput, type BatchInput } from '../input/input.ts';

const STEPS = ['a', 'b', 'c', 'u'];
const named = (...names: readonly string[]) => names.map((name) => ({ name, span }));

const forms: Readonly<Record<string, (random: Random, valueMin: number, windowMs: number) => AlertSpec>> = {
  count: (_, valueMin, windowMs) => aggregate([comparison(countOf(), '>=', valueMin)], windowMs),
  'a count of a let and another count': (random, valueMin, windowMs) =>
    aggregate(
      [comparison(countOf('a'), '>', random.below(valueMin)), comparison(countOf(), '>', valueMin - 1.5)],
      windowMs,
    ),
  distinct: (_, valueMin, windowMs) =>
    aggregate([comparison(measureOf('distinct', 'user'), '>=', valueMin)], windowMs),
  then: (random, _, windowMs) => ({
    kind: 'then',
    steps: named(...STEPS.slice(0, random.pick([2, 3]))),
    ...(random.chance(50) && { until: { name: 'u', span } }),
    within: { ms: windowMs, span },
    by: named('service'),
    span,
  }),
  'all of': (random, _, windowMs) => ({
    kind: 'all_of',
    steps: named(...STEPS.slice(0, random.pick([2, 3]))),
    ...(random.chance(50) && { until: { name: 'u', span } }),
    within: { ms: windowMs, span },
    by: named('service'),
    span,
  }),
};

/** A rule that fires now and then, where a window has about `inWindow` events. */
function ruleFor(form: string, random: Random, inWindow: number, windowMs: number): Rule {
  const valueMin = Math.max(1, Math.round((inWindow * random.pick([50, 90, 100, 110, 130])) / 100));
  const spec = forms[form]!(random, valueMin, windowMs);
  const clauses = {
    resolveNever: random.chance(30),
    resolveAfterMs: random.pick([0, Math.round(windowMs / 10), windowMs]),
    cooldownMs: random.pick([0, 0, Math.round(windowMs / 5)]),
    maxGroups: random.pick([1, 2, 1_000]),
  };
  return ruleOf(spec, clauses, spec.kind === 'aggregate');
}

function matchOf(random: Random, timeMs: number, offset: number, users: number): Match {
  return {
    rule: 'a_rule',
    conditions: ['when', ...STEPS.filter(() => random.chance(40))],
    group: [random.pick(['pay', 'pay', 'pay', 'ship'])],
    timeMs,
    position: { source: 'orders', partition: 0, offset },
    shown: { excerpt: `line ${offset}`, fields: {} },
    values: {
      user: Array.from({ length: random.pick([0, 1, 1, 1, 3]) }, () => `u${random.below(users)}`),
    },
  };
}

interface World {
  readonly rule: Rule;
  readonly latenessMs: number;
  readonly batches: readonly BatchInput[];
}

/** `size`: about how many events a window has. Equal times and events out of order are common. */
function worldOf(form: string, size: number, random: Random): World {
  const everyMs = random.pick([0, 1, 1, 7]);
  const windowMs = Math.max(1, size * Math.max(everyMs, 0.5)) * 2;
  const latenessMs = Math.round(random.pick([0, windowMs / 20, windowMs / 4, windowMs]));
  const batchMatches = 1 + random.below(random.pick([2, 10, 1 + size]));
  const batches: BatchInput[] = [];
  let nowMs = 1_000_000;
  let offset = 0;
  while (offset < size * 5 + 20) {
    const matches = Array.from({ length: 1 + random.below(batchMatches) }, () => {
      nowMs += random.below(everyMs * 2 + 1) + (random.below(size * 3) === 0 ? windowMs : 0);
      const behindMs = random.chance(90) ? 0 : random.below(latenessMs + 1);
      return matchOf(random, nowMs - behindMs, offset++, size * 3);
    });
    const times = matches.map(({ timeMs }) => timeMs);
    batches.push({
      kind: 'batch',
      source: 'orders',
      partition: 0,
      clockMs: nowMs,
      watermarkMs: nowMs - latenessMs,
      firstTimeMs: Math.min(...times),
      lastTimeMs: nowMs,
      matches,
    });
  }
  return { rule: ruleFor(form, random, size, windowMs), latenessMs, batches };
}

const SIZES = [1, 2, 3, 4, 5, 8, 13, 20, 33, 60, 120, 250];

describe.each(Object.keys(forms))('early firings of %s', (form) => {
  it('are the same whether copies go on or are made anew', () => {
    let early = 0;
    for (const size of SIZES)
      for (let seed = 1; seed <= 600 / (size + 20); seed++) {
        const { rule, latenessMs, batches } = worldOf(form, size, seeded(size * 1_000 + seed));
        const sources = [{ name: 'orders', latenessMs }];
        const [lived, anew] = [1, 2].map(() => createDetector(rulesetOf(rule), { sources })) as [
          Detector,
          Detector,
        ];
        for (const [nth, batch] of batches.entries()) {
          const found = lived.step(batch);
          const expected = anew.step(batch);
          early += found.filter(({ isFinal }) => !isFinal).length;
          if (JSON.stringify(found) !== JSON.stringify(expected))
            expect(found, `batch ${nth} of seed ${seed} of size ${size}`).toEqual(expected);
          // A change of rules ends all copies, and here it changes nothing else.
          anew.step(rulesInput(rulesetOf(rule), sources, 0));
        }
      }
    expect(early).toBeGreaterThan(200);
  });

  it('are never missed because the form may not hold', () => {
    let ruledOut = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const random = seeded(seed);
      const { rule, batches } = worldOf(form, 1 + random.below(12), random);
      const operator = createOperator(detectRule(rule, rulesetOf(rule).schema));
      const events = batches
        .flatMap(({ matches }) => matches)
        .sort((a, b) => a.timeMs - b.timeMs || a.position.offset - b.position.offset)
        .map(({ values = {}, ...match }) => ({ ...match, values }));
      const settled = random.below(events.length);
      for (const event of events.slice(0, settled)) {
        operator.apply(0, event);
        if (operator.judge(0, event.timeMs).holds && rule.resolveNever) operator.spend(0);
      }
      const waiting = events.slice(settled, settled + 1 + random.below(8));
      const further = waiting.reduce((sum, event) => sum + operator.weight(event), 0);
      if (operator.mayHold(settled === 0 ? -1 : 0, further)) continue;
      ruledOut++;
      for (const event of waiting) {
        operator.apply(0, event);
        expect(operator.judge(0, event.timeMs).holds, `seed ${seed}`).toBe(false);
      }
    }
    expect(ruledOut).toBeGreaterThan(2);
  });
});
