import { describe, expect, it } from 'vitest';
import { countRule, ruleOf, rulesetOf, span, type RuleClauses } from '../../test/support/rules-by-hand.ts';
import type { Transition } from '../event/alert.ts';
import type { Match } from '../event/match.ts';
import type { Rule } from '../rule/ast.ts';
import { createDetector, restoreDetector, type Detector } from './detector.ts';
import { detectRule, rulesInput, rulesPartInput, type BatchInput, type DetectInput } from './input.ts';
import { SnapshotError } from './snapshot.ts';

const sources = [{ name: 'orders', latenessMs: 1000 }];

function detectorOf(atLeast: number, withinMs: number, clauses: RuleClauses = {}): Detector {
  return createDetector(rulesetOf(countRule(atLeast, withinMs, clauses)), { sources });
}

/** A batch of one partition with a match at each of these times, offsets from `from` on. */
function batch(times: readonly number[], from: number, service = 'pay'): BatchInput {
  const matches = times.map((timeMs, i): Match => ({
    rule: 'a_rule',
    conditions: ['when'],
    group: [service],
    timeMs,
    position: { source: 'orders', partition: 0, offset: from + i },
    excerpt: `line ${from + i}`,
    fields: { service: [service] },
  }));
  const lastTimeMs = Math.max(...times);
  return {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: lastTimeMs,
    watermarkMs: lastTimeMs - 1000,
    firstTimeMs: Math.min(...times),
    lastTimeMs,
    matches,
  };
}

const brief = ({ kind, settled, announce, episode }: Transition): string =>
  [
    kind,
    settled ? 'settled' : 'provisional',
    ...(announce ? [] : ['silently']),
    episode.firedAtMs,
    ...(episode.resolvedAtMs === undefined ? [] : [`until ${episode.resolvedAtMs} (${episode.reason})`]),
  ].join(' ');

describe('a count as a state', () => {
  it('fires provisionally at the event that completes it, and is confirmed silently', () => {
    const detector = detectorOf(3, 10_000);
    expect(detector.step(batch([0, 1000], 0))).toEqual([]);
    const [told] = detector.step(batch([2000], 2));
    expect(brief(told!)).toBe('fired provisional 2000');
    const [settled] = detector.step(batch([5000], 3));
    expect(brief(settled!)).toBe('fired settled silently 2000');
    expect(settled!.episode.alertId).toBe(told!.episode.alertId);
    expect(settled!.threadId).toBe(told!.threadId);
  });

  it('knows at the end what was measured at the firing, also after a restart', () => {
    const detector = detectorOf(3, 10_000);
    const [told] = detector.step(batch([0, 1000, 2000], 0));
    expect(told!.episode.measured).toEqual([[3, 3]]);
    detector.step(batch([2500, 5000], 3));
    const restored = restoreDetector(detector.snapshot());
    const [resolved] = restored.step(batch([40_000], 5));
    expect(resolved).toMatchObject({ kind: 'resolved', episode: { count: 5, measured: [[3, 3]] } });
  });

  it('resolves one window after the count fell below', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([0, 1000, 2000], 0));
    const transitions = detector.step({ kind: 'settle', untilMs: 'end' });
    expect(transitions.map(brief)).toEqual([
      'fired settled silently 2000',
      'resolved settled 2000 until 20000 (quiet)',
    ]);
    expect(transitions[1]!.episode.count).toBe(3);
  });

  it('leaves out what is exactly one window old', () => {
    const detector = detectorOf(2, 10_000);
    detector.step(batch([0, 10_000], 0));
    expect(detector.step({ kind: 'settle', untilMs: 'end' })).toEqual([]);
  });

  it('shows the first event and the two latest', () => {
    const detector = detectorOf(4, 10_000);
    const [told] = detector.step(batch([0, 1, 2, 3], 0));
    expect(told!.episode.samples.map(({ excerpt }) => excerpt)).toEqual(['line 0', 'line 2', 'line 3']);
  });

  it('fires at the end of the hold that `for` asks, or not at all', () => {
    const held = detectorOf(2, 10_000, { forMs: 5000 });
    held.step(batch([0, 1000], 0));
    const [fired] = held.step({ kind: 'settle', untilMs: 'end' });
    expect([fired!.episode.pendingAtMs, fired!.episode.firedAtMs]).toEqual([1000, 6000]);
    const dropped = detectorOf(2, 10_000, { forMs: 10_000 });
    dropped.step(batch([0, 1000], 0));
    expect(dropped.step({ kind: 'settle', untilMs: 'end' })).toEqual([]);
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
    const [amended] = detector.step({ kind: 'settle', untilMs: 'last' });
    expect(brief(amended!)).toBe(expected);
  });

  it('withdraws what a cooldown turns out to cover', () => {
    const detector = detectorOf(2, 100, { resolveAfterMs: 10, cooldownMs: 5000 });
    const [told] = detector.step(batch([3000, 3050], 0));
    expect(brief(told!)).toBe('fired provisional 3050');
    // These two complete an episode before it, whose cooldown then covers the one that was told.
    const [earlier] = detector.step(batch([2200, 2210], 2));
    expect(brief(earlier!)).toBe('fired provisional 2210');
    const transitions = detector.step({ kind: 'settle', untilMs: 'end' });
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
    const transitions = detector.step({ kind: 'settle', untilMs: 'end' });
    expect(transitions.map(({ episode }) => episode.firedAtMs)).toEqual([1, 3]);
    expect(transitions.every(({ episode }) => episode.state === 'resolved')).toBe(true);
  });

  it('counts what the cooldown withheld and may fire again exactly at its end', () => {
    const detector = detectorOf(2, 10_000, { resolveNever: true, cooldownMs: 10 });
    detector.step(batch([0, 1, 2, 3, 4, 11], 0));
    const transitions = detector.step({ kind: 'settle', untilMs: 'end' });
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
    expect(detector.step({ kind: 'settle', untilMs: 'end' })).toEqual([]);
  });
});

