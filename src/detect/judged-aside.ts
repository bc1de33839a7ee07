/**
 * What matches that came too late would have changed. They count in no window; beside the rule, and without any effect on it, they are
 * judged together with the latest matches of their group: would an alert have fired with them, or one not? Bounded in what it looks at, so
 * it may also not know.
 */
import type { Waiting } from './input/waiting.ts';
import { groupValues } from './input/group-key.ts';
import type { DetectRule } from './input/input.ts';
import type { LateReport } from './rule-report.ts';
import { lookBackMs } from '../rule/alert-parts.ts';
import type { Recent } from './time/recent.ts';
import { createRuleRun, type RuleRun } from './rule-run.ts';
import type { Samples } from './lifecycle/samples.ts';

/** A match that came too late, and the lateness of its source that would have kept it, ms. */
interface LateMatch {
  readonly event: Waiting;
  readonly latenessMs: number;
}

export interface JudgedAside {
  late(run: RuleRun, matches: readonly LateMatch[]): void;
  /** Judges some of what can be judged by now. */
  look(): void;
  /** Undefined where nothing came too late for it, or nothing that is known to have changed anything. */
  report(run: RuleRun): LateReport | undefined;
  /** The rule begins here, or with what a snapshot held: what was before is not known. */
  begin(run: RuleRun): void;
  forget(run: RuleRun): void;
}

/** Late matches that are kept, a rule. */
const KEPT_RULES_MAX = 100;
/** Groups that are judged in one look, of all rules: the stream goes on meanwhile. */
const JUDGED_MAX = 20;

interface Kept extends LateMatch {
  /** Judged once everything before it was settled, and once everything that decides with it was: it only stands beside others then. */
  readonly stage: 'new' | 'tried' | 'done';
}

interface Case {
  /** Settled up to here when it was met first. */
  readonly beganMs: number;
  readonly kept: readonly Kept[];
  readonly report: LateReport;
}

/** What is known of a rule: up to when it is settled, and since when all that was settled is at hand. */
interface Known {
  readonly rule: DetectRule;
  readonly finalMs: number;
  readonly knownFromMs: number;
}

const nothing: LateReport = { missed: 0, untrue: 0, latenessMs: 0, unjudged: 0 };

/** `upToDate`: the run, told up to what time it is settled. */
export function createJudgedAside(recent: Recent, upToDate: (run: RuleRun) => RuleRun): JudgedAside {
  const cases = new Map<RuleRun, Case>();
  /** Those with matches that are not judged to the end. */
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
        // The next look begins with another one.
        if (seen.next.kept.some(({ stage }) => stage !== 'done')) open.add(run);
      }
    },
    report(run) {
      const { report } = cases.get(run)!;
      return report.missed + report.untrue + report.unjudged === 0 ? undefined : report;
    },
  };
}

/** More matches came too late: as many as are kept, those that are judged to the end go first. */
function withLate(of: Case, matches: readonly LateMatch[]): Case {
  const undone = of.kept.filter(({ stage }) => stage !== 'done');
  const taken = matches.slice(0, Math.max(0, KEPT_RULES_MAX - undone.length));
  const all = [...of.kept, ...taken.map((each): Kept => ({ ...each, stage: 'new' }))];
  let excess = all.length - KEPT_RULES_MAX;
  return {
    ...of,
    kept: all.filter(({ stage }) => stage !== 'done' || excess-- <= 0),
    report: { ...of.report, unjudged: of.report.unjudged + matches.length - taken.length },
  };
}

/** Judges groups of a rule that can be judged by now, so many at the most; gives how many it judged. */
function looked(
  of: Case,
  { finalMs, rule }: Pick<RuleRun, 'finalMs' | 'rule'>,
  recent: Recent,
  most: number,
): { readonly next: Case; readonly judged: number } {
  const lookMs = lookOf(rule);
  const isDue = ({ event, stage }: Kept): boolean =>
    stage !== 'done' && finalMs >= event.timeMs + (stage === 'tried' ? lookMs : 0);
  const groups = Map.groupBy(of.kept, ({ event }) => event.key);
  const due = new Set(
    [...groups]
      .filter(([, late]) => late.some(isDue))
      .slice(0, most)
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

/** Judges the late matches of one group beside the others; gives the report with what was found, and those that are to be kept. */
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

/** How far from a match something may stand that decides with it, either way. */
function lookOf(rule: DetectRule): number {
  return lookBackMs(rule.alert) + rule.forMs + rule.cooldownMs;
}

/** How often the rule fires over these matches, as it would if they were all there are. */
function firings(rule: DetectRule, events: readonly Waiting[], untilMs: number): number {
  let count = 0;
  const run = createRuleRun(rule, {
    samples: noSamples,
    provisional: false,
    emit({ kind }) {
      if (kind === 'fired') count += 1;
    },
  });
  run.saw(Math.min(...events.map(({ timeMs }) => timeMs)));
  run.accept(events);
  run.finalise(untilMs);
  return count;
}

/** Nobody is shown anything of it. */
const noSamples: Samples = {
  keep: () => undefined,
  of: ({ timeMs, position }) => ({ timeMs, position, excerpt: '', fields: {} }),
  all: () => [],
};
