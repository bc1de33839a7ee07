import { describe, expect, it } from 'vitest';
import { batch, brief, detectorOf, SOURCES } from '../../test/support/detector-steps.ts';
import {
  aggregate,
  comparison,
  countOf,
  countRule,
  ruleOf,
  rulesetOf,
  span,
} from '../../test/support/rules-by-hand.ts';
import type { Transition } from '../event/alert.ts';
import { createDetector, restoreDetector } from './detector.ts';
import { rulesInput, type DetectInput } from './input/input.ts';
import { WHOLE_SOURCE } from './time/partition-table.ts';

describe('a count as a state', () => {
  it('fires provisionally at the event that completes it, and is confirmed silently', () => {
    const detector = detectorOf(3, 10_000);
    expect(detector.step(batch([0, 1000], 0))).toEqual([]);
    const [told] = detector.step(batch([2000], 2));
    expect(brief(told!)).toBe('fired provisional 2000');
    const [isFinal] = detector.step(batch([5000], 3));
    expect(brief(isFinal!)).toBe('fired settled silently 2000');
    expect(isFinal!.episode.alertId).toBe(told!.episode.alertId);
    expect(isFinal!.threadId).toBe(told!.threadId);
  });

  it('knows at the end what was measured at the firing, also after a restart', () => {
    const detector = detectorOf(3, 10_000);
    const [told] = detector.step(batch([0, 1000, 2000], 0));
    expect(told!.episode.measured).toEqual([[3, 3]]);
    detector.step(batch([2500, 5000], 3));
    const restored = restoreDetector(detector.checkpoint());
    const [resolved] = restored.step(batch([40_000], 5));
    expect(resolved).toMatchObject({ kind: 'resolved', episode: { count: 5, measured: [[3, 3]] } });
  });

  it('resolves one window after the count fell below', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([0, 1000, 2000], 0));
    const transitions = detector.step({ kind: 'finalise', untilMs: 'end' });
    expect(transitions.map(brief)).toEqual([
      'fired settled silently 2000',
      'resolved settled 2000 until 20000 (quiet)',
    ]);
    expect(transitions[1]!.episode.count).toBe(3);
  });

  it('leaves out what is exactly one window old', () => {
    const detector = detectorOf(2, 10_000);
    detector.step(batch([0, 10_000], 0));
    expect(detector.step({ kind: 'finalise', untilMs: 'end' })).toEqual([]);
  });

  it('shows the first event and the two latest', () => {
    const detector = detectorOf(4, 10_000);
    const [told] = detector.step(batch([0, 1, 2, 3], 0));
    expect(told!.episode.samples.map(({ excerpt }) => excerpt)).toEqual(['line 0', 'line 2', 'line 3']);
  });

  it.each([
    ['above', '>', 0.4, [3, 4, 6, 7, 8], ['line 3', 'line 7', 'line 8']],
    ['below', '<', 0.8, [1, 2, 4, 6, 7, 8, 9], ['line 0', 'line 3', 'line 5']],
  ] as const)(
    'shows of a share %s its limit the lines that brought it there',
    (_name, op, limit, counted, shown) => {
      const ratio = {
        kind: 'ratio',
        numerator: countOf('these'),
        denominator: countOf('all'),
        span,
      } as const;
      const share = [comparison(ratio, op, limit), comparison(countOf('all'), '>=', 10)];
      const detector = createDetector(rulesetOf(ruleOf(aggregate(share, 60_000), {}, false)), {
        sources: SOURCES,
      });
      const { matches, ...rest } = batch([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 0);
      const conditions = (i: number): string[] =>
        (counted as readonly number[]).includes(i) ? ['all', 'these'] : ['all'];
      detector.step({
        ...rest,
        matches: matches.map((match, i) => ({ ...match, conditions: conditions(i) })),
      });
      const [fired] = detector.step({ kind: 'finalise', untilMs: 'end' });
      expect(fired!.episode.samples.map(({ excerpt }) => excerpt)).toEqual(shown);
      expect(fired!.episode.firstEvent.position.offset).toBe(0);
    },
  );

  it('shows every line of three steps, also over a restart', () => {
    const by = [{ name: 'service', span }];
    const steps = ['a', 'b', 'a'].map((name) => ({ name, span }));
    const rule = ruleOf({ kind: 'then', steps, within: { ms: 10_000, span }, by, span }, {}, false);
    const step = (offset: number, name: string): DetectInput => {
      const { matches, ...rest } = batch([offset * 1_000], offset);
      return { ...rest, matches: matches.map((match) => ({ ...match, conditions: [name] })) };
    };
    const detector = createDetector(rulesetOf(rule), { sources: SOURCES });
    for (const [offset, name] of ['a', 'a', 'b', 'c'].entries()) detector.step(step(offset, name));
    const restored = restoreDetector(detector.checkpoint());
    const [told] = restored.step(step(4, 'a'));
    expect(told!.episode.samples.map(({ excerpt }) => excerpt)).toEqual(['line 1', 'line 2', 'line 4']);
  });

  it('fires at the end of the hold that `for` asks, or not at all', () => {
    const held = detectorOf(2, 10_000, { forMs: 5000 });
    held.step(batch([0, 1000], 0));
    const [fired] = held.step({ kind: 'finalise', untilMs: 'end' });
    expect([fired!.episode.pendingAtMs, fired!.episode.firedAtMs]).toEqual([1000, 6000]);
    const dropped = detectorOf(2, 10_000, { forMs: 10_000 });
    dropped.step(batch([0, 1000], 0));
    expect(dropped.step({ kind: 'finalise', untilMs: 'end' })).toEqual([]);
  });

  it('amends what was told when an earlier event comes late, telling nobody of a change below a minute', () => {
    const detector = detectorOf(3, 10_000);
    const [told] = detector.step(batch([2000, 2100, 2200], 0));
    detector.step(batch([2150], 3));
    const [amended] = detector.step(batch([9000], 4));
    expect(brief(amended!)).toBe('amended settled silently 2150');
    expect(amended!.threadId).toBe(told!.episode.alertId);
  });

  it.each([
    [60_000, 'amended settled 140000'],
    [59_999, 'amended settled silently 140000'],
  ])('tells people when it fired %i ms before what they were told', (earlierMs, expected) => {
    const slow = [{ name: 'orders', latenessMs: 100_000 }];
    const detector = createDetector(rulesetOf(countRule(3, 200_000)), { sources: slow });
    const late = (times: readonly number[], from: number): DetectInput => ({
      ...batch(times, from),
      watermarkMs: 0,
    });
    detector.step(late([100_000, 120_000, 140_000 + earlierMs], 0));
    detector.step(late([140_000], 3));
    const [amended] = detector.step({ kind: 'finalise', untilMs: 'last' });
    expect(brief(amended!)).toBe(expected);
  });

  it('withdraws what a cooldown turns out to cover', () => {
    const detector = detectorOf(2, 100, { resolveAfterMs: 10, cooldownMs: 5000 });
    const [told] = detector.step(batch([3000, 3050], 0));
    expect(brief(told!)).toBe('fired provisional 3050');
    // These two complete an episode before it, whose cooldown then covers the one that was told.
    const [earlier] = detector.step(batch([2200, 2210], 2));
    expect(brief(earlier!)).toBe('fired provisional 2210');
    const transitions = detector.step({ kind: 'finalise', untilMs: 'end' });
    expect(transitions.map(brief)).toEqual([
      'fired settled silently 2210',
      'resolved settled 2210 until 2310 (quiet)',
      'withdrawn settled 3050',
    ]);
  });
});

