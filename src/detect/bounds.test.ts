import { expect, it } from 'vitest';
import { countRule, ruleOf, rulesetOf, span } from '../../test/support/rules-by-hand.ts';
import type { Match } from '../event/match.ts';
import { DISTINCT_MAX, WINDOW_EVENTS_MAX } from '../rule/bounds.ts';
import type { AlertSpec } from '../rule/ast.ts';
import { formOf } from '../rule/forms/forms.ts';
import { createDetector, type Detector } from './detector.ts';

const SOURCES = [{ name: 'orders', latenessMs: 0 }];

/** Feeds events a millisecond apart, each made by `of`. */
function feed(detector: Detector, count: number, of: (n: number) => Partial<Match>): void {
  const size = 10_000;
  for (let from = 0; from < count; from += size) {
    const matches = Array.from({ length: Math.min(size, count - from) }, (_, i): Match => ({
      rule: 'a_rule',
      conditions: ['when'],
      group: ['pay'],
      shown: { excerpt: '', fields: {} },
      timeMs: from + i,
      position: { source: 'orders', partition: 0, offset: from + i },
      ...of(from + i),
    }));
    const lastTimeMs = from + matches.length - 1;
    detector.step({
      kind: 'batch',
      source: 'orders',
      partition: 0,
      clockMs: lastTimeMs,
      watermarkMs: lastTimeMs,
      firstTimeMs: from,
      lastTimeMs,
      matches,
    });
  }
  detector.step({ kind: 'finalise', untilMs: 'last' });
}

it('a window with too many events lets the oldest go early, and says so', () => {
  const detector = createDetector(rulesetOf(countRule(WINDOW_EVENTS_MAX, 86_400_000)), { sources: SOURCES });
  feed(detector, WINDOW_EVENTS_MAX + 7, () => ({}));
  expect(detector.report()[0]).toMatchObject({ cut: 7, groups: 1 });
  expect(detector.current()[0]).toMatchObject({ state: 'firing', count: WINDOW_EVENTS_MAX });
}, 60_000);

it('of the values of a field so many are remembered, the oldest forgotten first', () => {
  const [field, by, within] = [{ name: 'error_code', span }, [{ name: 'service', span }], { ms: 1e9, span }];
  const detector = createDetector(rulesetOf(ruleOf({ kind: 'new', field, within, by, span })), {
    sources: SOURCES,
  });
  feed(detector, DISTINCT_MAX + 3, (n) => ({ values: { error_code: [`E${n}`] } }));
  expect(detector.report()[0]).toMatchObject({ cut: 3 });
});

it('the memory of a rule is reported, and given back to its groups when they go', () => {
  const detector = createDetector(rulesetOf(countRule(5, 20_000)), { sources: SOURCES });
  const groupsAt = (fromMs: number, partition: number): void =>
    feed(detector, 10_000, (n) => ({
      group: [`order-${partition}-${n}`],
      timeMs: fromMs + n,
      position: { source: 'orders', partition: 0, offset: fromMs + n },
    }));
  groupsAt(0, 0);
  const full = detector.report()[0]!;
  expect(full.groups).toBe(10_000);
  expect(full.stateBytes / full.groups).toBeGreaterThan(60);
  detector.step({ kind: 'finalise', untilMs: 40_000 });
  expect(detector.report()[0]!.groups).toBe(0);
  groupsAt(50_000, 1);
  detector.step({ kind: 'finalise', untilMs: 60_000 });
  expect(detector.report()[0]).toMatchObject({ groups: 10_000, stateBytes: full.stateBytes });
});

it.each(['aggregate', 'not_followed_by', 'then', 'all_of', 'stays', 'changes', 'new', 'nothing'] as const)(
  'the memory that `explain` tells of %s is about what the engine reports',
  (kind) => {
    const by = [{ name: 'service', span }];
    const [field, value, ms] = [
      { name: 'state', span },
      { kind: 'word', text: 'NEW', span },
      { ms: 1e9, span },
    ];
    const [a, b, steps] = [
      { name: 'a', span },
      { name: 'b', span },
      ['a', 'b', 'c'].map((name) => ({ name, span })),
    ];
    const alerts = {
      aggregate: countRule(5, 1e9).alert,
      not_followed_by: { kind, first: a, then: b, within: ms, by, span },
      then: { kind, steps, within: ms, by, span },
      all_of: { kind, steps, within: ms, by, span },
      stays: { kind, field, value, during: ms, by, span },
      changes: { kind, field, from: value, to: undefined, within: ms, by, span },
      new: { kind, field, within: ms, by, span },
      nothing: { kind, during: ms, by, span },
    };
    const alert = alerts[kind] as AlertSpec;
    const detector = createDetector(rulesetOf(ruleOf(alert, { resolveAfterMs: 1e9 })), { sources: SOURCES });
    const [groups, events] = [5_000, kind === 'aggregate' ? 4 : 1];
    feed(detector, groups * events, (n) => ({
      group: [`order-${String(n % groups).padStart(12, '0')}`],
      conditions: ['when', 'a'],
      values: { state: ['NEW'] },
    }));
    const [report] = detector.report();
    expect(report?.groups).toBe(groups);
    const { groupBytes, eventBytes } = formOf(alert).stateSize(alert);
    const ratio = (groupBytes + eventBytes * events) / (report!.stateBytes / groups);
    expect(ratio).toBeGreaterThan(0.75);
    expect(ratio).toBeLessThan(1.33);
  },
);
