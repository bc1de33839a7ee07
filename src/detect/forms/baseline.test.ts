import { expect, it } from 'vitest';
import { atEverySize, inSomeOrder } from '../../../test/support/growth.ts';
import { brief, SOURCES } from '../../../test/support/detector-steps.ts';
import {
  aggregate,
  comparison,
  countOf,
  measureOf,
  ruleOf,
  rulesetOf,
  span,
} from '../../../test/support/rules-by-hand.ts';
import type { Measure, Rule } from '../../rule/ast.ts';
import { createBaseline } from './baseline.ts';
import { createDetector, restoreDetector, type Detector } from '../detector.ts';
import { rulesInput, type BatchInput } from '../input/input.ts';

const WINDOW_MS = 1_000;
const usual = { kind: 'baseline', factor: 3, factorText: '3', over: { ms: 8_000, span }, span } as const;

/** More than three times what was usual over the last eight seconds: two panes are enough of a past. */
function surge(measure: Measure = countOf(), from: readonly string[] = []): Rule {
  return ruleOf(aggregate([comparison(measure, '>', usual)], WINDOW_MS), { from });
}

/** What the source says at this time: so many errors of the service, a millisecond apart; with none, something else. */
function said(timeMs: number, errors = 0, source = 'orders'): BatchInput {
  const matches = Array.from({ length: errors }, (_, i) => ({
    rule: 'a_rule',
    conditions: ['when'],
    group: ['pay'],
    shown: { excerpt: '', fields: {} },
    timeMs: timeMs + i,
    values: { amount: [5] },
    position: { source, partition: 0, offset: timeMs + i },
  }));
  const lastTimeMs = timeMs + Math.max(0, errors - 1);
  return {
    kind: 'batch',
    source,
    partition: 0,
    clockMs: lastTimeMs,
    firstTimeMs: timeMs,
    lastTimeMs,
    watermarkMs: lastTimeMs,
    matches,
  };
}

function feed(detector: Detector, ...inputs: readonly BatchInput[]): readonly string[] {
  return [...inputs, { kind: 'finalise', untilMs: 'last' } as const].flatMap((input) =>
    detector.step(input).map(brief),
  );
}

it('of a group that nothing was heard of is 0, as soon as the rule has heard its sources long enough', () => {
  const detector = createDetector(rulesetOf(surge()), { sources: SOURCES });
  expect(feed(detector, said(500), said(3_999), said(4_000, 1))).toEqual(['fired settled 4000']);
});

it('is not known before the sources were heard for a quarter of its span: the rule says until when', () => {
  const detector = createDetector(rulesetOf(surge()), { sources: SOURCES });
  const warming = (): unknown => {
    const { warmingUntilMs, warmingUp, groups } = detector.report()[0]!;
    return { warmingUntilMs, warmingUp, groups };
  };
  expect(warming()).toEqual({ warmingUp: 0, groups: 0 });
  expect(feed(detector, said(1), said(3_999, 1))).toEqual([]);
  expect(warming()).toEqual({ warmingUntilMs: 4_000, warmingUp: 1, groups: 1 });
  expect(feed(detector, said(4_001))).toEqual([]);
  expect(warming()).toEqual({ warmingUp: 0, groups: 1 });
});

it('counts from the first event of the sources that the rule reads, no other', () => {
  const both = [...SOURCES, { name: 'audit', latenessMs: 1000 }];
  const detector = createDetector(rulesetOf(surge(countOf(), ['orders'])), { sources: both });
  expect(feed(detector, said(500, 0, 'audit'), said(3_000), said(4_000, 1))).toEqual([]);
});

it('goes on over a restart, also of a rule of which no group is there', () => {
  const whole = createDetector(rulesetOf(surge()), { sources: SOURCES });
  feed(whole, said(500), said(600));
  const restarted = restoreDetector(whole.checkpoint());
  expect(feed(restarted, said(4_000, 1))).toEqual(['fired settled 4000']);
});

it('is learnt anew by a rule whose meaning changed, and by no other', () => {
  const of = (meaning: string, title: string): Rule => ({ ...surge(), meaning, title });
  const detector = createDetector(rulesetOf(of('one', 'a')), { sources: SOURCES });
  feed(detector, said(500));
  detector.step(rulesInput(rulesetOf(of('one', 'b')), SOURCES, 3_000));
  expect(feed(detector, said(4_000, 1))).toEqual(['fired settled 4000']);
  detector.step(rulesInput(rulesetOf(of('two', 'b')), SOURCES, 5_000));
  expect(feed(detector, said(5_500), said(8_990, 5))).toEqual([]);
  expect(feed(detector, said(9_500, 5))).toEqual(['fired settled 9500']);
});

it('leaves the panes out in which an average has no value, and each group says that it lacks a past', () => {
  const detector = createDetector(rulesetOf(surge(measureOf('avg', 'amount'))), { sources: SOURCES });
  expect(feed(detector, said(500), said(20_000, 1), said(21_000, 1), said(24_000))).toEqual([]);
  expect(detector.report()[0]).toMatchObject({ warmingUp: 1, groups: 1 });
  expect(detector.report()[0]!.warmingUntilMs).toBeUndefined();
});

it('is the mean over the panes before, whatever the number of groups', () => {
  atEverySize((size, random) => {
    const counts = new Map<number, number>();
    const baseline = createBaseline({
      windowMs: 10,
      overMs: 60,
      emptyIsZero: true,
      meter: {
        add: (slot) => void counts.set(slot, (counts.get(slot) ?? 0) + 1),
        clear: (slot) => void counts.delete(slot),
        value: (slot) => counts.get(slot) ?? 0,
      },
    });
    baseline.begin(5);
    const times = inSomeOrder(size, random).map((slot) => ({
      slot,
      times: Array.from({ length: random.below(6) }, () => 10 + random.below(200)).sort((a, b) => a - b),
    }));
    const tag = { mask: 0, values: undefined };
    for (const { slot, times: at } of times) for (const timeMs of at) baseline.add(slot, timeMs, tag);
    const atMs = 210;
    const wrong = times.find(({ slot, times: at }) => {
      const inPanes = at.filter((timeMs) => timeMs >= 140 && timeMs < 200);
      return baseline.mean(slot, atMs) !== inPanes.length / 6;
    });
    expect(wrong, `${size} groups`).toBeUndefined();
  });
});
