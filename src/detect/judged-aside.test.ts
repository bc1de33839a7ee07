import { describe, expect, it } from 'vitest';
import { batch, detectorOf, SOURCES } from '../../test/support/detector-steps.ts';
import { countRule, ruleOf, rulesetOf, span } from '../../test/support/rules-by-hand.ts';
import { seeded } from '../../test/support/timelines.ts';
import type { Match } from '../event/match.ts';
import { createDetector, restoreDetector, type Detector } from './detector.ts';
import type { BatchInput } from './input/input.ts';
import type { LateReport } from './rule-report.ts';
import { createRecent } from './time/recent.ts';

/** A batch of which some came too late: it moves the watermark no further. */
const late = (times: readonly number[], from: number, watermarkMs: number, service = 'pay'): BatchInput => ({
  ...batch([], from),
  watermarkMs,
  late: batch(times, from, service).matches,
});
/** A batch without a match, up to this time. */
const upTo = (timeMs: number): BatchInput => ({ ...batch([timeMs], 0), matches: [] });
const lateOf = (detector: Detector): LateReport | undefined => detector.report()[0]!.late;

describe('a match that came too late', () => {
  it('is told where the rule would have fired with it, with the lateness that would have kept it', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([1_000, 2_000], 0));
    detector.step(upTo(60_000));
    expect(lateOf(detector)).toBeUndefined();
    expect(detector.step(late([1_500], 2, 59_000))).toEqual([]);
    expect(lateOf(detector)).toEqual({
      missed: 1,
      untrue: 0,
      unjudged: 0,
      latenessMs: 58_500,
      example: { group: ['pay'], timeMs: 1_500 },
    });
    // It counts nowhere all the same.
    expect(detector.report()[0]).toMatchObject({ groups: 0, waiting: 0 });
  });

  it('would have been in time with just that lateness', () => {
    const patient = createDetector(rulesetOf(countRule(3, 10_000)), {
      sources: [{ name: 'orders', latenessMs: 58_500 }],
    });
    patient.step({ ...batch([1_000, 2_000], 0), watermarkMs: 2_000 - 58_500 });
    patient.step({ ...upTo(60_000), watermarkMs: 60_000 - 58_500 });
    patient.step({ ...batch([1_500], 2), watermarkMs: 60_000 - 58_500 });
    expect(patient.step({ kind: 'finalise', untilMs: 60_000 })).toHaveLength(2);
    expect(patient.report()[0]).toMatchObject({ tooLate: 0 });
  });

  it('is not where it changes nothing: too few, another group, or what was told anyway', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([1_000, 2_000], 0));
    detector.step(batch([1_100, 1_200, 2_100], 2, 'stock'));
    detector.step(upTo(60_000));
    detector.step(late([1_500], 5, 59_000, 'mail'));
    detector.step(late([1_500], 6, 59_000, 'stock'));
    detector.step(late([30_000], 7, 59_000));
    detector.step(upTo(100_000));
    expect(lateOf(detector)).toBeUndefined();
  });

  it('is judged together with the others, those that only this rule had settled past as well', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([1_000], 0));
    detector.step({ kind: 'tick', clockMs: 200_000, idle: [{ source: 'orders', partition: 0 }] });
    detector.step(late([1_500], 1, 0));
    expect(lateOf(detector)).toBeUndefined();
    detector.step(batch([2_000], 2));
    expect(lateOf(detector)).toMatchObject({ missed: 1, latenessMs: 1_000 + 139_001 - 1_500 });
    expect(detector.report()[0]!.tooLate).toBe(1);
  });

  it('waits until what decides with it is settled', () => {
    const breach = ruleOf(
      {
        kind: 'not_followed_by',
        first: { name: 'a', span },
        then: { name: 'b', span },
        within: { ms: 10_000, span },
        by: [{ name: 'service', span }],
        span,
      } as never,
      {},
      false,
    );
    const of = (input: BatchInput, name: string): BatchInput => {
      const named = (matches: readonly Match[]): Match[] =>
        matches.map((match) => ({ ...match, conditions: [name] }));
      return { ...input, matches: named(input.matches), ...(input.late && { late: named(input.late) }) };
    };
    const detector = createDetector(rulesetOf(breach), { sources: SOURCES });
    detector.step(of(batch([1_000], 0), 'a'));
    detector.step(of(batch([20_000], 1), 'c'));
    expect(detector.report()[0]!.late).toBeUndefined();
    // The B that discharges the first A: its alert was not true.
    detector.step(of(late([5_000], 2, 19_000), 'b'));
    expect(lateOf(detector)).toMatchObject({ missed: 0, untrue: 1, latenessMs: 15_000 });
    // An A of its own, whose deadline has not run out.
    detector.step(of(late([15_000], 3, 19_000), 'a'));
    detector.step(upTo(25_000));
    expect(lateOf(detector)).toMatchObject({ missed: 0, untrue: 1 });
    detector.step(upTo(27_000));
    expect(lateOf(detector)).toMatchObject({ missed: 1, untrue: 1 });
  });

  it('is not judged where the past is gone, and that is said', () => {
    const before = detectorOf(3, 10_000);
    before.step(batch([1_000, 2_000], 0));
    before.step(upTo(60_000));
    const detector = restoreDetector([...before.checkpoint()]);
    detector.step(late([59_500], 2, 59_600));
    expect(lateOf(detector)).toMatchObject({ missed: 0, unjudged: 1 });
    detector.step(batch([80_000, 81_000], 3));
    detector.step(upTo(90_000));
    detector.step(late([82_000], 5, 89_000));
    expect(lateOf(detector)).toMatchObject({ missed: 1, unjudged: 1 });
  });

  it('is one of a hundred that are judged at a time', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(upTo(60_000));
    const times = Array.from({ length: 130 }, (_, i) => 55_000 + i);
    for (const [i, timeMs] of times.entries()) detector.step(late([timeMs], i, 59_000, `service ${i}`));
    expect(lateOf(detector)).toMatchObject({ missed: 0, unjudged: 30 });
  });
});

