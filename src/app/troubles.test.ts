import { expect, test } from 'vitest';
import { troublesOf, type TroubleFacts } from './troubles.ts';

const nowMs = 10_000_000;
const fine: TroubleFacts = {
  sources: [{ source: 'orders', halted: [] }],
  losses: [],
  maxGroups: () => 7,
  rules: { running: 3 },
  receivers: [],
  lagAfterMs: 300_000,
  nowMs,
};
const troubles = (changes: Partial<TroubleFacts>) => troublesOf({ ...fine, ...changes });

test('where all is well there is none', () => {
  expect(troubles({})).toEqual([]);
});

test('each thing that is wrong with a source is one', () => {
  const silent = { sinceMs: 5_000, forMs: 60_000, afterMs: 50_000 };
  const behind = { byMs: 300_001, readToMs: nowMs - 300_001 };
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

test('dropped groups are one for an hour; late events are for the metrics and the standing', () => {
  const loss = { rule: 'a', firstMs: nowMs - 9, lastMs: nowMs - 3_599_999, count: 4 } as const;
  const losses = [
    { ...loss, kind: 'groups_dropped' },
    { ...loss, kind: 'too_late' },
  ] as const;
  expect(troubles({ losses })).toMatchObject([
    { rule: 'tocsin_groups_dropped', group: { rule: 'a' }, figures: { dropped: 4, max_groups: 7 } },
  ]);
  expect(troubles({ losses, nowMs: nowMs + 1 })).toEqual([]);
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
