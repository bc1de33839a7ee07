/**
 * What matches that came too late would have changed. They count in no window; beside the rule, and without any effect on it, they are
 * judged together with the latest matches of their group: would an alert have fired with them, or one not? Bounded in what it looks at, so
 * it may also not know.
 */
import type { Waiting } from './input/waiting.ts';
import { groupValues } from './input/group-key.ts';
import type { DetectRule } from './input/input.ts';
import type { LateReport } from './rule-report.ts';
import { longestLookMs } from './input/look-back.ts';
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
const mostKept = 100;
/** Groups that are judged in one look, of all rules: the stream goes on meanwhile. */
const mostJudged = 20;

interface Kept extends LateMatch {
  /** Judged once everything before it was settled, and once everything that decides with it was: it only stands beside others then. */
  readonly stage: 'new' | 'tried' | 'done';
}

interface Case {
  /** Settled up to here when it was met first. */
  readonly beganMs: number;
  kept: readonly Kept[];
  report: LateReport;
}

const nothing: LateReport = { missed: 0, untrue: 0, latenessMs: 0, unjudged: 0 };

/** `upToDate`: the run, told up to what time it is settled. */
export function createJudgedAside(recent: Recent, upToDate: (run: RuleRun) => RuleRun): JudgedAside {
  const cases = new Map<RuleRun, Case>();
  /** Those with matches that are not judged to the end. */
  const open = new Set<RuleRun>();

  /** The matches of one group; gives those that are to be kept. */
  function judge(
    run: RuleRun,
    of: Case,
    group: readonly Kept[],
    beside: readonly Waiting[],
  ): readonly Kept[] {
    const { settledMs, rule } = run;
    const lookMs = lookOf(rule);
    const knownFromMs = Math.max(recent.lostMs, of.beganMs);
    const late = group.filter(({ event }) => event.timeMs - lookMs > knownFromMs);
    const gone = group.filter((each) => !late.includes(each) && each.stage !== 'done');
    of.report = { ...of.report, unjudged: of.report.unjudged + gone.length };
    if (late.length === 0) return [];
    const without = firings(rule, beside, settledMs);
    const withThem = firings(rule, [...beside, ...late.map(({ event }) => event)], settledMs);
    const isFinal = settledMs >= Math.max(...late.map(({ event }) => event.timeMs)) + lookMs;
    const [missed, untrue] = [Math.max(0, withThem - without), isFinal ? Math.max(0, without - withThem) : 0];
    if (missed === 0 && untrue === 0)
      return late.map((each) => ({ ...each, stage: isFinal ? 'done' : 'tried' }));
    const { key, timeMs } = late[0]!.event;
    const { report } = of;
    of.report = {
      missed: report.missed + missed,
      untrue: report.untrue + untrue,
      latenessMs: Math.max(report.latenessMs, ...late.map(({ latenessMs }) => latenessMs)),
      example: { group: groupValues(key), timeMs },
      unjudged: report.unjudged,
    };
    return [];
  }

  /** Gives how many groups it judged. */
  function lookAt(run: RuleRun, of: Case, most: number): number {
    const { settledMs, rule } = run;
    const lookMs = lookOf(rule);
    const isDue = ({ event, stage }: Kept): boolean =>
      stage !== 'done' && settledMs >= event.timeMs + (stage === 'tried' ? lookMs : 0);
    const groups = Map.groupBy(of.kept, ({ event }) => event.key);
    const due = new Set(
      [...groups]
        .filter(([, late]) => late.some(isDue))
        .slice(0, most)
        .map(([key]) => key),
    );
    if (due.size === 0) return 0;
    const beside = Map.groupBy(recent.of(rule.name), ({ key }) => key);
    of.kept = [...groups].flatMap(([key, late]) =>
      due.has(key) ? judge(run, of, late, beside.get(key) ?? []) : late,
    );
    return due.size;
  }

  return {
    begin: (run) => void cases.set(run, { beganMs: run.settledMs, kept: [], report: nothing }),
    forget(run) {
      cases.delete(run);
      open.delete(run);
    },
    late(run, matches) {
      const of = cases.get(run)!;
      const undone = of.kept.filter(({ stage }) => stage !== 'done');
      const taken = matches.slice(0, Math.max(0, mostKept - undone.length));
      const all = [...of.kept, ...taken.map((each): Kept => ({ ...each, stage: 'new' }))];
      let excess = all.length - mostKept;
      of.kept = all.filter(({ stage }) => stage !== 'done' || excess-- <= 0);
      of.report = { ...of.report, unjudged: of.report.unjudged + matches.length - taken.length };
      open.add(run);
    },
    look() {
      let left = mostJudged;
      for (const run of [...open]) {
        if (left <= 0) return;
        const of = cases.get(run)!;
        left -= lookAt(upToDate(run), of, left);
        open.delete(run);
        // The next look begins with another one.
        if (of.kept.some(({ stage }) => stage !== 'done')) open.add(run);
      }
    },
    report(run) {
      const { report } = cases.get(run)!;
      return report.missed + report.untrue + report.unjudged === 0 ? undefined : report;
    },
  };
}

/** How far from a match something may stand that decides with it, either way. */
function lookOf(rule: DetectRule): number {
  return longestLookMs(rule) + rule.forMs + rule.cooldownMs;
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
  run.settle(untilMs);
  return count;
}

/** Nobody is shown anything of it. */
const noSamples: Samples = {
  keep: () => undefined,
  of: ({ timeMs, position }) => ({ timeMs, position, excerpt: '', fields: {} }),
  all: () => [],
};
