/**
 * Looks after Tocsin's own work, every few seconds: how each rule stands goes to the notes, where `tocsin alerts` finds it, to /metrics
 * and /readyz; what people must be told goes the way of every alert. Waits for nothing but the engine, and never queues up there.
 */
import type { Config } from '../../config/config.ts';
import type { LossRow, Notes, RuleRow, StandingRow } from '../../detect/store/notes.ts';
import type { StateStore } from '../../detect/store/store.ts';
import type { Clock } from '../../event/clock.ts';
import type { Transition } from '../../event/alert.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { PartitionStatus } from '../../ingest/source.ts';
import { selfMeaning, selfRules } from '../../notify/message/self/rules.ts';
import { windowOf } from '../../rule/alert-parts.ts';
import type { Doubts } from './doubts.ts';
import type {
  Engine,
  ReadLoop,
  BatchRead,
  RulesInForce,
  ArchiveState,
  ProcessState,
  ReceiverState,
} from '../types.ts';
import { reportCounts, type Loss, type Losses } from './losses.ts';
import { createSelfWatch, type IsWatched } from './self-alerts.ts';
import { createSourceWatch } from './sources.ts';
import { standingOf } from './rule-health.ts';
import { troublesOf } from './conditions.ts';

export interface OversightOptions {
  readonly config: Config;
  readonly store: Pick<StateStore, 'episodes'>;
  readonly notes: Notes;
  readonly engine: Pick<Engine, 'report' | 'tell'>;
  readonly rules: Pick<RulesInForce, 'ruleset' | 'problem' | 'rule'>;
  /** The rules in force with the last change of each, and since when they are in force. */
  readonly changes: { rows(): readonly RuleRow[]; sinceMs(): number };
  /** Receivers that do not get their messages, and whether any rule in force tells a receiver (as `failing` names it). */
  readonly delivery: { failing(nowMs: number): readonly ReceiverState[]; tells(receiver: string): boolean };
  readonly losses: Losses;
  readonly doubts: Pick<Doubts, 'note'>;
  readonly process: () => ProcessState;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

interface LookedAt {
  /** Of alerting. */
  readonly loops: readonly ReadLoop[];
  readonly archive: ArchiveState;
}

export interface Oversight {
  /** A batch was read and is durable. */
  readonly read: (batch: BatchRead) => void;
  /** One look at everything; resolves when what it found is durable. A look while one is under way does nothing. */
  look(at: LookedAt): Promise<void>;
  /** As of the last look. */
  readonly standing: () => readonly StandingRow[];
  /** Likewise. */
  readonly failing: () => readonly ReceiverState[];
  /** The last note: that the process worked until now. */
  finish(): Promise<void>;
}

export function createOversight(options: OversightOptions): Oversight {
  const { config, store, notes, engine, rules, changes, losses, telemetry, clock } = options;
  const sources = createSourceWatch(config.sources, notes.read('heard') ?? [], clock.nowMs());
  const countReports = reportCounts(telemetry);
  const selfWatch = createSelfWatch(openSelfAlerts(store), config.selfAlerts.holdMs);
  const latenesses = new Map(config.sources.map(({ name, latenessMs }) => [name, latenessMs]));
  let standing: readonly StandingRow[] = [];
  let failing: readonly ReceiverState[] = [];
  let isLooking = false;

  const lookMs = (name: string): number | undefined => {
    const rule = rules.rule(name);
    return rule && windowOf(rule.alert).ms;
  };

  const judge = ({ loops, archive }: LookedAt, nowMs: number) => {
    const reports = engine.report();
    countReports(reports);
    const found = {
      sources: sources.look(partitionsOf(loops), nowMs),
      losses: losses.current(nowMs, lookMs),
    };
    const rulesProblem = rules.problem();
    const problem = rulesProblem === undefined ? {} : { problem: rulesProblem };
    const rows = standingOf({
      ...found,
      ...(rulesProblem !== undefined && { rulesProblem }),
      rules: rules.ruleset().rules,
      reports,
      latenessMs: (source) => latenesses.get(source) ?? 0,
      changes: changes.rows(),
      inForceSinceMs: changes.sinceMs(),
      nowMs,
    });
    failing = options.delivery.failing(nowMs);
    const troubles = troublesOf({
      ...found,
      neededLatenessMs: (rule) => reports.find((report) => report.rule === rule)?.late?.latenessMs,
      maxGroups: (rule) => rules.rule(rule)?.maxGroups ?? 0,
      rules: { ...problem, running: rules.ruleset().rules.length },
      receivers: failing,
      archive,
      process: options.process(),
      lagAfterMs: config.selfAlerts.lagAfterMs,
      nowMs,
    });
    return {
      rows,
      losses: found.losses,
      transitions: selfWatch.step(troubles, nowMs, clock.steadyMs(), isWatched),
    };
  };

  /** Nobody says of what was taken out of the configuration or the rules that it is well again. */
  const isWatched: IsWatched = (selfRule, { source, rule, receiver }) => {
    const of = config.sources.find(({ name }) => name === source);
    if (source !== undefined && of === undefined) return false;
    if (selfRule === 'tocsin_source_silent' && of?.silentAfterMs === undefined) return false;
    if (rule !== undefined && rules.rule(String(rule)) === undefined) return false;
    return receiver === undefined || options.delivery.tells(String(receiver));
  };

  return {
    read: (batch) => {
      sources.read(batch);
    },
    async look(at) {
      if (isLooking) return;
      isLooking = true;
      const nowMs = clock.nowMs();
      try {
        const found = judge(at, nowMs);
        showGauges(standing, found.rows, telemetry);
        standing = found.rows;
        options.doubts.note(found.rows);
        for (const transition of found.transitions) say(transition, telemetry);
        await engine.tell(found.transitions, (tx) => {
          // Compared with their own clock by those who ask whether we are at work.
          notes.write(tx, 'workedAtMs', clock.wallMs());
          notes.write(tx, 'standing', found.rows);
          notes.write(tx, 'lost', found.losses.map(keptRow));
          notes.write(tx, 'heard', sources.heard());
        });
      } finally {
        isLooking = false;
      }
    },
    standing: () => standing,
    failing: () => failing,
    finish: () => engine.tell([], (tx) => notes.write(tx, 'workedAtMs', clock.wallMs())),
  };
}

/** What the next process needs of it. */
const keptRow = ({ counter, labels, firstMs, lastMs, count, isTold }: Loss): LossRow => ({
  ...{ counter, labels, firstMs, lastMs, count, isTold },
});

function openSelfAlerts(store: OversightOptions['store']) {
  return Object.keys(selfRules).flatMap((rule) =>
    store
      .episodes({ rule, open: true })
      .map(({ episode }) => episode)
      .filter(({ meaning }) => meaning === selfMeaning),
  );
}

/** Of the sources that have not ended. */
function partitionsOf(loops: readonly ReadLoop[]): ReadonlyMap<string, readonly PartitionStatus[]> {
  const going = loops.map(({ source, reader }) => ({ source, partitions: reader.partitions() }));
  return new Map(
    going
      .filter(({ source, partitions }) => !source.finite || !partitions.every(({ ended }) => ended === true))
      .map(({ source, partitions }) => [source.name, partitions]),
  );
}

function showGauges(before: readonly StandingRow[], now: readonly StandingRow[], telemetry: Telemetry): void {
  const of = (rows: readonly StandingRow[]) =>
    rows.flatMap(({ rule, reason }) => (rule === undefined ? [] : [{ rule, reason }]));
  for (const labels of of(before)) telemetry.gauge('rule_incomplete', labels, 0);
  for (const labels of of(now)) telemetry.gauge('rule_incomplete', labels, 1);
}

function say({ kind, episode }: Transition, telemetry: Telemetry): void {
  const fields = {
    'event.action': `self-alert-${kind}`,
    'tocsin.rule': episode.rule,
    'tocsin.alert_id': episode.alertId,
    'tocsin.group': episode.group,
    'tocsin.figures': episode.figures,
  };
  if (kind === 'fired')
    telemetry.log.warn(fields, selfRules[episode.rule as keyof typeof selfRules].title.en);
  else telemetry.log.info(fields, `over: ${selfRules[episode.rule as keyof typeof selfRules].title.en}`);
}
