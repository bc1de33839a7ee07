/**
 * Derives rule health: why a rule is not evaluated completely at the moment, so that its silence is never taken for "all is well". It is a
 * pure function of the detector's reports, the sources and the clock. A rule without a problem has no row.
 */
import type { RuleRow, HealthRow } from '../../detect/store/notes.ts';
import { IDLE_AFTER_MS } from '../../detect/time/watermarks.ts';
import type { RuleReport } from '../../detect/rule-report.ts';
import { windowOf } from '../../rule/alert-parts.ts';
import type { Rule } from '../../rule/ast.ts';
import { durationText } from '../../event/duration.ts';
import { lossRowsOf, otherLossRows } from './loss-rows.ts';
import type { Loss } from './losses.ts';
import type { SourceState } from './sources.ts';

export interface HealthFacts {
  /** The rules in force. */
  readonly rules: readonly Pick<Rule, 'name' | 'from' | 'alert'>[];
  readonly reports: readonly RuleReport[];
  /** All sources that have not ended. */
  readonly sources: readonly SourceState[];
  readonly latenessMs: (source: string) => number;
  readonly losses: readonly Loss[];
  /** The rules with the last change of each. */
  readonly changes: readonly RuleRow[];
  /** The time since when the process has these rules in force. A rule that nothing is final for yet counts as behind since then. */
  readonly inForceSinceMs: number;
  /** The reason why the rules folder does not run. */
  readonly rulesProblem?: string;
  readonly nowMs: number;
}

/** Ticks and looks come seconds apart; a delay of this size is no lag. */
const SLACK_MS = 10_000;

/** Returns the rows in the order of the rules. Rows about all rules come first, rows that harm no rule last. */
export function ruleHealthOf(facts: HealthFacts): readonly HealthRow[] {
  const { rulesProblem, rules, reports } = facts;
  const byName = new Map(reports.map((report) => [report.rule, report]));
  return [
    ...(rulesProblem === undefined ? [] : [invalid(rulesProblem)]),
    ...rules.flatMap((rule) => {
      const report = byName.get(rule.name);
      return report === undefined ? [] : rowsOf(rule, report, facts);
    }),
    ...otherLossRows(facts.losses),
  ];
}

type RuleFacts = HealthFacts['rules'][number];

function rowsOf(rule: RuleFacts, report: RuleReport, facts: HealthFacts): readonly HealthRow[] {
  const reads = ({ source }: SourceState): boolean => rule.from.length === 0 || rule.from.includes(source);
  const sources = facts.sources.filter(reads);
  return [
    ...silentRows(sources),
    ...haltedRow(sources),
    ...unreachableRow(sources),
    ...waitingRow(sources),
    ...lagRow(rule, report, sources, facts),
    ...warmingRow(report),
    ...beginningRow(report, facts),
    ...lossRowsOf(rule, windowOf(rule.alert).ms, facts.losses),
  ].map((row) => ({ rule: rule.name, ...row }));
}

/** One row for each source: the row has the time since when as a field, because each reader formats it in its own way. */
function silentRows(sources: readonly SourceState[]): readonly HealthRow[] {
  return sources.flatMap(({ source, silent }) => {
    if (silent === undefined) return [];
    const { sinceMs } = silent;
    const never = sinceMs === undefined ? ', and never was anything' : '';
    return [
      {
        reason: 'source_silent',
        ...(sinceMs !== undefined && { sinceMs }),
        detail: `nothing is read from ${source}${never}`,
      },
    ];
  });
}

function haltedRow(sources: readonly SourceState[]): readonly HealthRow[] {
  const halted = sources.filter((source) => source.halted.length > 0);
  if (halted.length === 0) return [];
  const each = halted.map(({ source, halted: [first = '', ...more] }) =>
    more.length === 0 ? `${source}: ${first}` : `${source}: ${first} (and ${more.length} more)`,
  );
  return [{ reason: 'source_halted', detail: each.join('; ') }];
}

