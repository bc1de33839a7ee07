/**
 * Wires the steps from a validated configuration; the only file that knows them all, and so a little longer than others. The way of
 * an event is in app/alerting.ts and app/archiving.ts.
 */
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { startAlerting } from './app/alerting.ts';
import { openArchiveSide } from './app/archive-side.ts';
import { runArchiveBacktest } from './app/archive-backtest.ts';
import { runBacktest, type BacktestResult, type BacktestRun } from './app/backtest.ts';
import { processClock } from './app/clock.ts';
import { createDescriptorWatch } from './app/descriptor-watch.ts';
import { openDelivery } from './app/delivery.ts';
import { createDoubts } from './app/doubts.ts';
import { createEngine, type Engine } from './app/engine.ts';
import { createLosses } from './app/losses.ts';
import { judgeable, type Judged, type Unjudged } from './app/judged.ts';
import { createOversight } from './app/oversight.ts';
import { keepPrivate } from './app/keep-private.ts';
import { readiness } from './app/readiness.ts';
import { restored } from './app/restore.ts';
import { createRuleChanges } from './app/rule-changes.ts';
import { readRulePaths, rulesFolder } from './app/rulebook.ts';
import { runRuleTest, type RuleTestResult } from './app/rule-tests.ts';
import { openRules } from './app/rules-in-force.ts';
import { createRulesUnrest } from './app/rules-unrest.ts';
import { openSources } from './app/sources.ts';
import { asStartError, StartError } from './app/start-error.ts';
import { createStateAge } from './app/state-age.ts';
import { startTimers } from './app/timers.ts';
import { harmless, tellDefect, type Part } from './event/supervisor.ts';
import { within } from './event/waiting.ts';
import type { ProcessState } from './app/troubles.ts';
import { createArchive } from './archive/create.ts';
import type { Config, SourceConfig } from './config/config.ts';
import { openNotes } from './detect/notes.ts';
import { openStateStore } from './detect/store.ts';
import type { Episode, Transition } from './event/alert.ts';
import type { Clock } from './event/clock.ts';
import { createMask } from './event/mask/mask.ts';
import { redactKnown } from './event/redact.ts';
import type { Telemetry } from './event/telemetry.ts';
import type { Ruleset } from './rule/ast.ts';
import { formatDiagnostics } from './rule/diagnostics.ts';

export { isTaken, standBy } from './app/standby.ts';

/** Parts of the 10 s that a stop may take. */
const stopReadingMs = 3_000;
const stopNotingMs = 500;
const stopWritingMs = 4_000;

/** One line of /readyz. `fatal`: the process is not doing its work; otherwise it does, less well. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly fatal: boolean;
  readonly detail?: string;
  readonly fix?: string;
}

export interface RunOptions {
  readonly telemetry: Telemetry;
  /** The machine's by default. */
  readonly clock?: Clock;
  /** Where the terminal channel writes; standard output by default. */
  readonly terminal?: Writable;
  /** Told every transition once it is durable: the demo's summary. */
  readonly onTransition?: (transition: Transition) => void;
}

export interface Running {
  /** Resolves when every source has ended (standard input) and all is delivered and archived; never for endless sources. */
  readonly ended: Promise<void>;
  ready(): readonly Check[];
  /** Something escaped from a part outside, like a page: counts it and tells people. */
  defect(part: Part, error: unknown): void;
  /** Reads the rules folder again now. */
  reloadRules(): void;
  /**
   * Stops reading, finishes what was read, within 10 s. Idempotent. Gives what could not be finished and why, a sentence each; the next
   * start goes on there.
   */
  stop(): Promise<readonly string[]>;
}

/**
 * Starts archiving, alerting and delivery. Fails with StartError where a source, the state or the rules do not allow it; what else
 * cannot be reached is named in the log and on /readyz (ADR 8).
 */
export async function runPipelines(config: Config, options: RunOptions): Promise<Running> {
  await using opened = new AsyncDisposableStack();
  const running = await start(config, options, opened).catch((error: unknown) => {
    throw asStartError(error, join(config.dataDir, 'state.db'));
  });
  const resources = opened.move();
  let stopping: Promise<readonly string[]> | undefined;
  return {
    ...running,
    stop: () => (stopping ??= running.stop().finally(() => resources.disposeAsync())),
  };
}

