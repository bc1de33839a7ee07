/**
 * Detection as a pure step: rows of the match log in, transitions out. No clock, no randomness, no input or output: the same
 * rows give the same transitions, live, in tests and over the past. State leaves and comes back as bytes.
 */
import type { Episode, Transition } from '../event/alert.ts';
import type { Match } from '../event/match.ts';
import type { Ruleset } from '../rule/ast.ts';
import { beginsWithRule } from './forms/forms.ts';
import { waiting, type Waiting } from './input/waiting.ts';
import { rulesInput, type BatchInput, type DetectInput, type SourceTiming } from './input/input.ts';
import { createJudgedAside } from './judged-aside.ts';
import { underNamesOf, underStateNames } from './input/let-names.ts';
import { createPartitions, type Uneven } from './time/watermarks.ts';
import { createRecent } from './time/recent.ts';
import type { RuleReport } from './rule-report.ts';
import { createRuleRun, type RuleRun } from './rule-run.ts';
import { createSamples } from './lifecycle/samples.ts';
import { createSettling } from './watermark-scheduler.ts';
import { loadState, saveState, type DetectorState, type Snapshot } from './checkpoint.ts';

export interface DetectorOptions {
  /** The configured sources. */
  readonly sources: readonly SourceTiming[];
  /** Tell firings before they are settled (default true). False for backtests and tests, where nobody waits. */
  readonly provisional?: boolean;
}

export interface Detector {
  /** Applies one row of the match log. */
  step(input: DetectInput): readonly Transition[];
  /** Settled episodes that are pending or firing now. */
  current(): readonly Episode[];
  report(): readonly RuleReport[];
  reportOf(rule: string): RuleReport | undefined;
  /** Matches that wait to be settled, of all rules. */
  waiting(): number;
  /** When something of a rule is next due; Infinity: never, unless an event comes. */
  nextMs(): number;
  /** Partitions for which the matches of some rule wait, and those that are ahead of them and not waited for by any. */
  uneven(): Uneven;
  /**
   * The whole state as it stands now, in parts; between two of them the detector may be stepped. A new snapshot ends the one
   * before it. Equal states give equal parts where nothing is stepped between them.
   */
  snapshot(): Snapshot;
}

/** A detector that has seen nothing, with these rules in force. */
export function createDetector(ruleset: Ruleset, options: DetectorOptions): Detector {
  const detector = emptyDetector(options.provisional ?? true);
  detector.step(rulesInput(ruleset, options.sources, 0));
  return detector;
}

/**
 * The detector as it was when the snapshot was taken, with the rules that were in force then: replay what the log holds behind
 * it, then put today's rules into force with a `rules` row. Throws FixableError.
 */
export function restoreDetector(
  parts: Iterable<Uint8Array>,
  options: Pick<DetectorOptions, 'provisional'> = {},
): Detector {
  return emptyDetector(options.provisional ?? true, parts);
}

