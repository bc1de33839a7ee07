/**
 * Finds out whether matches that came too late would have changed an alert. Such matches count in no window. They are judged aside,
 * together with the latest final matches of their group and with no effect on the rule: would an alert have fired with them, or not have
 * fired? The work and the memory are bounded, so sometimes the answer stays unknown.
 */
import type { Waiting } from './input/waiting.ts';
import { groupValues } from './input/group-key.ts';
import type { DetectRule } from './input/input.ts';
import type { LateReport } from './rule-report.ts';
import { lookBackMs } from '../rule/alert-parts.ts';
import type { Recent } from './time/recent.ts';
import { newSharedWaiting } from './time/waiting-keys.ts';
import { createRuleRun, type RuleRun } from './rule-run.ts';
import type { Samples } from './lifecycle/samples.ts';

/** A match that came too late. `latenessMs`: the lateness of its source with which it would have been in time. */
interface LateMatch {
  readonly event: Waiting;
  readonly latenessMs: number;
}

export interface JudgedAside {
  late(run: RuleRun, matches: readonly LateMatch[]): void;
  /** Judges some of the late matches that can be judged by now. */
  look(): void;
  /** The report of the run; undefined if no match came too late for it, or if none is known to have changed anything. */
  report(run: RuleRun): LateReport | undefined;
  /** Registers a run that is new or comes from a checkpoint. Its earlier matches are not known here. */
  begin(run: RuleRun): void;
  forget(run: RuleRun): void;
}

/** Late matches that are kept for one rule. */
const KEPT_MATCHES_MAX = 100;
/** Groups that one look judges, over all rules. The bound keeps the stream going. */
const JUDGED_MAX = 20;

interface Kept extends LateMatch {
  /**
   * A late match is judged twice. 'tried': judged when all events before it were final. 'done': judged again when all events that decide
   * with it were final; from then on it is kept only to be judged together with other late matches.
   */
  readonly stage: 'new' | 'tried' | 'done';
}

interface Case {
  /** `finalMs` of the run when it was registered. */
  readonly beganMs: number;
  readonly kept: readonly Kept[];
  readonly report: LateReport;
}

/** The time up to which a rule is final (`finalMs`), and the time after which all its final matches are still kept (`knownFromMs`). */
interface Known {
  readonly rule: DetectRule;
  readonly finalMs: number;
  readonly knownFromMs: number;
}

const nothing: LateReport = { missed: 0, untrue: 0, latenessMs: 0, unjudged: 0 };

/** `upToDate`: returns the run with its `finalMs` brought up to date. */
export function createJudgedAside(recent: Recent, upToDate: (run: RuleRun) => RuleRun): JudgedAside {
  const cases = new Map<RuleRun, Case>();
  /** Runs with late matches that are not done. */
  const open = new Set<RuleRun>();

  return {
    begin: (run) => void cases.set(run, { beganMs: run.finalMs, kept: [], report: nothing }),
    forget(run) {
      cases.delete(run);
      open.delete(run);
    },
    late(run, matches) {
      cases.set(run, withLate(cases.get(run)!, matches));
      open.add(run);
    },
    look() {
      let left = JUDGED_MAX;
      for (const run of [...open]) {
        if (left <= 0) return;
        const seen = looked(cases.get(run)!, upToDate(run), recent, left);
        cases.set(run, seen.next);
        left -= seen.judged;
        open.delete(run);
        // Moves the run to the end, so that the next look begins with another run.
        if (seen.next.kept.some(({ stage }) => stage !== 'done')) open.add(run);
      }
    },
    report(run) {
      const { report } = cases.get(run)!;
      return report.missed + report.untrue + report.unjudged === 0 ? undefined : report;
    },
  };
}

/** Adds late matches to a case. Above the bound, those that are done go first. */
function withLate(of: Case, matches: readonly LateMatch[]): Case {
  const undone = of.kept.filter(({ stage }) => stage !== 'done');
  const taken = matches.slice(0, Math.max(0, KEPT_MATCHES_MAX - undone.length));
  const all = [...of.kept, ...taken.map((each): Kept => ({ ...each, stage: 'new' }))];
  let excess = all.length - KEPT_MATCHES_MAX;
  return {
    ...of,
    kept: all.filter(({ stage }) => stage !== 'done' || excess-- <= 0),
    report: { ...of.report, unjudged: of.report.unjudged + matches.length - taken.length },
  };
}

