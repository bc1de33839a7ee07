import { describe, expect, it } from 'vitest';
import { batch, brief, detectorOf, SOURCES } from '../../test/support/detector-steps.ts';
import { countRule, ruleOf, rulesetOf, span } from '../../test/support/rules-by-hand.ts';
import type { Rule } from '../rule/ast.ts';
import { createDetector, restoreDetector } from './detector.ts';
import { detectRule, rulesInput, rulesPartInput, type BatchInput } from './input/input.ts';

describe('a change of rules', () => {
  it('keeps the window of a rule whose meaning stays', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([0, 1], 0));
    const rule = { ...countRule(3, 10_000), severity: 'critical' as const };
    detector.step(rulesInput(rulesetOf(rule), SOURCES, 2));
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
    let detector = createDetector(rulesetOf(sequence('a', 'b', 'a')), { sources: SOURCES });
    detector.step(named(batch([0], 0), 'a'));
    detector.step(rulesInput(rulesetOf(sequence('c', 'c', 'c')), SOURCES, 1));
    detector.step(named(batch([1], 1), 'c'));
    detector = restoreDetector(detector.checkpoint());
    detector.step(rulesInput(rulesetOf(sequence('a', 'd', 'a')), SOURCES, 2));
    const [told] = detector.step(named(batch([2], 2), 'a'));
    expect(brief(told!)).toBe('fired provisional 2');
  });

  it('says until when a rule that starts anew is incomplete', () => {
    const detector = detectorOf(3, 10_000);
    detector.step(batch([0, 5000], 0));
    expect(detector.report()[0]!.incompleteUntilMs).toBeUndefined();
    detector.step(rulesInput(rulesetOf(countRule(4, 10_000)), SOURCES, 6000));
    expect(detector.report()[0]!.incompleteUntilMs).toBe(15_000);
    detector.step(batch([16_001], 2));
    expect(detector.report()[0]!.incompleteUntilMs).toBeUndefined();
  });

  it('says until when a rule for new values only learns', () => {
    const by = [{ name: 'service', span }];
    const rule = ruleOf({ kind: 'new', field: by[0]!, within: { ms: 10_000, span }, by: [], span });
    const detector = createDetector(rulesetOf(rule), { sources: SOURCES });
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
    const detector = createDetector(rulesetOf(kept!, gone!), { sources: SOURCES });
    const of = (name: string, input: BatchInput): BatchInput => ({
      ...input,
      matches: input.matches.map((match) => ({ ...match, rule: name })),
    });
    detector.step(of('kept', batch([0, 1], 0)));
    const added = detectRule(countRule(1, 10_000, { name: 'added' }), rulesetOf().schema);
    detector.step(rulesPartInput({ rules: [added], removed: ['gone'] }, SOURCES, 2));
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
      const [resolved] = detector.step(rulesInput(rulesetOf(...rules), SOURCES, 6000));
      expect(brief(resolved!)).toBe(`resolved settled 2 until 3999 (${reason})`);
      expect(detector.current()).toEqual([]);
    }
  });

  it('resolves as replaced what was told and is not settled: nobody has shown that it should not have fired', () => {
    for (const [rules, reason] of [
      [[countRule(4, 10_000)], 'replaced'],
      [[], 'removed'],
    ] as const) {
      const detector = detectorOf(3, 10_000);
      const [told] = detector.step(batch([0, 1, 2], 0));
      expect(brief(told!)).toBe('fired provisional 2');
      const ended = detector.step(rulesInput(rulesetOf(...rules), SOURCES, 6000));
      expect(ended.map(brief)).toEqual([`resolved settled 2 until 2 (${reason})`]);
      expect(ended[0]).toMatchObject({ announce: true, threadId: told!.threadId });
      expect(ended[0]!.episode).toMatchObject({ alertId: told!.episode.alertId, state: 'resolved' });
    }
  });

  it('leaves an event alert that was told as it is: it has no end that could be told', () => {
    const detector = detectorOf(3, 10_000, { resolveNever: true });
    const [told] = detector.step(batch([0, 1, 2], 0));
    const ended = detector.step(rulesInput(rulesetOf(), SOURCES, 6000));
    expect(ended.map(brief)).toEqual(['fired settled silently 2']);
    expect(ended[0]).toMatchObject({ threadId: told!.threadId, episode: told!.episode });
  });
});