async function start(config: Config, options: RunOptions, opened: AsyncDisposableStack): Promise<Running> {
  const { clock = processClock(options.telemetry) } = options;
  keepPrivate(config, options.telemetry);
  const store = openStateStore(join(config.dataDir, 'state.db'));
  opened.defer(() => store.close());
  const notes = openNotes(store.database);
  const losses = createLosses(notes.read('lost') ?? [], () => clock.nowMs());
  const telemetry = losses.watching(options.telemetry);
  const age = createStateAge({ store, notes, telemetry, clock: () => clock.nowMs() });
  const rules = await openRules(config, telemetry);
  const sources = await openSources(config, telemetry, clock);
  opened.defer(async () => {
    await Promise.allSettled(sources.map(({ source }) => source.close()));
  });

  const { schema } = config;
  const doubts = createDoubts();
  const archive = createArchive(config.archive, schema, config.dataDir, telemetry, clock);
  const delivery = openDelivery(
    config,
    { ...options, telemetry },
    { database: store.database, rules, archive, age, doubts, clock },
  );
  opened.defer(() => delivery.close());
  const engine = createEngine({
    detector: restored(store),
    store,
    clock,
    outbox: delivery.outbox,
    telemetry,
    planner: () => delivery.planner(),
    onTransitions: (transitions) => {
      harmless('delivery', telemetry, () => {
        delivery.wake();
        for (const transition of transitions) options.onTransition?.(transition);
      })();
    },
  });
  const changes = createRuleChanges({ config, engine, notes, log: telemetry.log, clock });
  await changes.putInForce(rules.ruleset());
  const unrest = createRulesUnrest({
    ...{ log: telemetry.log, rulesSinceMs: () => changes.sinceMs(), timezone: config.timezone },
  });
  const oversight = createOversight({
    ...{ config, store, notes, engine, rules, changes, delivery, losses, doubts, telemetry, clock },
    process: () => processState(engine, clock),
  });
  const alerting = await startAlerting({
    ...{ sources, schema, store, engine, telemetry, clock },
    matcher: rules.matcher,
    onRead: oversight.read,
    onContinued: (source, partition, offset) =>
      void age.continued(engine, source, partition, offset).catch(() => undefined),
    onReadFurther: (source, partition, own, offset) =>
      void age.readFurther(engine, source, partition, own, offset).catch(() => undefined),
  });
  const descriptors = createDescriptorWatch({ telemetry, steadyMs: () => clock.steadyMs() });
  const archiving = openArchiveSide({
    ...{ sources, archive, schema, telemetry },
    ...(config.mask.archive && { mask: createMask({ ...config.mask, redact: redactKnown }) }),
  });
  const stopTimers = startTimers({
    config,
    rules,
    unrest,
    engine,
    changes,
    oversight,
    alerting,
    archiving,
    archive,
    delivery,
    store,
    telemetry,
    clock,
    descriptors,
  });
  // What ends alerting ends the start too, however long the archive takes.
  await Promise.race([archiving.tried, alerting.ended, engine.failed]);
  const allEnded = Promise.all([alerting.ended.then(() => delivery.drain(stopWritingMs)), archiving.ended]);
  return {
    ended: Promise.race([allEnded.then(() => undefined), engine.failed]),
    defect: (part, error) => tellDefect(telemetry, part, error),
    ready: () =>
      readiness({
        alertLoops: alerting.loops,
        archiveLoops: archiving.loops,
        archiveProblem: archiving.problem,
        heldReading: alerting.held,
        stateProblem: engine.problem,
        descriptorProblem: descriptors.problem,
        rulesProblem: rules.problem,
        rulesUnrest: unrest.problem,
        channelProblems: delivery.problems,
        standing: oversight.standing,
        failing: oversight.failing,
      }),
    reloadRules: () => {
      changes
        .reload(rules)
        .catch((error: unknown) =>
          telemetry.log.error({ 'error.message': String(error) }, 'rules not changed'),
        );
    },
    stop: async () => {
      stopTimers();
      for (const loop of alerting.loops) loop.stop();
      await within(Promise.all(alerting.loops.map(({ ended }) => ended)), stopReadingMs);
      await within(oversight.finish(), stopNotingMs);
      await within(engine.close(), stopReadingMs);
      await Promise.all([archiving.stop(stopWritingMs), delivery.drain(stopWritingMs)]);
      await Promise.allSettled(alerting.loops.map(({ reader }) => reader.close()));
      const problem = engine.problem();
      return problem === undefined ? [] : [`what was read last could not be written down: ${problem}`];
    },
  };
}

function processState(engine: Engine, clock: Clock): ProcessState {
  const unwritable = engine.unwritable();
  const clockJump = clock.jumps().at(-1);
  return {
    ...(clockJump !== undefined && { clockJump }),
    ...(unwritable !== undefined && { unwritable }),
  };
}