function emptyDetector(provisional: boolean, parts?: Iterable<Uint8Array>): Detector {
  const runs = new Map<string, RuleRun>();
  /** Runs that wait for an event of any kind of their sources. */
  const unarmed = new Set<RuleRun>();
  const settling = createSettling();
  const partitions = createPartitions();
  const samples = createSamples();
  const recent = createRecent();
  const aside = createJudgedAside(recent, (run) => settling.upToDate(run));
  let transitions: Transition[] = [];
  const context = {
    samples,
    provisional,
    recent,
    emit: (transition: Transition) => void transitions.push(transition),
  };

  function endOf(untilMs: number | 'last' | 'end'): number {
    if (untilMs === 'end') return Infinity;
    return untilMs === 'last' ? partitions.lastTimeMs() : untilMs;
  }

  /** The rule that a match is for: none where it is replayed, of a rule that is gone, outside `when` or without a group. */
  function runFor(match: Match, seenOffset: number): RuleRun | undefined {
    const run = runs.get(match.rule);
    if (run === undefined || match.position.offset <= seenOffset) return undefined;
    if (run.rule.hasWhen && !match.conditions.includes('when')) return undefined;
    return match.group.length === run.rule.alert.by.length ? run : undefined;
  }

  /** What came too late is told the detector for no other end than to judge it aside. */
  function notCounted(run: RuleRun, events: readonly Waiting[]): void {
    const { settledMs } = run;
    const latenessOf = ({ position, timeMs }: Waiting): number =>
      partitions.latenessFor(position, timeMs, settledMs);
    aside.late(
      run,
      events.map((event) => ({ event, latenessMs: latenessOf(event) })),
    );
  }

  /** Gives whether something came too late. */
  function accept(batch: BatchInput): boolean {
    const seenOffset = partitions.read(batch);
    const arrived = new Map<RuleRun, Waiting[]>();
    const late = new Map<RuleRun, Waiting[]>();
    const add = (to: Map<RuleRun, Waiting[]>, run: RuleRun, match: Match): void => {
      const event = waiting(underStateNames(run.rule, match));
      const list = to.get(run);
      if (list === undefined) to.set(run, [event]);
      else list.push(event);
    };
    for (const match of batch.matches) {
      const run = runFor(match, seenOffset);
      if (run === undefined) continue;
      samples.keep(match);
      add(arrived, run, match);
    }
    for (const match of batch.late ?? []) {
      const run = runFor(match, seenOffset);
      if (run !== undefined) add(late, run, match);
    }
    for (const [run, events] of arrived) {
      const tooLate = settling.upToDate(run).accept(events);
      if (tooLate.length > 0) late.set(run, [...(late.get(run) ?? []), ...tooLate]);
      settling.disturb(run);
    }
    for (const [run, events] of late) notCounted(settling.upToDate(run), events);
    return late.size > 0;
  }

  function arm({ firstTimeMs, source }: BatchInput): void {
    if (firstTimeMs === undefined) return;
    for (const run of unarmed)
      if (run.rule.from.length === 0 || run.rule.from.includes(source)) saw(run, firstTimeMs);
  }

  function saw(run: RuleRun, atMs: number): void {
    settling.upToDate(run).saw(atMs);
    settling.disturb(run);
  }

  function settle(untilMs: (from: readonly string[]) => number): void {
    settling.settle(untilMs);
    for (const run of unarmed) if (!run.isUnarmed) unarmed.delete(run);
  }
  const settleAsRead = (): void => settle((from) => partitions.settledMs(from));

  /** A run that has seen nothing yet, or what a snapshot held. */
  function enter(run: RuleRun): void {
    runs.set(run.rule.name, run);
    aside.begin(run);
    if (run.isUnarmed) unarmed.add(run);
  }

  function leave(run: RuleRun): void {
    runs.delete(run.rule.name);
    unarmed.delete(run);
    aside.forget(run);
    settling.remove(run);
  }

  function putInForce({ rules, removed, clockMs }: Extract<DetectInput, { kind: 'rules' }>): void {
    const next = new Map(rules.map((rule) => [rule.name, rule]));
    const gone = removed === undefined ? undefined : new Set(removed);
    for (const [name, run] of runs) {
      const rule = next.get(name);
      if (rule === undefined && gone?.has(name) === false) continue;
      if (rule?.meaning === run.rule.meaning) run.adopt(underNamesOf(run.rule, rule));
      else {
        // Its groups end all at once: what was saved of them so far is of no use.
        snapshot?.end();
        settling.upToDate(run).end(clockMs, rule === undefined ? 'removed' : 'replaced');
        leave(run);
      }
    }
    const lastTimeMs = partitions.lastTimeMs();
    for (const [name, rule] of next) {
      if (runs.has(name)) continue;
      const run = createRuleRun(rule, context);
      if (lastTimeMs > -Infinity) run.beginAfter(lastTimeMs);
      enter(run);
      settling.add(run);
    }
  }

  function reportOf(run: RuleRun): RuleReport {
    const late = aside.report(run);
    return { ...settling.upToDate(run).report(), ...(late !== undefined && { late }) };
  }

  const upToDate = (): RuleRun[] => [...runs.values()].map((run) => settling.upToDate(run));

  const state: DetectorState = {
    partitions,
    samples,
    runs: upToDate,
    newRun: (rule) => createRuleRun(rule, context),
    addRun(run) {
      enter(run);
      settling.restore(run);
    },
  };
  let snapshot: Snapshot | undefined;
  if (parts !== undefined) loadState(parts, state);

  return {
    step(input) {
      transitions = [];
      switch (input.kind) {
        case 'batch': {
          const isLate = accept(input);
          arm(input);
          settleAsRead();
          if (isLate) aside.look();
          break;
        }
        case 'tick':
          partitions.tick(input.clockMs, input.idle);
          if (input.wentBack === true)
            for (const run of unarmed) {
              settling.upToDate(run).clockWentBack(input.clockMs);
              settling.disturb(run);
            }
          settleAsRead();
          break;
        case 'partitions':
          partitions.own(input.source, input.partitions);
          settleAsRead();
          break;
        case 'partition_ended':
          partitions.end(input.source, input.partition);
          settleAsRead();
          break;
        case 'settle':
          settle(() => endOf(input.untilMs));
          break;
        case 'rules':
          partitions.setSources(input.sources);
          putInForce(input);
          if (input.isLive === true)
            for (const run of unarmed) if (beginsWithRule(run.rule)) saw(run, input.clockMs);
          break;
      }
      return transitions;
    },
    current: () => [...runs.values()].flatMap((run) => run.current()),
    report() {
      aside.look();
      return [...runs.values()].map(reportOf);
    },
    reportOf(rule) {
      const run = runs.get(rule);
      return run === undefined ? undefined : reportOf(run);
    },
    waiting: () => settling.waiting(),
    nextMs: () => settling.nextMs(),
    uneven() {
      const waitingFor = new Map<string, readonly string[]>();
      for (const run of runs.values()) if (run.waiting() > 0) waitingFor.set(run.sourcesKey, run.rule.from);
      const found = [...waitingFor.values()].map((from) => partitions.uneven(from));
      const behind = new Set(found.flatMap((each) => each.behind));
      const ahead = new Set(found.flatMap((each) => each.ahead).filter((one) => !behind.has(one)));
      return { behind: [...behind], ahead: [...ahead] };
    },
    snapshot() {
      snapshot?.end();
      snapshot = saveState(state);
      return snapshot;
    },
  };
}
