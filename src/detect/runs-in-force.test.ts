import { expect, it } from 'vitest';
import { countRule } from '../../test/support/rules-by-hand.ts';
import { detectRule, type DetectRule } from './input/input.ts';
import { createRuleRun } from './rule-run.ts';
import { RunsInForce } from './runs-in-force.ts';
import { createSamples } from './lifecycle/samples.ts';
import { newSharedWaiting } from './time/waiting-keys.ts';
import { createWatermarkScheduler } from './watermark-scheduler.ts';

const schema = { fields: [], byName: new Map(), searchFields: [] };
const rule = (name: string, meaning = 'm', from: readonly string[] = []): DetectRule =>
  detectRule(countRule(2, 10_000, { name, meaning, from }), schema);

function inForce() {
  const ended: string[] = [];
  const runs = new RunsInForce({
    scheduler: createWatermarkScheduler(),
    aside: { begin: () => undefined, forget: ({ rule: { name } }) => void ended.push(name) },
    newRun: (of) =>
      createRuleRun(of, {
        samples: createSamples(),
        shared: newSharedWaiting(),
        provisional: false,
        emit: () => undefined,
      }),
    ending: () => undefined,
  });
  const change = (rules: readonly DetectRule[], removed?: readonly string[], lastTimeMs = -Infinity): void =>
    runs.change(
      { kind: 'rules', clockMs: 0, sources: [], rules, ...(removed !== undefined && { removed }) },
      lastTimeMs,
    );
  const names = (): string =>
    runs
      .all()
      .map((run) => run.rule.name)
      .join();
  return { runs, ended, change, names };
}

it('keeps the run of a rule that means the same, and begins one that means something else anew', () => {
  const { runs, ended, change } = inForce();
  change([rule('a'), rule('b')]);
  const [a, b] = runs.all();
  change([{ ...rule('a'), severity: 'critical' }, rule('b', 'other')]);
  expect(runs.get('a')).toBe(a);
  expect(runs.get('a')!.rule.severity).toBe('critical');
  expect(runs.get('b')).not.toBe(b);
  expect(ended).toEqual(['b']);
});

it('takes rules that are not named for removed only where the rules are all there are', () => {
  const { ended, change, names } = inForce();
  change([rule('a'), rule('b'), rule('c')]);
  change([rule('d')], ['b']);
  expect([names(), ended.join()]).toEqual(['a,c,d', 'b']);
  change([rule('a')]);
  expect([names(), ended.join()]).toEqual(['a', 'b,c,d']);
});

it('says of a rule that began in the midst of events until when it may miss some', () => {
  const { runs, change } = inForce();
  change([rule('a')], undefined, 5_000);
  expect(runs.get('a')!.report().incompleteUntilMs).toBe(15_000);
});