describe('a count as an event', () => {
  it('spends what it used', () => {
    const detector = detectorOf(2, 10_000, { resolveNever: true });
    detector.step(batch([0, 1, 2, 3, 4], 0));
    const transitions = detector.step({ kind: 'finalise', untilMs: 'end' });
    expect(transitions.map(({ episode }) => episode.firedAtMs)).toEqual([1, 3]);
    expect(transitions.every(({ episode }) => episode.state === 'resolved')).toBe(true);
  });

  it('counts what the cooldown withheld and may fire again exactly at its end', () => {
    const detector = detectorOf(2, 10_000, { resolveNever: true, cooldownMs: 10 });
    detector.step(batch([0, 1, 2, 3, 4, 11], 0));
    const transitions = detector.step({ kind: 'finalise', untilMs: 'end' });
    expect(transitions.map(({ episode }) => [episode.firedAtMs, episode.suppressed, episode.count])).toEqual([
      [1, 0, 2],
      [11, 2, 4],
    ]);
  });
});

describe('time', () => {
  it('is held back by a partition that has not been read, until it is idle', () => {
    const detector = detectorOf(3, 10_000);
    detector.step({ kind: 'partitions', source: 'orders', partitions: [0, 1] });
    detector.step(batch([0, 1, 2], 0));
    expect(detector.step(batch([60_000], 3))).toEqual([]);
    const idle = [{ source: 'orders', partition: 1 }];
    const transitions = detector.step({ kind: 'tick', clockMs: 60_000, idle });
    expect(transitions.map(brief)).toEqual([
      'fired settled silently 2',
      'resolved settled 2 until 20000 (quiet)',
    ]);
  });

  it('is held back by a source of which nothing is known, until it is known to have no partition and is idle', () => {
    const both = [...SOURCES, { name: 'stock', latenessMs: 5_000 }];
    const detector = createDetector(rulesetOf(countRule(3, 10_000)), { sources: both });
    expect(detector.step(batch([0, 1, 2, 60_000], 0))).toHaveLength(1);
    const names = (): unknown => detector.uneven().behind.map(({ source }) => source);
    expect(names()).toEqual(['stock']);
    detector.step({ kind: 'partitions', source: 'stock', partitions: [] });
    detector.step({ kind: 'tick', clockMs: 61_000, idle: [] });
    expect(names()).toEqual(['stock']);
    const idle = [{ source: 'stock', partition: WHOLE_SOURCE }];
    const transitions = detector.step({ kind: 'tick', clockMs: 62_000, idle });
    expect(transitions.map(brief)).toEqual([
      'fired settled silently 2',
      'resolved settled 2 until 20000 (quiet)',
    ]);
    detector.step({ kind: 'partitions', source: 'stock', partitions: [0] });
    expect(names()).toEqual(['stock']);
  });

  it('is not held back by a source that is no longer in the configuration', () => {
    const both = [...SOURCES, { name: 'stock', latenessMs: 5_000 }];
    const rule = countRule(3, 10_000);
    const detector = createDetector(rulesetOf(rule), { sources: both });
    detector.step({ kind: 'partitions', source: 'stock', partitions: [0] });
    detector.step(batch([0, 1, 2], 0));
    detector.step(rulesInput(rulesetOf(rule), SOURCES, 1));
    expect(detector.step(batch([60_000], 3)).map(brief)).toEqual([
      'fired settled silently 2',
      'resolved settled 2 until 20000 (quiet)',
    ]);
  });

  it('follows the wall clock at a distance when every partition is idle', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([0, 1, 2], 0));
    const idle = [{ source: 'orders', partition: 0 }];
    const at = (clockMs: number): string[] => detector.step({ kind: 'tick', clockMs, idle }).map(brief);
    expect(at(61_001)).toEqual([]);
    expect(at(61_002)).toEqual(['fired settled silently 2']);
    expect(at(80_999)).toEqual([]);
    expect(at(81_000)).toEqual(['resolved settled 2 until 20000 (quiet)']);
  });

  it('names the partitions that matches wait for, and those ahead, until nothing waits', () => {
    const detector = detectorOf(3, 10_000);
    const brief = (): unknown => {
      const { behind, ahead } = detector.uneven();
      return [detector.waiting(), behind.map((one) => one.partition), ahead.map((one) => one.partition)];
    };
    detector.step({ kind: 'partitions', source: 'orders', partitions: [0, 1, 2] });
    expect(brief()).toEqual([0, [], []]);
    detector.step(batch([0, 1, 2], 0));
    expect(brief()).toEqual([3, [1, 2], [0]]);
    const idle = [{ source: 'orders', partition: 2 }];
    detector.step({ kind: 'tick', clockMs: 60_000, idle });
    expect(brief()).toEqual([3, [1], [0]]);
    detector.step({ kind: 'partition_ended', source: 'orders', partition: 1 });
    expect(brief()).toEqual([3, [0], []]);
    detector.step(batch([9_000], 3));
    expect(brief()).toEqual([1, [0], []]);
  });

  it('passes over a replayed batch', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([0, 1], 0));
    expect(detector.step(batch([0, 1], 0))).toEqual([]);
    expect(detector.step({ kind: 'finalise', untilMs: 'end' })).toEqual([]);
  });
});

