import { expect, test } from 'vitest';
import type { Check } from '../app.ts';
import { readiness, type ReadinessParts } from './readiness.ts';
import type { ReceiverState } from './troubles.ts';

function checks(parts: Partial<ReadinessParts>): readonly Check[] {
  return readiness({
    ...{ alertLoops: [], archiveLoops: () => [], archiveProblem: () => undefined },
    ...{ heldReading: () => undefined, stateProblem: () => undefined, rulesProblem: () => undefined },
    ...{ standing: () => [], channelProblems: () => new Map(), failing: () => [], ...parts },
  });
}

const probed = new Map([
  ['slack:#ops', undefined],
  ['webhook:audit', { problem: 'no answer', fix: 'mend it' }],
]);
const owed = (receiver: string, problem: string): ReceiverState => ({
  ...{ receiver, problem, waiting: 2, givenUp: 1 },
});

test('a receiver that answers the probe and refuses messages is not well', () => {
  const failing = (): readonly ReceiverState[] => [owed('slack:#ops', 'HTTP 401'), owed('email:old', 'gone')];
  const found = checks({ channelProblems: () => probed, failing }).filter(({ ok }) => !ok);
  expect(found).toMatchObject([
    { name: 'slack:#ops', fatal: false, detail: 'HTTP 401 (waiting: 2, given up: 1)' },
    { name: 'webhook:audit', detail: 'no answer', fix: 'mend it' },
    { name: 'email:old', detail: 'gone (waiting: 2, given up: 1)' },
  ]);
  expect(checks({ channelProblems: () => probed }).filter(({ ok }) => !ok)).toHaveLength(1);
});

test('a rule that is doubted for two sources alike names the reason once', () => {
  const row = { rule: 'sync', reason: 'source_silent', detail: '' };
  const [found] = checks({ standing: () => [row, { ...row, detail: 'other' }] }).filter(({ ok }) => !ok);
  expect(found?.detail).toBe('sync: source_silent');
});
