import { expect, test } from 'vitest';
import type { CounterName, Labels } from '../../event/telemetry.ts';
import { lossKindOf } from './loss-kinds.ts';
import type { Loss } from './losses.ts';
import { troublesOf, type TroubleFacts } from './conditions.ts';

const NOW_MS = 10_000_000;
const fine: TroubleFacts = {
  sources: [{ source: 'orders', halted: [] }],
  losses: [],
  maxGroups: () => 7,
  neededLatenessMs: () => 45_000,
  rules: { running: 3 },
  receivers: [],
  archive: { lagMs: 0 },
  process: {},
  lagAfterMs: 300_000,
  nowMs: NOW_MS,
};
const troubles = (changes: Partial<TroubleFacts>) => troublesOf({ ...fine, ...changes });

test('where all is well there is none', () => {
  expect(troubles({})).toEqual([]);
});

test('each thing that is wrong with a source is one', () => {
  const silent = { sinceMs: 5_000, forMs: 60_000, afterMs: 50_000 };
  const behind = { byMs: 300_001, readToMs: NOW_MS - 300_001 };
  expect(troubles({ sources: [{ source: 'orders', silent, behind, halted: ['t/0: gone'] }] })).toEqual([
    {
      rule: 'tocsin_source_silent',
      group: { source: 'orders' },
      sinceMs: 5_000,
      isCertain: true,
      figures: { silent_ms: 60_000, limit_ms: 50_000, since: '1970-01-01T00:00:05.000Z' },
    },
    {
      rule: 'tocsin_source_halted',
      group: { source: 'orders' },
      figures: { partitions: 1, problem: 't/0: gone' },
    },
    {
      rule: 'tocsin_lag',
      group: { source: 'orders' },
      figures: { behind_ms: 300_001, read_to: '1970-01-01T02:41:39.999Z', limit_ms: 300_000 },
    },
  ]);
});

test('a lag of no more than the limit is none', () => {
  expect(
    troubles({ sources: [{ source: 'orders', behind: { byMs: 300_000, readToMs: 0 }, halted: [] }] }),
  ).toEqual([]);
});

const loss = (counter: CounterName, labels: Labels, more: Partial<Loss> = {}): Loss => ({
  counter,
  labels,
  firstMs: NOW_MS - 9,
  lastMs: NOW_MS,
  count: 4,
  kind: lossKindOf(counter)!,
  isTold: true,
  ...more,
});

test('a loss is one at once, where people are to be told', () => {
  const losses = [
    loss('groups_dropped', { rule: 'a' }),
    loss('lines_lost', { source: 'orders', reader: 'alert' }),
    loss('events_future', { source: 'orders' }, { lately: { count: 3, total: 4, spanMs: 9 } }),
    loss('matches_too_late', { rule: 'a' }),
    loss('dead_letters', { reason: 'x' }, { isTold: false }),
  ];
  const since = '1970-01-01T02:46:39.991Z';
  expect(troubles({ losses })).toEqual(
    [
      {
        rule: 'tocsin_groups_dropped',
        group: { rule: 'a' },
        figures: { since, count: 4, dropped: 4, max_groups: 7 },
      },
      {
        rule: 'tocsin_lines_lost',
        group: { source: 'orders', reader: 'alert' },
        figures: { since, count: 4 },
      },
      {
        rule: 'tocsin_source_misread',
        group: { source: 'orders', why: 'lines_future' },
        figures: { since, count: 4, lately: 3, total: 4, span_ms: 9 },
      },
      { rule: 'tocsin_matches_lost', group: { rule: 'a', why: 'too_late' }, figures: { since, count: 4 } },
    ].map((each) => ({ ...each, sinceMs: NOW_MS - 9, isCertain: true })),
  );
});

test('of an alert that lines came too late for, the lateness that would have kept them is said', () => {
  expect(troubles({ losses: [loss('alerts_missed', { rule: 'a' })] })).toMatchObject([
    {
      rule: 'tocsin_matches_lost',
      group: { rule: 'a', why: 'alert_missed' },
      figures: { lateness_ms: 45_000 },
    },
  ]);
});

