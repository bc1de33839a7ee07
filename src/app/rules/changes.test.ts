import { rightClock } from '../../../test/support/clock.ts';
import { expect, test } from 'vitest';
import { countRule, rulesetOf } from '../../../test/support/rules-by-hand.ts';
import { noTransaction } from '../../../test/support/state-writes.ts';
import { createDetector, type Detector } from '../../detect/detector.ts';
import type { NoteValues, Notes } from '../../detect/store/notes.ts';
import type { LogFields } from '../../event/telemetry.ts';
import { whole } from '../../event/slices.ts';
import type { Rule, Ruleset } from '../../rule/ast.ts';
import { createRuleChanges } from './changes.ts';
import { changesTo } from './parts.ts';

const SOURCES = [
  {
    name: 'orders',
    kind: { kind: 'stdin', spoolBytes: 0 },
    decode: { steps: [{ kind: 'json' }] },
    timestamp: { path: ['t'], format: 'iso8601', timezone: 'UTC' },
    latenessMs: 0,
  },
] as const;

/** The rules of one process after the other over the same state. */
function state() {
  const kept: Partial<NoteValues> = {};
  const notes: Notes = {
    read: (name) => kept[name],
    write: (_tx, name, value) => void Object.assign(kept, { [name]: value }),
  };
  const detector: Detector = createDetector(rulesetOf(), { sources: [] });
  const lines: string[] = [];
  const info = (_fields: LogFields, message: string): void => void lines.push(message);
  const start = () =>
    createRuleChanges({
      config: { sources: SOURCES, timezone: 'Asia/Shanghai' },
      engine: {
        take: (input) => Promise.resolve(void detector.step(input)),
        tell: (_transitions, write) => {
          write(noTransaction);
          return Promise.resolve();
        },
        report: () => detector.report(),
        reportOf: (rule) => detector.reportOf(rule),
      },
      notes,
      clock: rightClock(),
      log: { debug: info, info, warn: info, error: info },
    });
  const see = (timeMs: number): void =>
    void detector.step({
      kind: 'batch',
      source: 'orders',
      partition: 0,
      clockMs: timeMs,
      matches: [],
      watermarkMs: timeMs,
      firstTimeMs: timeMs,
      lastTimeMs: timeMs,
    });
  const said = (): readonly string[] => lines.splice(0);
  return { start, see, said };
}

const named = (name: string, atLeast = 3, changes: Partial<Rule> = {}): Rule => ({
  ...countRule(atLeast, 60_000, { name }),
  ...changes,
});

test('at the very first start no rule is listed, at the next one only what is not as it was', async () => {
  const { start, said } = state();
  await start().putInForce(rulesetOf(named('a'), named('b')));
  expect(said()).toEqual(['2 rules are in force']);
  await start().putInForce(rulesetOf(named('a'), named('b')));
  expect(said()).toEqual([]);
});

test('a changed rule keeps its windows where it means the same, else it says until when it may miss something', async () => {
  const { start, see, said } = state();
  const rules = start();
  await rules.putInForce(rulesetOf(named('a'), named('b'), named('c')));
  see(Date.parse('2026-11-23T12:00:00Z'));
  said();
  await rules.putInForce(rulesetOf(named('a', 3, { title: 'New title' }), named('b', 4), named('d')));
  const until = '2026-11-23T20:01:00.000+08:00';
  expect(said()).toEqual([
    'rule a was changed and means the same: it keeps its windows',
    `rule b means something else now and begins anew; until ${until} it may miss what began before`,
    `rule d is new; until ${until} it may miss what began before`,
    'rule c was removed, its open alerts are closed',
  ]);
  expect(rules.rows().map(({ rule, change }) => [rule, change])).toEqual([
    ['a', 'kept_windows'],
    ['b', 'began_anew'],
    ['d', 'new'],
  ]);
});

test('an edit while no process ran is seen at the next start, with what it did', async () => {
  const { start, said } = state();
  await start().putInForce(rulesetOf(named('a'), named('b')));
  said();
  const again = start();
  await again.putInForce(rulesetOf(named('a', 3, { severity: 'critical' }), named('b', 5)));
  expect(said()).toEqual([
    'rule a was changed and means the same: it keeps its windows',
    'rule b means something else now and begins anew',
  ]);
  await again.putInForce(rulesetOf(named('a', 3, { severity: 'critical' }), named('b', 5)));
  expect(said()).toEqual([]);
  expect(again.rows().map(({ change }) => change)).toEqual(['kept_windows', 'began_anew']);
});

test('a reload part by part says the same, one that changes nothing for the detector too; a refused one nothing', async () => {
  const { start, said } = state();
  const changes = start();
  await changes.putInForce(rulesetOf(named('a'), named('b'), named('c')));
  said();
  let now = rulesetOf(named('a'), named('b'), named('c'));
  const reload = (to: Ruleset, isValid = true): Promise<void> =>
    changes.reload({
      ruleset: () => now,
      async reload(inForce) {
        if (!isValid) return false;
        const before = new Map(now.rules.map((rule) => [rule.name, rule]));
        for (const part of whole(changesTo(to, before))) await inForce(part, () => undefined);
        now = to;
        return true;
      },
    });
  await reload(rulesetOf(named('a'), named('b', 4), named('d')));
  expect(said()).toEqual([
    'rule b means something else now and begins anew',
    'rule d is new',
    'rule c was removed, its open alerts are closed',
  ]);
  await reload(rulesetOf(named('a', 3, { title: 'New title' }), named('b', 4), named('d')));
  expect(said()).toEqual(['rule a was changed and means the same: it keeps its windows']);
  await reload(rulesetOf(), false);
  expect(said()).toEqual([]);
  expect(changes.rows().map(({ rule, change }) => [rule, change])).toEqual([
    ['a', 'kept_windows'],
    ['b', 'began_anew'],
    ['d', 'new'],
  ]);
});

test('places and tests are no change', async () => {
  const { start, said } = state();
  const rules = start();
  await rules.putInForce(rulesetOf(named('a')));
  said();
  const moved = named('a', 3, { file: 'other.rule' });
  await rules.putInForce(rulesetOf({ ...moved, span: { ...moved.span, line: 7 }, tests: [] }));
  expect(said()).toEqual([]);
});
