import { expect, test } from 'vitest';
import { silent, type Telemetry } from '../event/telemetry.ts';
import type { Match } from '../event/match.ts';
import { countMatches } from './counts.ts';

test('matches are counted by rule, and those that count for none by rule and why', () => {
  const counted: string[] = [];
  const telemetry: Telemetry = {
    ...silent,
    count: (name, { rule }, by = 1) => void counted.push(`${name} ${rule} ${by}`),
  };
  const position = { source: 's', partition: 0, offset: 0 };
  const match: Match = {
    ...{ rule: 'a', conditions: ['when'], group: [], timeMs: 0, position, excerpt: '', fields: {} },
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
