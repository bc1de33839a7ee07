/**
 * Watches Tocsin's own work every few seconds. Rule health goes to the notes, where `tocsin alerts` finds it, to /metrics and to /readyz.
 * Troubles that people must be told of become alerts. Oversight waits for nothing but the engine, and never queues up there.
 */
import type { Config } from '../../config/config.ts';
import type { LossRow, Notes, RuleRow, HealthRow } from '../../detect/store/notes.ts';
import type { StateStore } from '../../detect/store/store.ts';
import type { Clock } from '../../event/clock.ts';
import type { Transition } from '../../event/alert.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { PartitionStatus } from '../../ingest/source.ts';
import { SELF_MEANING, selfRules } from '../../notify/message/self/rules.ts';
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
import { createBadLines, type BadLines } from './bad-lines.ts';
import { reportCounts, type Loss, type Losses } from './losses.ts';
import { createSelfWatch, type IsWatched } from './self-alerts.ts';
import { createSourceWatch, type SourceState, type SourceWatch } from './sources.ts';
import { ruleHealthOf } from './rule-health.ts';
import { troublesOf } from './conditions.ts';

export interface OversightOptions {
  readonly config: Config;
  readonly store: Pick<StateStore, 'episodes'>;
  readonly notes: Notes;
  readonly engine: Pick<Engine, 'report' | 'tell'>;
  readonly rules: Pick<RulesInForce, 'ruleset' | 'problem' | 'rule'>;
  /** The rules in force with the last change of each, and the time since when they are in force. */
  readonly changes: { rows(): readonly RuleRow[]; sinceMs(): number };
  /**
   * `failing`: receivers that do not get their messages. `tells`: true where a rule in force sends to a receiver (named as in `failing`).
   */
  readonly delivery: { failing(nowMs: number): readonly ReceiverState[]; tells(receiver: string): boolean };
  readonly losses: Losses;
  readonly doubts: Pick<Doubts, 'note'>;
  readonly firstStarts: { isCatchingUp(source: string): boolean; pastReadUntilMs(): number };
  readonly process: () => ProcessState;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

interface LookedAt {
  /** The loops of alerting. */
  readonly loops: readonly ReadLoop[];
  readonly archive: ArchiveState;
}

export interface Oversight {
  /** Called with a batch that was read and is durable. */
  readonly read: (batch: BatchRead) => void;
  /** Called with the lines of such a batch, and the number of them that are behind by a time zone. */
  readonly decoded: BadLines['take'];
  /** Looks at everything once. Resolves when the result is durable. Does nothing while another look is under way. */
  look(at: LookedAt): Promise<void>;
  /** Rule health at the last look. */
  readonly health: () => readonly HealthRow[];
  /** The failing receivers at the last look. */
  readonly failing: () => readonly ReceiverState[];
  /** Writes the last note: the process worked until now. */
  finish(): Promise<void>;
}

export function createOversight(options: OversightOptions): Oversight {
  const { config, notes, engine, telemetry, clock } = options;
  const sources = createSourceWatch(config.sources, notes.read('heard') ?? [], clock.nowMs());
  const badLines = createBadLines(config);
  const examine = createExamination(options, sources, badLines.fault);
  let seen: Pick<Examined, 'health' | 'failing'> = { health: [], failing: [] };
  let isLooking = false;

  return {
    read: (batch) => {
      sources.read(batch);
    },
    decoded: badLines.take,
    async look(at) {
      if (isLooking) return;
      isLooking = true;
      try {
        const { transitions, losses, ...found } = examine(at);
        showGauges(seen.health, found.health, telemetry);
        seen = found;
        options.doubts.note(found.health);
        for (const transition of transitions) say(transition, telemetry);
        await engine.tell(transitions, (tx) => {
          // Programs compare this time with their own clock to see whether the process works.
          notes.write(tx, 'workedAtMs', clock.wallMs());
          notes.write(tx, 'health', found.health);
          notes.write(tx, 'lost', losses.map(keptRow));
          notes.write(tx, 'heard', sources.heard());
        });
      } finally {
        isLooking = false;
      }
    },
    health: () => seen.health,
    failing: () => seen.failing,
    finish: () => engine.tell([], (tx) => notes.write(tx, 'workedAtMs', clock.wallMs())),
  };
}

/** The result of a look. */
interface Examined {
  readonly health: readonly HealthRow[];
  readonly failing: readonly ReceiverState[];
  readonly losses: readonly Loss[];
  /** Alerts about Tocsin itself. */
  readonly transitions: readonly Transition[];
}

/** Creates the function that looks at everything and passes the troubles through Tocsin's own rules. */
function createExamination(
  options: OversightOptions,
  sources: Pick<SourceWatch, 'look'>,
  fault: BadLines['fault'],
): (at: LookedAt) => Examined {
  const { config, engine, rules, changes, clock } = options;
  const countReports = reportCounts(options.telemetry);
  const selfWatch = createSelfWatch(openSelfAlerts(options.store), config.selfAlerts.holdMs);
  const latenesses = new Map(config.sources.map(({ name, latenessMs }) => [name, latenessMs]));
  const isWatched = watchedOf(options);
  const lookMs = (name: string): number | undefined => {
    const rule = rules.rule(name);
    return rule && windowOf(rule.alert).ms;
  };

  return ({ loops, archive }) => {
    const nowMs = clock.nowMs();
    const reports = engine.report();
    countReports(reports);
    const found = {
      // A source whose past is being read is far behind, as it should be.
      sources: sources
        .look(partitionsOf(loops), nowMs)
        .map((each) => (options.firstStarts.isCatchingUp(each.source) ? withoutLag(each) : each)),
      losses: options.losses.current(nowMs, lookMs).map(withFault(fault, nowMs)),
      nowMs,
    };
    const running = rules.ruleset().rules;
    const problem = rules.problem();
    const health = ruleHealthOf({
      ...found,
      ...(problem !== undefined && { rulesProblem: problem }),
      rules: running,
      reports,
      latenessMs: (source) => latenesses.get(source) ?? 0,
      changes: changes.rows(),
      inForceSinceMs: changes.sinceMs(),
    });
    const failing = options.delivery.failing(nowMs);
    const pastUntilMs = options.firstStarts.pastReadUntilMs();
    const troubles = troublesOf({
      ...found,
      // A rule's losses of the past are shown, but nobody is told of them.
      losses: found.losses.filter(({ kind, lastMs }) => kind.of !== 'rule' || lastMs > pastUntilMs),
      neededLatenessMs: (rule) => reports.find((report) => report.rule === rule)?.late?.latenessMs,
      maxGroups: (rule) => rules.rule(rule)?.maxGroups ?? 0,
      rules: { ...(problem !== undefined && { problem }), running: running.length },
      receivers: failing,
      archive,
      process: options.process(),
      lagAfterMs: config.selfAlerts.lagAfterMs,
    });
    const transitions = selfWatch.step(troubles, nowMs, clock.steadyMs(), isWatched);
    return { health, failing, losses: found.losses, transitions };
  };
}

/** Returns a function that adds the cause to a loss of lines that people are told of. */
function withFault(fault: BadLines['fault'], nowMs: number): (loss: Loss) => Loss {
  return (loss) => {
    const { kind, labels, isTold } = loss;
    const found =
      isTold && kind.of === 'source' ? fault(String(labels['source']), kind.reason, nowMs) : undefined;
    return found === undefined ? loss : { ...loss, fault: found };
  };
}

/**
 * Returns true where the subject of a trouble is still looked at. When it was removed from the configuration or the rules, nobody can say
 * that it is well again.
 */
function watchedOf({ config, rules, delivery }: OversightOptions): IsWatched {
  return (selfRule, { source, rule, receiver }) => {
    const of = config.sources.find(({ name }) => name === source);
    if (source !== undefined && of === undefined) return false;
    if (selfRule === 'tocsin_source_silent' && of?.silentAfterMs === undefined) return false;
    if (rule !== undefined && rules.rule(String(rule)) === undefined) return false;
    return receiver === undefined || delivery.tells(String(receiver));
  };
}

const withoutLag = ({ behind: _, ...rest }: SourceState): SourceState => rest;

/** The part of a loss that the next process needs. */
const keptRow = ({ counter, labels, firstMs, lastMs, count, isTold }: Loss): LossRow => ({
  counter,
  labels,
  firstMs,
  lastMs,
  count,
  isTold,
});

function openSelfAlerts(store: OversightOptions['store']) {
  return Object.keys(selfRules).flatMap((rule) =>
    store
      .episodes({ rule, open: true })
      .map(({ episode }) => episode)
      .filter(({ meaning }) => meaning === SELF_MEANING),
  );
}

/** Returns the partitions of the sources that have not ended. */
function partitionsOf(loops: readonly ReadLoop[]): ReadonlyMap<string, readonly PartitionStatus[]> {
  const going = loops.map(({ source, reader }) => ({ source, partitions: reader.partitions() }));
  return new Map(
    going
      .filter(({ source, partitions }) => !source.finite || !partitions.every(({ ended }) => ended === true))
      .map(({ source, partitions }) => [source.name, partitions]),
  );
}

function showGauges(before: readonly HealthRow[], now: readonly HealthRow[], telemetry: Telemetry): void {
  const of = (rows: readonly HealthRow[]) =>
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
    // The own log holds no text of other logs.
    'tocsin.figures': { ...episode.figures, example: undefined },
  };
  if (kind === 'fired')
    telemetry.log.warn(fields, selfRules[episode.rule as keyof typeof selfRules].title.en);
  else telemetry.log.info(fields, `over: ${selfRules[episode.rule as keyof typeof selfRules].title.en}`);
}