/** Judges at most `max` groups of a rule that can be judged by now; returns the next case and the number of groups judged. */
function looked(
  of: Case,
  { finalMs, rule }: Pick<RuleRun, 'finalMs' | 'rule'>,
  recent: Recent,
  max: number,
): { readonly next: Case; readonly judged: number } {
  const lookMs = lookOf(rule);
  const isDue = ({ event, stage }: Kept): boolean =>
    stage !== 'done' && finalMs >= event.timeMs + (stage === 'tried' ? lookMs : 0);
  const groups = Map.groupBy(of.kept, ({ event }) => event.key);
  const due = new Set(
    [...groups]
      .filter(([, late]) => late.some(isDue))
      .slice(0, max)
      .map(([key]) => key),
  );
  if (due.size === 0) return { next: of, judged: 0 };
  const beside = Map.groupBy(recent.of(rule.name), ({ key }) => key);
  const knownFromMs = Math.max(recent.lostMs, of.beganMs);
  let { report } = of;
  const kept = [...groups].flatMap(([key, late]) => {
    if (!due.has(key)) return late;
    const verdict = judged(report, late, beside.get(key) ?? [], { finalMs, rule, knownFromMs });
    ({ report } = verdict);
    return verdict.kept;
  });
  return { next: { ...of, kept, report }, judged: due.size };
}

/** Judges the late matches of one group together with the others; returns the extended report and the matches to keep. */
function judged(
  report: LateReport,
  group: readonly Kept[],
  beside: readonly Waiting[],
  { finalMs, rule, knownFromMs }: Known,
): { readonly report: LateReport; readonly kept: readonly Kept[] } {
  const lookMs = lookOf(rule);
  const late = group.filter(({ event }) => event.timeMs - lookMs > knownFromMs);
  const gone = group.filter((each) => !late.includes(each) && each.stage !== 'done');
  const seen = { ...report, unjudged: report.unjudged + gone.length };
  if (late.length === 0) return { report: seen, kept: [] };
  const without = firings(rule, beside, finalMs);
  const withThem = firings(rule, [...beside, ...late.map(({ event }) => event)], finalMs);
  const isFinal = finalMs >= Math.max(...late.map(({ event }) => event.timeMs)) + lookMs;
  const [missed, untrue] = [Math.max(0, withThem - without), isFinal ? Math.max(0, without - withThem) : 0];
  if (missed === 0 && untrue === 0)
    return { report: seen, kept: late.map((each) => ({ ...each, stage: isFinal ? 'done' : 'tried' })) };
  const { key, timeMs } = late[0]!.event;
  return {
    report: {
      missed: seen.missed + missed,
      untrue: seen.untrue + untrue,
      latenessMs: Math.max(seen.latenessMs, ...late.map(({ latenessMs }) => latenessMs)),
      example: { group: groupValues(key), timeMs },
      unjudged: seen.unjudged,
    },
    kept: [],
  };
}

/** The largest distance, before or after a match, of an event that can decide together with it, ms. */
function lookOf(rule: DetectRule): number {
  return lookBackMs(rule.alert) + rule.forMs + rule.cooldownMs;
}

/** Counts how often the rule fires over `events`, as if they were all its matches. */
function firings(rule: DetectRule, events: readonly Waiting[], untilMs: number): number {
  let count = 0;
  const run = createRuleRun(rule, {
    samples: noSamples,
    shared: newSharedWaiting(),
    provisional: false,
    emit({ kind }) {
      if (kind === 'fired') count += 1;
    },
  });
  run.saw(Math.min(...events.map(({ timeMs }) => timeMs)));
  run.loadWaiting(events);
  run.finalise(untilMs);
  return count;
}

/** This run shows no samples to anybody. */
const noSamples: Samples = {
  keep: () => undefined,
  keepEvent: () => undefined,
  of: ({ timeMs, position }) => ({ timeMs, position, excerpt: '', fields: {} }),
  all: () => [],
};