describe('expected groups', () => {
  const silence = ruleOf({
    kind: 'nothing',
    during: { ms: 10_000, span },
    by: [{ name: 'service', span }],
    expected: { field: { name: 'service', span }, file: 'list.txt', values: ['pay', 'ship'], span },
    span,
  });
  const groups = (transitions: readonly Transition[]): unknown[] =>
    transitions.map(({ kind, episode }) => [kind, episode.group['service'], episode.firedAtMs]);

  it('are missed from the first event of any kind on, and never forgotten', () => {
    const detector = createDetector(rulesetOf(silence), { sources: SOURCES });
    detector.step(batch([5000], 0, 'pay'));
    const transitions = detector.step({ kind: 'finalise', untilMs: 200 * 3_600_000 });
    expect(groups(transitions)).toEqual([
      ['fired', 'pay', 15_000],
      ['fired', 'ship', 15_000],
    ]);
  });

  it('are missed from the start of a live process on, though nothing is heard at all', () => {
    const detector = createDetector(rulesetOf(), { sources: SOURCES });
    detector.step({ kind: 'partitions', source: 'orders', partitions: [0] });
    detector.step(rulesInput(rulesetOf(silence), SOURCES, 100_000, true));
    const idle = [{ source: 'orders', partition: 0 }];
    const transitions = detector.step({ kind: 'tick', clockMs: 171_000, idle });
    expect(groups(transitions)).toEqual([
      ['fired', 'pay', 110_000],
      ['fired', 'ship', 110_000],
    ]);
  });
});

describe('max_groups', () => {
  it('drops the group that was seen longest ago, and says so', () => {
    const detector = detectorOf(2, 10_000, { maxGroups: 1 });
    detector.step(batch([0, 1], 0, 'pay'));
    detector.step(batch([100], 2, 'ship'));
    const transitions = detector.step({ kind: 'finalise', untilMs: 'end' });
    expect(transitions.map(brief)).toEqual([
      'fired settled silently 1',
      'resolved settled 1 until 100 (dropped)',
    ]);
    expect(detector.report()[0]!.droppedGroups).toBe(1);
  });
});