it('says of random matches just what a patient source would have made of them', () => {
  let missed = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed);
    const rule = countRule(2 + random.below(3), 1 + random.below(2_000), {
      cooldownMs: random.pick([0, 1_500]),
    });
    const [hasty, patient] = [1, 2].map(() =>
      createDetector(rulesetOf(rule), { sources: SOURCES, provisional: false }),
    );
    const fired = [0, 0];
    const step = (of: number, input: BatchInput): void => {
      const transitions = [hasty!, patient!][of]!.step(input);
      fired[of]! += transitions.filter(({ kind }) => kind === 'fired').length;
    };
    const times = Array.from({ length: 3 + random.below(8) }, () => 1 + random.below(5_000));
    const isLate = times.map(() => random.chance(30));
    const some = (which: boolean): number[] => times.filter((_, i) => isLate[i] === which);
    step(1, { ...batch(times, 0), watermarkMs: 0 });
    step(1, upTo(100_000));
    step(0, { ...batch(some(false), 0), watermarkMs: 0, lastTimeMs: 5_000 });
    step(0, upTo(100_000));
    step(0, late(some(true), times.length, 99_000));
    const report = lateOf(hasty!) ?? { missed: 0, untrue: 0 };
    expect(report.missed - report.untrue, `seed ${seed}`).toBe(fired[1]! - fired[0]!);
    missed += report.missed;
  }
  expect(missed).toBeGreaterThan(30);
});

it('remembers the latest matches and how late those are that it has forgotten', () => {
  const recent = createRecent(4);
  const event = (timeMs: number, key: string) => ({
    timeMs,
    key,
    conditions: [],
    values: {},
    position: { source: 'orders', partition: 0, offset: timeMs },
  });
  for (const timeMs of [5, 2, 9, 1]) recent.keep('a', event(timeMs, 'x'));
  expect(recent.lostMs).toBe(-Infinity);
  recent.keep('b', event(10, 'x'));
  expect(recent.lostMs).toBe(5);
  recent.keep('a', event(11, 'y'));
  expect(recent.of('a').map(({ timeMs }) => timeMs)).toEqual([9, 1, 11]);
  expect(recent.of('b').map(({ timeMs }) => timeMs)).toEqual([10]);
  for (let i = 0; i < 5_000; i++) recent.keep('c', event(100 + i, 'x'));
  expect(recent.of('c').map(({ timeMs }) => timeMs)).toEqual([5_096, 5_097, 5_098, 5_099]);
  expect([recent.of('a'), recent.lostMs]).toEqual([[], 5_095]);
});
