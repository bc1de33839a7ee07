/**
 * Wires the steps from a validated configuration: the only file that knows them all. The way of an event is in
 * app/pipeline/alerting.ts and app/pipeline/archiving.ts.
 */
import { join } from 'node:path';
import { startAlerting } from './app/pipeline/alerting.ts';
import { openArchiveSide } from './app/pipeline/archive-side.ts';
import { processClock } from './app/clock.ts';
import { createDescriptorWatch } from './app/health/descriptor-watch.ts';
import { openDelivery } from './app/delivery/delivery.ts';
import { createDoubts } from './app/health/doubts.ts';
import { createEngine } from './app/pipeline/committer.ts';
import type { Engine, ProcessState, Check, RunOptions } from './app/types.ts';
import { createLosses } from './app/health/losses.ts';
import { createOversight } from './app/health/oversight.ts';
import { keepPrivate } from './app/keep-private.ts';
import { readiness } from './app/health/readiness.ts';
import { restored } from './app/pipeline/restore.ts';
import { createRuleChanges } from './app/rules/changes.ts';
import { openRules } from './app/rules/in-force.ts';
import { openSources } from './app/pipeline/sources.ts';
import { asStartError } from './app/start-error.ts';
import { createStateAge } from './app/pipeline/state-age.ts';
import { createRulesUnrest } from './app/rules/unrest.ts';
import { startTimers } from './app/timers.ts';
import { harmless, tellDefect, type Part } from './event/supervisor.ts';
import { within } from './event/waiting.ts';
import { createArchive } from './archive/create.ts';
import type { Config } from './config/config.ts';
import { openNotes } from './detect/store/notes.ts';
import { openStateStore } from './detect/store/store.ts';
import type { Clock } from './event/clock.ts';
import { createMask } from './event/mask/mask.ts';
import { redactKnown } from './event/redact.ts';

export { isTaken, standBy } from './app/standby.ts';

/** Parts of the 10 s that a stop may take. */
const stopReadingMs = 3_000;
const stopNotingMs = 500;
const stopWritingMs = 4_000;

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
  const notes = openNotes(store.tables);
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
    {
      tables: store.tables,
      rules,
      archive,
      toldBeforeMs: age.toldBeforeMs,
      doubts: (rule) => doubts.of(rule),
      clock,
    },
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
