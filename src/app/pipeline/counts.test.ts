import { expect, test } from 'vitest';
import { silent, type Telemetry } from '../../event/telemetry.ts';
import type { Match } from '../../event/match.ts';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { countDecoded, countMatches } from './counts.ts';

test('matches are counted by rule, and those that count for none by rule and why', () => {
  const counted: string[] = [];
  const telemetry: Telemetry = {
    ...silent,
    count: (name, { rule }, by = 1) => void counted.push(`${name} ${rule} ${by}`),
  };
  const position = { source: 's', partition: 0, offset: 0 };
  const match: Match = {
    rule: 'a',
    conditions: ['when'],
    group: [],
    timeMs: 0,
    position,
    shown: { excerpt: '', fields: {} },
  };
  countMatches(
    telemetry,
    [match],
    [
      { rule: 'a', reason: 'too_late', count: 2 },
      { rule: 'b', reason: 'future', count: 3 },
      { rule: 'b', reason: 'group_missing', count: 4 },
    ],
  );
  expect(counted).toEqual([
    'events_matched a 1',
    'matches_too_late a 2',
    'matches_future b 3',
    'group_missing b 4',
  ]);
});

test('many matches of a rule are counted at once', () => {
  const counted: string[] = [];
  const telemetry: Telemetry = {
    ...silent,
    count: (name, { rule }, by = 1) => void counted.push(`${name} ${rule} ${by}`),
  };
  const position = { source: 's', partition: 0, offset: 0 };
  const shown = { excerpt: '', fields: {} };
  const matches = ['a', 'b', 'a', 'a'].map((rule): Match => {
    return { rule, conditions: ['when'], group: [], timeMs: 0, position, shown };
  });
  countMatches(telemetry, matches, []);
  expect(counted).toEqual(['events_matched a 3', 'events_matched b 1']);
});

test('what a batch held is counted by source, lines that are no UTF-8 too', () => {
  const counted = new Map<string, number>();
  const telemetry: Telemetry = {
    ...silent,
    count: (name, { source }, by = 1) => void counted.set(`${name} ${source}`, by),
  };
  const counts = {
    late: 0,
    tooLate: 1,
    future: 0,
    undecodable: 2,
    timeInferred: 0,
    garbled: { lines: 3, looksLike: 'gbk' },
    unfit: new Map(),
  };
  const batch = makeBatch(['a', 'b', 'c'], { readAtMs: 0 });
  countDecoded(telemetry, 'orders', batch, { counts });
  expect(Object.fromEntries(counted)).toMatchObject({
    'events_in orders': 3,
    'events_too_late orders': 1,
    'events_undecodable orders': 2,
    'events_not_utf8 orders': 3,
  });
});