test('of an older state the kind says what was seen', () => {
  const losses = [loss('state_lost', { kind: 'put_back' })];
  expect(troubles({ losses })).toMatchObject([
    {
      rule: 'tocsin_state_older',
      group: { kind: 'put_back' },
      figures: { count: 4 },
    },
  ]);
});

test('a source out of reach, and one that holds the time back, are each one once that lasts', () => {
  const sources = [
    {
      source: 'orders',
      halted: [],
      unreachable: { because: 't/0: gone', sinceMs: 5 },
      waits: { because: 't/1: a transaction', sinceMs: 6 },
    },
  ];
  expect(troubles({ sources })).toEqual([
    {
      rule: 'tocsin_source_unreachable',
      group: { source: 'orders' },
      sinceMs: 5,
      figures: { problem: 't/0: gone' },
    },
    {
      rule: 'tocsin_time_held',
      group: { source: 'orders' },
      sinceMs: 6,
      figures: { problem: 't/1: a transaction' },
    },
  ]);
});

test('an archive is one with a problem, and where it is further behind than the limit', () => {
  expect(troubles({ archive: { lagMs: 300_000 } })).toEqual([]);
  expect(troubles({ archive: { lagMs: 300_001 } })).toMatchObject([
    {
      rule: 'tocsin_archive_behind',
      sinceMs: NOW_MS - 300_001,
      figures: { behind_ms: 300_001, limit_ms: 300_000 },
    },
  ]);
  expect(troubles({ archive: { lagMs: 0, problem: 'refused' } })).toMatchObject([
    { rule: 'tocsin_archive_behind', figures: { problem: 'refused' } },
  ]);
});

test('what happened to the process is told for an hour', () => {
  const process = {
    clockJump: { atMs: NOW_MS, byMs: -7_000 },
    unwritable: { sinceMs: NOW_MS - 60_000, untilMs: NOW_MS, problem: 'full' },
  };
  expect(troubles({ process }).map(({ rule, figures }) => [rule, figures])).toEqual([
    ['tocsin_clock_jumped', { at: '1970-01-01T02:46:40.000Z', by_ms: 7_000, direction: 'back' }],
    [
      'tocsin_state_unwritable',
      {
        since: '1970-01-01T02:45:40.000Z',
        until: '1970-01-01T02:46:40.000Z',
        lasted_ms: 60_000,
        problem: 'full',
      },
    ],
  ]);
  expect(troubles({ process, nowMs: NOW_MS + 3_599_999 })).toHaveLength(2);
  expect(troubles({ process, nowMs: NOW_MS + 3_600_000 })).toEqual([]);
});

test('invalid rules say the first finding and how many run instead', () => {
  expect(troubles({ rules: { problem: 'a.rule:1:1: wrong\n more', running: 3 } })).toEqual([
    { rule: 'tocsin_rules_invalid', group: {}, figures: { problem: 'a.rule:1:1: wrong', running: 3 } },
  ]);
});

test('a receiver that fails is one, whatever else fails', () => {
  const receivers = [
    { receiver: 'webhook:a', waiting: 2, oldestMs: 1_000, givenUp: 1, problem: 'HTTP 503' },
    { receiver: 'terminal', waiting: 0, givenUp: 0 },
  ];
  expect(troubles({ receivers }).map(({ group, figures }) => [group, figures])).toEqual([
    [
      { receiver: 'webhook:a' },
      { waiting: 2, given_up: 1, problem: 'HTTP 503', oldest: '1970-01-01T00:00:01.000Z' },
    ],
    [{ receiver: 'terminal' }, { waiting: 0, given_up: 0 }],
  ]);
});

test('the cause for which lines are misread, a line and the fix are among the figures', () => {
  const misread = loss('events_undecodable', { source: 'orders' });
  const fault = { cause: 'not valid JSON', example: 'garbled', fix: 'write `decode: log4j`' };
  expect(troubles({ losses: [{ ...misread, fault }] })[0]?.figures).toMatchObject(fault);
  expect(troubles({ losses: [misread] })[0]?.figures).not.toHaveProperty('cause');
});
