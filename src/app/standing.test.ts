import { expect, test } from 'vitest';
import { countRule } from '../../test/support/rules-by-hand.ts';
import type { RuleReport } from '../detect/rule-run.ts';
import { standingOf, type StandingFacts } from './standing.ts';

const minuteMs = 60_000;
const nowMs = Date.parse('2026-11-23T12:00:00Z');
const rule = { ...countRule(3, 5 * minuteMs), name: 'sync', from: [] as readonly string[] };
const report: RuleReport = {
  ...{ rule: 'sync', meaning: 'm', groups: 4, waiting: 0, settledMs: nowMs - minuteMs },
  ...{ droppedGroups: 0, tooLate: 0, cut: 0, warmingUp: 0, stateBytes: 0 },
};
const fine: StandingFacts = {
  rules: [rule],
  reports: [report],
  sources: [
    { source: 'orders', halted: [] },
    { source: 'audit', halted: [] },
  ],
  latenessMs: () => 30_000,
  losses: [],
  changes: [],
  inForceSinceMs: nowMs - minuteMs,
  nowMs,
};

const rows = (changes: Partial<StandingFacts>) => standingOf({ ...fine, ...changes });
const reported = (changes: Partial<RuleReport>) => rows({ reports: [{ ...report, ...changes }] });
const reasons = (found: ReturnType<typeof rows>): readonly string[] => found.map(({ reason }) => reason);

test('a rule with nothing wrong has no row', () => {
  expect(rows({})).toEqual([]);
});

test('a silent source is named with the time since when, and only by the rules that read it', () => {
  const sources = [{ source: 'orders', halted: [], silent: { sinceMs: nowMs - 99, forMs: 1, afterMs: 1 } }];
  expect(rows({ sources })).toEqual([
    {
      rule: 'sync',
      reason: 'source_silent',
      sinceMs: nowMs - 99,
      detail: 'nothing is read from orders, since 2026-11-23T11:59:59.901Z',
    },
  ]);
  expect(rows({ sources, rules: [{ ...rule, from: ['audit'] }] })).toEqual([]);
});

test('of a source that never gave anything, that is said', () => {
  const sources = [{ source: 'orders', halted: [], silent: { forMs: 1, afterMs: 1 } }];
  expect(rows({ sources })[0]!.detail).toBe('nothing is read from orders, of which nothing was ever read');
});

test('a halted partition is named with what was seen', () => {
  const sources = [{ source: 'orders', halted: ['t/0: gone', 't/1: gone'] }];
  expect(rows({ sources })).toMatchObject([
    { reason: 'source_halted', detail: 'orders: t/0: gone (and 1 more)' },
  ]);
});

test('results later than the window, beyond what lateness and idleness always take, are a lag', () => {
  const usualMs = 5 * minuteMs + 30_000 + minuteMs + 10_000;
  expect(reported({ settledMs: nowMs - usualMs })).toEqual([]);
  expect(reported({ settledMs: nowMs - usualMs - 1 })).toMatchObject([
    {
      reason: 'lag',
      sinceMs: nowMs - usualMs - 1,
      detail: expect.stringMatching(/evaluated up to .*, 6m40s behind the clock/u) as string,
    },
  ]);
});

test('a rule of which nothing was ever settled is late from when it came into force', () => {
  const { settledMs, ...unsettled } = report;
  expect(settledMs).toBeLessThan(nowMs);
  expect(rows({ reports: [unsettled] })).toEqual([]);
  const late = rows({ reports: [unsettled], inForceSinceMs: nowMs - 60 * minuteMs });
  expect(late).toMatchObject([
    { reason: 'lag', detail: expect.stringMatching(/nothing has been evaluated yet, 1h behind/u) as string },
  ]);
});

test('groups that lack the past of a baseline are counted', () => {
  expect(reported({ warmingUp: 2 })).toMatchObject([
    { reason: 'warming_up', detail: expect.stringMatching(/^2 of 4 groups lack/u) as string },
  ]);
});

test('a rule that began in the midst of events says until when, and why', () => {
  const untilMs = nowMs + minuteMs;
  const changes = [{ rule: 'sync', form: 'f', change: 'began_anew', changedAtMs: nowMs - 5 } as const];
  expect(rows({ reports: [{ ...report, incompleteUntilMs: untilMs }], changes })).toEqual([
    {
      rule: 'sync',
      reason: 'incomplete_until',
      sinceMs: nowMs - 5,
      untilMs,
      detail: 'its meaning was changed, so it began anew: what began before may be missed',
    },
  ]);
});

test('losses are told until the windows that they were in have passed', () => {
  const losses = [
    { rule: 'sync', kind: 'groups_dropped', firstMs: nowMs - 9, lastMs: nowMs, count: 1 },
    { rule: 'sync', kind: 'too_late', firstMs: nowMs, lastMs: nowMs, count: 2 },
    { rule: 'other', kind: 'future', firstMs: nowMs, lastMs: nowMs, count: 2 },
  ] as const;
  expect(rows({ losses })).toMatchObject([
    {
      reason: 'groups_dropped',
      sinceMs: nowMs - 9,
      untilMs: nowMs + 60 * minuteMs,
      detail: expect.stringMatching(/^1 group dropped/u) as string,
    },
    { reason: 'too_late', detail: expect.stringMatching(/^2 matching events came too late/u) as string },
  ]);
});

test('an invalid folder is told once, for all rules', () => {
  expect(rows({ rulesProblem: 'a.rule:1:1: wrong\n  more' })).toEqual([
    {
      reason: 'rules_invalid',
      detail: 'the rules folder is invalid, the last good rules run: a.rule:1:1: wrong',
    },
  ]);
});

test('several reasons stand beside each other', () => {
  const sources = [{ source: 'orders', halted: ['x'], silent: { forMs: 1, afterMs: 1 } }];
  const found = rows({ sources, reports: [{ ...report, warmingUp: 1 }] });
  expect(reasons(found)).toEqual(['source_silent', 'source_halted', 'warming_up']);
});