export interface BacktestOptions {
  /** Rule files or folders; empty: the configured folder. */
  readonly rules: readonly string[];
  /** Files, `-` for standard input. */
  readonly inputs: readonly string[];
  /** Instead of files: the archive, from this time on. */
  readonly sinceMs?: number;
  readonly source?: string;
  readonly untilMs?: number | 'end';
  /** Called now and then with the events read so far and the time that they have come to. */
  readonly onProgress?: (events: number, readToMs: number) => void;
  /** Called with each settled episode, in order of firing. */
  readonly onEpisode: (episode: Episode) => void;
}

export interface BacktestSummary {
  readonly events: number;
  readonly matched: number;
  readonly late: number;
  readonly tooLate: number;
  readonly future: number;
  readonly undecodable: number;
  readonly alerts: number;
  readonly seconds: number;
  /** Rules whose alerts would be false, since of some of their sources nothing was read; absent: none. */
  readonly notJudged?: readonly Unjudged[];
  /** Rules whose alerts are true, though for the same reason some may be missing; absent: none. */
  readonly partlyJudged?: readonly Unjudged[];
}

/** The same evaluator over the past. Fails with StartError. */
export async function backtest(config: Config, options: BacktestOptions): Promise<BacktestSummary> {
  const started = performance.now();
  try {
    const { sinceMs, untilMs, onProgress } = options;
    const shared = {
      config,
      ruleset: rulesOf(config, options.rules),
      nowMs: Date.now(),
      ...(untilMs === undefined ? {} : { until: untilMs }),
      ...(onProgress === undefined ? {} : { onProgress }),
    };
    const { episodes, counts, judged } =
      sinceMs === undefined
        ? await fileBacktest({ ...shared, source: sourceOf(config, options.source), inputs: options.inputs })
        : await runArchiveBacktest({ ...shared, sinceMs });
    const { notJudged, partlyJudged } = judged;
    for (const episode of episodes) options.onEpisode(episode);
    const alerts = episodes.filter(({ firedAtMs }) => firedAtMs !== undefined).length;
    return {
      ...counts,
      alerts,
      seconds: Math.round(performance.now() - started) / 1000,
      ...(notJudged.length > 0 && { notJudged }),
      ...(partlyJudged.length > 0 && { partlyJudged }),
    };
  } catch (error) {
    throw asStartError(error);
  }
}

/** Over files of one source, with the rules that can be judged by its lines alone. */
async function fileBacktest(run: BacktestRun): Promise<BacktestResult & { readonly judged: Judged }> {
  const sources = run.config.sources.map(({ name }) => name);
  const judged = judgeable(run.ruleset.rules, sources, new Set([run.source.name]));
  return { ...(await runBacktest({ ...run, ruleset: { ...run.ruleset, rules: judged.rules } })), judged };
}

function sourceOf(config: Config, name: string | undefined): SourceConfig {
  const names = config.sources.map((source) => source.name).join(', ');
  const found = name === undefined ? config.sources : config.sources.filter((source) => source.name === name);
  if (found.length === 1) return found[0]!;
  throw new StartError(
    3,
    name === undefined ? 'the configuration has several sources' : `there is no source \`${name}\``,
    `name the one that says how the input is decoded: --source NAME (${names})`,
  );
}

function rulesOf(config: Config, paths: readonly string[]): Ruleset {
  const read = readRulePaths(config, paths);
  if (read.ruleset !== undefined) return read.ruleset;
  throw new StartError(
    2,
    formatDiagnostics(read.diagnostics, read.texts, 'text', { color: false }),
    'mend the rules',
  );
}

export interface TestOptions {
  /** Rule files or a folder; empty: the configured folder. */
  readonly rules: readonly string[];
  /** Called with each result, in the order of the rules. */
  readonly onResult: (result: RuleTestResult) => Promise<void>;
}

/** Runs the inline tests of rules; tells which rules have none. Fails with StartError (2: the rules are wrong). */
export async function testRules(
  config: Config,
  { rules, onResult }: TestOptions,
): Promise<{ readonly untested: readonly string[] }> {
  try {
    const ruleset = rulesOf(config, rules);
    for (const rule of ruleset.rules) {
      const folder = rulesFolder(config, rules, rule.file);
      for (const test of rule.tests) await onResult(await runRuleTest(rule, test, config, folder));
    }
    return { untested: ruleset.rules.filter(({ tests }) => tests.length === 0).map(({ name }) => name) };
  } catch (error) {
    throw asStartError(error);
  }
}