describe('a change of rules', () => {
  it('keeps the window of a rule whose meaning stays', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([0, 1], 0));
    const rule = { ...countRule(3, 10_000), severity: 'critical' as const };
    detector.step(rulesInput(rulesetOf(rule), sources, 2));
    const [told] = detector.step(batch([2], 2));
    expect(told!.episode.severity).toBe('critical');
  });

  it('keeps the window of a rule whose lets are renamed or become one, also over a restart', () => {
    const sequence = (...names: readonly string[]): Rule => {
      const steps = names.map((name) => ({ name, span }));
      const by = [{ name: 'service', span }];
      const spec = { kind: 'then', steps, within: { ms: 10_000, span }, by, span } as const;
      return ruleOf(spec, { meaning: 'three of a kind' }, false);
    };
    const named = (input: BatchInput, name: string): BatchInput => ({
      ...input,
      matches: input.matches.map((match) => ({ ...match, conditions: [name] })),
    });
    let detector = createDetector(rulesetOf(sequence('a', 'b', 'a')), { sources });
    detector.step(named(batch([0], 0), 'a'));
    detector.step(rulesInput(rulesetOf(sequence('c', 'c', 'c')), sources, 1));
    detector.step(named(batch([1], 1), 'c'));
    detector = restoreDetector(detector.snapshot());
    detector.step(rulesInput(rulesetOf(sequence('a', 'd', 'a')), sources, 2));
    const [told] = detector.step(named(batch([2], 2), 'a'));
    expect(brief(told!)).toBe('fired provisional 2');
  });

  it('says until when a rule that starts anew is incomplete', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([0, 5000], 0));
    expect(detector.report()[0]!.incompleteUntilMs).toBeUndefined();
    detector.step(rulesInput(rulesetOf(countRule(4, 10_000)), sources, 6000));
    expect(detector.report()[0]!.incompleteUntilMs).toBe(15_000);
    detector.step(batch([16_001], 2));
    expect(detector.report()[0]!.incompleteUntilMs).toBeUndefined();
  });

  it('says until when a rule for new values only learns', () => {
    const by = [{ name: 'service', span }];
    const rule = ruleOf({ kind: 'new', field: by[0]!, within: { ms: 10_000, span }, by: [], span });
    const detector = createDetector(rulesetOf(rule), { sources });
    const untilMs = (): number | undefined => detector.report()[0]!.incompleteUntilMs;
    const see = (timeMs: number, offset: number): void => {
      const { matches, ...rest } = batch([timeMs], offset);
      detector.step({ ...rest, matches: matches.map((match) => ({ ...match, group: [] })) });
    };
    see(500, 0);
    see(2_000, 1);
    expect(untilMs()).toBe(10_500);
    see(11_501, 2);
    see(11_502, 3);
    expect(untilMs()).toBeUndefined();
  });

  it('may name only what changes: the other rules go on', () => {
    const [kept, gone] = ['kept', 'gone'].map((name) => countRule(3, 10_000, { name }));
    const detector = createDetector(rulesetOf(kept!, gone!), { sources });
    const of = (name: string, input: BatchInput): BatchInput => ({
      ...input,
      matches: input.matches.map((match) => ({ ...match, rule: name })),
    });
    detector.step(of('kept', batch([0, 1], 0)));
    const added = detectRule(countRule(1, 10_000, { name: 'added' }), rulesetOf().schema);
    detector.step(rulesPartInput({ rules: [added], removed: ['gone'] }, sources, 2));
    expect(detector.report().map((report) => report.rule)).toEqual(['kept', 'added']);
    expect(detector.step(of('kept', batch([2], 2))).map(brief)).toEqual(['fired provisional 2']);
    expect(detector.step(of('added', batch([3], 3))).map(brief)).toEqual(['fired provisional 3']);
  });

  it('resolves what a changed or removed rule had open', () => {
    for (const [rules, reason] of [
      [[countRule(4, 10_000)], 'replaced'],
      [[], 'removed'],
    ] as const) {
      const detector = detectorOf(3, 10_000);
      detector.step(batch([0, 1, 2, 5000], 0));
      const [resolved] = detector.step(rulesInput(rulesetOf(...rules), sources, 6000));
      expect(brief(resolved!)).toBe(`resolved settled 2 until 3999 (${reason})`);
      expect(detector.current()).toEqual([]);
    }
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
    const detector = createDetector(rulesetOf(silence), { sources });
    detector.step(batch([5000], 0, 'pay'));
    const transitions = detector.step({ kind: 'settle', untilMs: 200 * 3_600_000 });
    expect(groups(transitions)).toEqual([
      ['fired', 'pay', 15_000],
      ['fired', 'ship', 15_000],
    ]);
  });

  it('are missed from the start of a live process on, though nothing is heard at all', () => {
    const detector = createDetector(rulesetOf(), { sources });
    detector.step({ kind: 'partitions', source: 'orders', partitions: [0] });
    detector.step(rulesInput(rulesetOf(silence), sources, 100_000, true));
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
    const transitions = detector.step({ kind: 'settle', untilMs: 'end' });
    expect(transitions.map(brief)).toEqual([
      'fired settled silently 1',
      'resolved settled 1 until 100 (dropped)',
    ]);
    expect(detector.report()[0]!.droppedGroups).toBe(1);
  });
});

describe('a snapshot', () => {
  it('continues as if nothing had happened', () => {
    const steps = [
      batch([0, 500], 0),
      batch([400, 3000], 2, 'ship'),
      batch([700, 3500], 4),
      batch([9000], 6),
    ];
    const whole = detectorOf(3, 10_000);
    let restarted = detectorOf(3, 10_000);
    for (const input of steps) {
      expect(restarted.step(input)).toEqual(whole.step(input));
      const parts = [...restarted.snapshot()];
      expect(parts).toEqual([...whole.snapshot()]);
      restarted = restoreDetector(parts);
    }
  });

  it('of another format is refused with what to do', () => {
    const parts = [...detectorOf(3, 10_000).snapshot()];
    parts[0]![1 + 'tocsin-state'.length] = 99;
    expect(() => restoreDetector(parts)).toThrow(SnapshotError);
  });

  it('that ends too early is refused', () => {
    const parts = [...detectorOf(3, 10_000).snapshot()];
    expect(() => restoreDetector(parts.slice(0, -1))).toThrow('not whole');
  });
});