function unreachableRow(sources: readonly SourceState[]): readonly HealthRow[] {
  const gone = sources.filter(({ unreachable }) => unreachable !== undefined);
  if (gone.length === 0) return [];
  const each = gone.map(({ source, unreachable }) => `${source}: ${unreachable!.because}`);
  const sinceMs = Math.min(...gone.map(({ unreachable }) => unreachable!.sinceMs));
  return [
    { reason: 'source_unreachable', sinceMs, detail: `nothing new can be read from ${each.join('; ')}` },
  ];
}

/** Something that cannot be read yet, such as an open transaction, keeps the time from moving on. */
function waitingRow(sources: readonly SourceState[]): readonly HealthRow[] {
  const held = sources.filter(({ waits }) => waits !== undefined);
  if (held.length === 0) return [];
  const each = held.map(({ source, waits }) => `${source}: ${waits!.because}`);
  return [
    {
      reason: 'time_held',
      sinceMs: Math.min(...held.map(({ waits }) => waits!.sinceMs)),
      detail: `what comes later is not judged yet, because of ${each.join('; ')}`,
    },
  ];
}

/** Results come later than the rule's own window and the usual lateness and idleness explain. */
function lagRow(
  { alert }: RuleFacts,
  { finalMs }: RuleReport,
  sources: readonly SourceState[],
  { latenessMs, nowMs, inForceSinceMs }: HealthFacts,
): readonly HealthRow[] {
  if (sources.length === 0) return [];
  const usualMs = Math.max(...sources.map(({ source }) => latenessMs(source))) + IDLE_AFTER_MS + SLACK_MS;
  const behindMs = nowMs - (finalMs ?? inForceSinceMs);
  if (behindMs <= windowOf(alert).ms + usualMs) return [];
  const what = finalMs === undefined ? 'nothing has been evaluated yet' : 'evaluated up to then only';
  return [
    {
      reason: 'lag',
      ...(finalMs !== undefined && { sinceMs: finalMs }),
      detail: `${what}, ${span(behindMs)} behind the clock`,
    },
  ];
}

function warmingRow({ warmingUp, warmingUntilMs, groups }: RuleReport): readonly HealthRow[] {
  if (warmingUntilMs !== undefined)
    return [
      {
        reason: 'warming_up',
        untilMs: warmingUntilMs,
        detail: 'its sources have not been heard for long enough for its baseline: it cannot fire yet',
      },
    ];
  if (warmingUp === 0) return [];
  return [
    {
      reason: 'warming_up',
      detail: `${warmingUp} of ${groups} ${groups === 1 ? 'group lacks' : 'groups lack'} the past that the baseline needs: they cannot fire`,
    },
  ];
}

const changeWords = {
  new: 'the rule is new',
  began_anew: 'its meaning was changed, so it began anew',
  kept_windows: 'it has not yet seen whole windows',
} as const;

function beginningRow(
  { rule, incompleteUntilMs }: RuleReport,
  { changes }: HealthFacts,
): readonly HealthRow[] {
  if (incompleteUntilMs === undefined) return [];
  const { change = 'kept_windows', changedAtMs } = changes.find((each) => each.rule === rule) ?? {};
  return [
    {
      reason: 'incomplete_until',
      ...(changedAtMs !== undefined && { sinceMs: changedAtMs }),
      untilMs: incompleteUntilMs,
      detail: `${changeWords[change]}: what began before may be missed`,
    },
  ];
}

function invalid(problem: string): HealthRow {
  const first = problem.split('\n', 1)[0]!;
  return {
    reason: 'rules_invalid',
    detail: `the rules folder is invalid, the last good rules run: ${first}`,
  };
}

/** Formats a span: in minutes from 10 minutes on, in seconds below. */
const span = (ms: number): string => {
  const unitMs = ms < 600_000 ? 1_000 : 60_000;
  return durationText(Math.floor(ms / unitMs) * unitMs);
};
