import { expect, test } from 'vitest';
import { atEverySize } from '../../test/support/growth.ts';
import { batch, detectorOf } from '../../test/support/detector-steps.ts';
import { aggregate, comparison, countOf, ruleOf, rulesetOf, span } from '../../test/support/rules-by-hand.ts';
import type { Random } from '../../test/support/timelines.ts';
import type { Transition } from '../event/alert.ts';
import type { EventPosition, Value } from '../event/event.ts';
import type { Match, ShownEvent } from '../event/match.ts';
import type { Rule } from '../rule/ast.ts';
import { createDetector } from './detector.ts';
import type { BatchInput } from './input/input.ts';

const SOURCES = [{ name: 'orders', latenessMs: 20 }];
/** Values that are alike: some have the same text, 0 and -0 are one group. */
const VALUES: readonly Value[] = [0, -0, '0', 1, '1', true, 'true', '', 'pay"', '订单'];

function rulesOf(count: number, random: Random): readonly Rule[] {
  return Array.from({ length: count }, (_, i) => {
    const by = ['service', 'n', 'kind'].slice(0, random.below(4)).map((name) => ({ name, span }));
    const counted = aggregate([comparison(countOf(), '>=', 1 + random.below(4))], 10 + random.below(50));
    return ruleOf({ ...counted, by }, { name: `r${i}`, resolveNever: random.chance(20) }, random.chance(80));
  });
}

/** The matches of an event: of some rules, one or the other of them as if it were of an older version of its rule. */
function matchesOf(
  rules: readonly Rule[],
  position: EventPosition,
  timeMs: number,
  random: Random,
): readonly Match[] {
  const values = Array.from({ length: 5 }, () => random.pick(VALUES));
  const shown = { excerpt: `line ${position.offset}`, fields: {} };
  const some = rules
    .filter(() => random.chance(70))
    .map(({ name, alert }) => ({ name, by: alert.by.length }));
  return [...some, { name: 'gone', by: 1 }].map(({ name, by }, i) => ({
    rule: name,
    conditions: random.chance(95) ? ['when'] : ['a'],
    group: values.slice(i % 3).slice(0, random.chance(95) ? by : random.below(4)),
    timeMs,
    // A position of its own now and then: the same event, as another matcher gives it.
    position: random.chance(90) ? position : { ...position },
    shown,
  }));
}

function batchesOf(rules: readonly Rule[], events: number, random: Random): readonly BatchInput[] {
  const batches: BatchInput[] = [];
  let offset = 0;
  for (let left = events; left > 0;) {
    const matches: Match[] = [];
    const clockMs = 1_000 + offset * 5;
    for (let i = 1 + random.below(Math.min(left, 50)); i > 0; i--, left--) {
      const timeMs = clockMs + random.below(60) - 30;
      const position = { source: 'orders', partition: 0, offset: offset++ };
      matches.push(...matchesOf(rules, position, timeMs, random));
    }
    const times = { firstTimeMs: clockMs - 30, lastTimeMs: clockMs + 30, watermarkMs: clockMs - 10 };
    batches.push({ kind: 'batch', source: 'orders', partition: 0, clockMs, ...times, matches });
    if (random.chance(10)) batches.push(batches.at(-1)!);
  }
  return batches;
}

test('rules that match the same events are told of what each of them is told of alone', () => {
  let told = 0;
  atEverySize((size, random) => {
    const rules = rulesOf(1 + random.below(12), random);
    const batches = batchesOf(rules, Math.min(size, 400), random);
    const together = createDetector(rulesetOf(...rules), { sources: SOURCES });
    const transitions = batches.flatMap((batch) => together.step(batch));
    told += transitions.length;
    for (const rule of rules) {
      const alone = createDetector(rulesetOf(rule), { sources: SOURCES });
      expect(
        transitions.filter(({ episode }) => episode.rule === rule.name),
        `size ${size}, ${rule.name}`,
      ).toEqual(batches.flatMap((batch) => alone.step(batch)));
      expect(together.reportOf(rule.name)?.tooLate).toBe(alone.reportOf(rule.name)?.tooLate);
    }
  });
  expect(told).toBeGreaterThan(1_000);
});

test('what an event is shown by is not looked at before it is a sample of an alert', () => {
  const looked: number[] = [];
  const detector = detectorOf(3, 10_000);
  const step = (offset: number): readonly Transition[] => {
    const input = batch([offset * 100], offset);
    const shown: ShownEvent = {
      get excerpt() {
        looked.push(offset);
        return `line ${offset}`;
      },
      fields: {},
    };
    return detector.step({ ...input, matches: input.matches.map((match) => ({ ...match, shown })) });
  };
  for (const offset of [1, 2]) expect(step(offset)).toEqual([]);
  expect(looked).toEqual([]);
  const [fired] = step(3);
  expect(fired!.episode.samples.map(({ excerpt }) => excerpt)).toEqual(['line 1', 'line 2', 'line 3']);
  expect(new Set(looked)).toEqual(new Set([1, 2, 3]));
});
