import { expect, test } from 'vitest';
import { countRule } from '../../../test/support/rules-by-hand.ts';
import type { CounterName, Labels } from '../../event/telemetry.ts';
import type { RuleReport } from '../../detect/rule-report.ts';
import { lossKindOf } from './loss-kinds.ts';
import type { Loss } from './losses.ts';
import { ruleHealthOf, type HealthFacts } from './rule-health.ts';

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const rule = { ...countRule(3, 5 * MINUTE_MS), name: 'sync', from: [] as readonly string[] };
const report: RuleReport = {
  rule: 'sync',
  meaning: 'm',
  groups: 4,
  waiting: 0,
  finalMs: NOW_MS - MINUTE_MS,
  droppedGroups: 0,
  tooLate: 0,
  cut: 0,
  warmingUp: 0,
  stateBytes: 0,
};
const fine: HealthFacts = {
  rules: [rule],
  reports: [report],
  sources: [
    { source: 'orders', halted: [] },
    { source: 'audit', halted: [] },
  ],
  latenessMs: () => 30_000,
  losses: [],
  changes: [],
  inForceSinceMs: NOW_MS - MINUTE_MS,
  nowMs: NOW_MS,
};

const rows = (changes: Partial<HealthFacts>) => ruleHealthOf({ ...fine, ...changes });
const reported = (changes: Partial<RuleReport>) => rows({ reports: [{ ...report, ...changes }] });
const reasons = (found: ReturnType<typeof rows>): readonly string[] => found.map(({ reason }) => reason);

test('a rule with nothing wrong has no row', () => {
  expect(rows({})).toEqual([]);
});

test('a silent source is named with the time since when, and only by the rules that read it', () => {
  const sources = [{ source: 'orders', halted: [], silent: { sinceMs: NOW_MS - 99, forMs: 1, afterMs: 1 } }];
  expect(rows({ sources })).toEqual([
    {
      rule: 'sync',
      reason: 'source_silent',
      sinceMs: NOW_MS - 99,
      detail: 'nothing is read from orders',
    },
  ]);
  expect(rows({ sources, rules: [{ ...rule, from: ['audit'] }] })).toEqual([]);
});

test('two sources that are silent are told each with its own time', () => {
  const sources = ['orders', 'audit'].map((source, i) => ({
    source,
    halted: [],
    silent: { sinceMs: NOW_MS - i, forMs: 1, afterMs: 1 },
  }));
  expect(rows({ sources })).toMatchObject([
    { sinceMs: NOW_MS, detail: 'nothing is read from orders' },
    { sinceMs: NOW_MS - 1, detail: 'nothing is read from audit' },
  ]);
});

test('of a source that never gave anything, that is said', () => {
  const sources = [{ source: 'orders', halted: [], silent: { forMs: 1, afterMs: 1 } }];
  expect(rows({ sources })[0]!.detail).toBe('nothing is read from orders, and never was anything');
});

test('a halted partition is named with what was seen', () => {
  const sources = [{ source: 'orders', halted: ['t/0: gone', 't/1: gone'] }];
  expect(rows({ sources })).toMatchObject([
    { reason: 'source_halted', detail: 'orders: t/0: gone (and 1 more)' },
  ]);
});

test('results later than the window, beyond what lateness and idleness always take, are a lag', () => {
  const usualMs = 5 * MINUTE_MS + 30_000 + MINUTE_MS + 10_000;
  expect(reported({ finalMs: NOW_MS - usualMs })).toEqual([]);
  expect(reported({ finalMs: NOW_MS - usualMs - 1 })).toMatchObject([
    {
      reason: 'lag',
      sinceMs: NOW_MS - usualMs - 1,
      detail: expect.stringMatching(/^evaluated up to then only, 6m40s behind the clock$/u) as string,
    },
  ]);
});

test('a rule of which nothing was ever settled is late from when it came into force', () => {
  const { finalMs, ...notFinal } = report;
  expect(finalMs).toBeLessThan(NOW_MS);
  expect(rows({ reports: [notFinal] })).toEqual([]);
  const late = rows({ reports: [notFinal], inForceSinceMs: NOW_MS - 60 * MINUTE_MS });
  expect(late).toMatchObject([
    { reason: 'lag', detail: expect.stringMatching(/nothing has been evaluated yet, 1h behind/u) as string },
  ]);
});

