/** Groups at whose events nothing need be judged: they are forgotten as others are, and take the memory of others. */
import { expect, test } from 'vitest';
import { atEverySize } from '../../test/support/growth.ts';
import { countRule, rulesetOf } from '../../test/support/rules-by-hand.ts';
import type { Rule } from '../rule/ast.ts';
import { createDetector, type Detector } from './detector.ts';
import type { BatchInput } from './input/input.ts';

interface At {
  readonly group: string;
  readonly timeMs: number;
  readonly rule?: string;
}

/** A batch whose events are final at once. */
function batchOf(matches: readonly At[], watermarkMs: number): BatchInput {
  return {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: watermarkMs,
    watermarkMs,
    ...(matches.length > 0 && { firstTimeMs: matches[0]!.timeMs, lastTimeMs: matches.at(-1)!.timeMs }),
    matches: matches.map(({ group, timeMs, rule = 'a_rule' }, offset) => ({
      rule,
      conditions: ['when'],
      group: [group],
      timeMs,
      position: { source: 'orders', partition: 0, offset: timeMs * 10_000 + offset },
      shown: { excerpt: 'x', fields: {} },
    })),
  };
}

const detectorOf = (...rules: readonly Rule[]): Detector =>
  createDetector(rulesetOf(...rules), { sources: [{ name: 'orders', latenessMs: 0 }], provisional: false });

test('groups that come, go and come again within one step are forgotten', () => {
  atEverySize((size) => {
    const detector = detectorOf(countRule(50, 10, { maxGroups: 10_000 }));
    const groups = Array.from({ length: size }, (_, i) => `order-${i}`);
    const matches = [0, 5, 100, 150].flatMap((timeMs) => groups.map((group) => ({ group, timeMs })));
    detector.step(batchOf(matches, 150));
    detector.step(batchOf([], 400));
    expect(detector.report()[0]!.groups).toBe(0);
    expect(detector.nextMs()).toBe(Infinity);
  });
});

test('a rule that holds over nothing ends its steps, however many events there are', () => {
  for (let events = 1; events <= 80; events += 1) {
    const detector = detectorOf(countRule(0, 1_000));
    const matches = Array.from({ length: events }, (_, timeMs) => ({ group: 'pay', timeMs }));
    const transitions = [...detector.step(batchOf(matches, 500)), ...detector.step(batchOf([], 5_000))];
    expect(transitions.map(({ kind }) => kind)).toEqual(['fired']);
    expect(detector.nextMs()).toBe(86_400_000 + events - 1);
  }
});

test('what waits takes no more memory where there are many rules', () => {
  const rules = Array.from({ length: 1_000 }, (_, i) => countRule(5, 1_000, { name: `rule_${i}` }));
  const detector = detectorOf(...rules);
  const before = process.memoryUsage().heapUsed;
  for (let from = 0; from < 20_000; from += 1_000) {
    const groups = Array.from({ length: 1_000 }, (_, i) => `order-${from + i}`);
    const matches = groups.map((group) => ({ group, timeMs: 1_000_000, rule: 'rule_999' }));
    detector.step({ ...batchOf(matches, 0), partition: from });
  }
  expect(detector.waiting()).toBe(20_000);
  // A place for each rule in each group would take 240 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
});
