/** Nothing is lost in silence: every counter of a loss is shown on /readyz and in `tocsin alerts`, and told to people with a runbook. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allWell } from '../../../test/support/readiness.ts';
import { countRule } from '../../../test/support/rules-by-hand.ts';
import { healthLines } from '../../cli/rule-health.ts';
import type { RuleReport } from '../../detect/rule-report.ts';
import { silent, type CounterName } from '../../event/telemetry.ts';
import { contentOf } from '../../notify/message/content.ts';
import { planSelf } from '../../notify/message/self/plan.ts';
import { selfRules } from '../../notify/message/self/rules.ts';
import { counters } from '../../operate/metrics.ts';
import { lossKindOf } from './loss-kinds.ts';
import { createLosses } from './losses.ts';
import { readiness } from './readiness.ts';
import { createSelfWatch } from './self-alerts.ts';
import { ruleHealthOf } from './rule-health.ts';
import { troublesOf } from './conditions.ts';

const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const ALL = Object.keys(counters) as CounterName[];
const LOST = ALL.filter((name) => lossKindOf(name) !== undefined);
/** Counted as work on purpose: each of them is named, so that a new counter is looked at by somebody. */
const WORK = [
  ...['events_in', 'events_matched', 'events_late', 'archive_written', 'archive_retries', 'deliveries'],
  'clock_jumps',
];
const values: Readonly<Record<string, string>> = {
  source: 'orders',
  rule: 'sync',
  reader: 'alert',
  field: 'status',
  looks_like: 'gb18030',
  reason: 'mapping',
  channel: 'slack',
  part: 'archiving',
};

/** The world after a hundred of everything that a counter counts. */
function after(counter: CounterName) {
  const losses = createLosses([], () => NOW_MS);
  const telemetry = losses.watching(silent);
  const labels = Object.fromEntries(counters[counter].labels.map((name) => [name, values[name]!]));
  telemetry.count('events_in', { source: 'orders', reader: 'alert' }, 100);
  telemetry.count('events_in', { source: 'orders', reader: 'archive' }, 100);
  telemetry.count(counter, labels, 100);
  const rule = { ...countRule(3, 60_000), name: 'sync', from: [] as readonly string[] };
  const report: RuleReport = {
    rule: 'sync',
    meaning: 'm',
    groups: 4,
    waiting: 0,
    finalMs: NOW_MS,
    droppedGroups: 0,
    tooLate: 0,
    cut: 0,
    warmingUp: 0,
    stateBytes: 0,
  };
  const sources = [{ source: 'orders', halted: [] }];
  const found = { sources, losses: losses.current(NOW_MS, () => 60_000), nowMs: NOW_MS };
  const health = ruleHealthOf({
    ...found,
    rules: [rule],
    reports: [report],
    latenessMs: () => 0,
    changes: [],
    inForceSinceMs: NOW_MS,
  });
  const troubles = troublesOf({
    ...found,
    maxGroups: () => 1,
    neededLatenessMs: () => undefined,
    rules: { running: 1 },
    receivers: [],
    archive: { lagMs: 0 },
    process: {},
    lagAfterMs: 1,
  });
  return { health, troubles };
}

test('the counters are those that lose something, and those that are named as work', () => {
  expect([...LOST, ...WORK].toSorted()).toEqual(ALL.toSorted());
});

test.each(LOST)(
  '%s is shown on /readyz and in `tocsin alerts`, with a reason that is documented',
  (counter) => {
    const { health } = after(counter);
    const { reason } = lossKindOf(counter)!;
    const ready = readiness({ ...allWell, health: () => health });
    expect(ready.filter(({ ok }) => !ok).map(({ detail }) => detail)).toEqual([
      expect.stringMatching(new RegExp(`\\b${reason}\\b`, 'u')),
    ]);
    expect(healthLines({ incomplete: health, changed: [] })).toMatchObject([{ incomplete: { reason } }]);
  },
);

test.each(LOST)('%s is told to people in both languages, with a runbook', (counter) => {
  const fired = createSelfWatch([], 60_000).step(after(counter).troubles, NOW_MS);
  expect(fired.map(({ episode }) => episode.rule)).toEqual([lossKindOf(counter)!.selfRule]);
  for (const language of ['en', 'zh'] as const) {
    const receiver = { channel: 'slack', target: '#ops' };
    const [row] = planSelf(fired[0]!, {
      config: { routes: [], language, selfAlerts: { holdMs: 0, lagAfterMs: 0 } },
      everybody: () => [receiver],
      rulebook: () => '# Do\n\nthis',
      openingOf: () => undefined,
    });
    const { sentence, whyNow } = contentOf({ notice: row!.notice, possibleDuplicate: false });
    // That the state is older is a fact, not a number.
    if (counter !== 'state_lost') expect(sentence + whyNow).toMatch(/100/u);
    expect(sentence + whyNow).not.toMatch(/undefined|NaN|\?/u);
  }
  const { runbook } = selfRules[lossKindOf(counter)!.selfRule];
  expect([runbook, runbook.replace('.md', '.zh.md')].filter((path) => !existsSync(`rules/${path}`))).toEqual(
    [],
  );
});