test('groups that lack the past of a baseline are counted', () => {
  expect(reported({ warmingUp: 2 })).toMatchObject([
    { reason: 'warming_up', detail: expect.stringMatching(/^2 of 4 groups lack/u) as string },
  ]);
});

test('a rule whose sources were not heard long enough says until when it cannot fire, also without a group', () => {
  const untilMs = NOW_MS + MINUTE_MS;
  expect(reported({ warmingUp: 0, groups: 0, warmingUntilMs: untilMs })).toEqual([
    {
      rule: 'sync',
      reason: 'warming_up',
      untilMs,
      detail: 'its sources have not been heard for long enough for its baseline: it cannot fire yet',
    },
  ]);
});

test('a rule that began in the midst of events says until when, and why', () => {
  const untilMs = NOW_MS + MINUTE_MS;
  const changes = [{ rule: 'sync', form: 'f', change: 'began_anew', changedAtMs: NOW_MS - 5 } as const];
  expect(rows({ reports: [{ ...report, incompleteUntilMs: untilMs }], changes })).toEqual([
    {
      rule: 'sync',
      reason: 'incomplete_until',
      sinceMs: NOW_MS - 5,
      untilMs,
      detail: 'its meaning was changed, so it began anew: what began before may be missed',
    },
  ]);
});

const loss = (counter: CounterName, labels: Labels, count: number, isTold = true): Loss => ({
  counter,
  labels,
  count,
  firstMs: NOW_MS - 9,
  lastMs: NOW_MS,
  kind: lossKindOf(counter)!,
  isTold,
});

test('losses of a rule are told until the windows that they were in have passed', () => {
  const losses = [
    loss('groups_dropped', { rule: 'sync' }, 1),
    loss('matches_too_late', { rule: 'sync' }, 2, false),
    loss('matches_future', { rule: 'other' }, 2),
  ];
  expect(rows({ losses })).toMatchObject([
    {
      rule: 'sync',
      reason: 'groups_dropped',
      sinceMs: NOW_MS - 9,
      untilMs: NOW_MS + 60 * MINUTE_MS,
      detail: expect.stringMatching(/^1 group dropped/u) as string,
    },
    {
      rule: 'sync',
      reason: 'too_late',
      detail: expect.stringMatching(/^2 matching events came too late/u) as string,
    },
  ]);
});

test('lines lost before alerting read them put every rule of their source in doubt, those of the archive none', () => {
  const losses = [
    loss('lines_lost', { source: 'orders', reader: 'alert' }, 3),
    loss('lines_lost', { source: 'orders', reader: 'archive' }, 3),
  ];
  expect(rows({ losses })).toMatchObject([
    { rule: 'sync', reason: 'lines_lost', detail: expect.stringMatching(/before alerting/u) as string },
    {
      of: 'source orders',
      reason: 'lines_lost',
      detail: expect.stringMatching(/before the archive/u) as string,
    },
  ]);
  expect(rows({ losses, rules: [{ ...rule, from: ['audit'] }] }).map(({ of }) => of)).toEqual([
    'source orders',
  ]);
});

test('a few lines that could not be read are told of their source; most of them put its rules in doubt', () => {
  const few = loss('events_undecodable', { source: 'orders' }, 3, false);
  expect(rows({ losses: [few] })).toMatchObject([{ of: 'source orders', reason: 'lines_undecodable' }]);
  const most = { ...few, isTold: true, lately: { count: 60, total: 100, spanMs: 3_600_000 } };
  expect(rows({ losses: [most] })).toMatchObject([
    {
      rule: 'sync',
      reason: 'lines_undecodable',
      detail: '3 lines of orders could not be decoded: kept as text (60 of 100 in the last 1h)',
    },
  ]);
});

test('a source out of reach and one that holds the time back are told by the rules that read it', () => {
  const sources = [
    {
      source: 'orders',
      halted: [],
      unreachable: { because: 'gone', sinceMs: 5 },
      waits: { because: 'a transaction', sinceMs: 6 },
    },
  ];
  expect(rows({ sources })).toMatchObject([
    { rule: 'sync', reason: 'source_unreachable', sinceMs: 5 },
    { rule: 'sync', reason: 'time_held', sinceMs: 6 },
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
