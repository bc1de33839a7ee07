/**
 * Wires the steps from a validated configuration. It is the only file that knows all of them. The way of an event is in
 * app/pipeline/alerting.ts and app/pipeline/archiving.ts.
 */
import { join } from 'node:path';
import { processClock } from './app/clock.ts';
import { openDeliverySide, type DeliverySide } from './app/delivery/delivery-side.ts';
import { machineEdges, type Edges } from './app/edges.ts';
import { createDescriptorWatch } from './app/health/descriptor-watch.ts';
import { createDoubts } from './app/health/doubts.ts';
import { createLosses, type Losses } from './app/health/losses.ts';
import { createOversight } from './app/health/oversight.ts';
import { readiness } from './app/health/readiness.ts';
import { keepPrivate } from './app/keep-private.ts';
import { startAlerting, type Alerting } from './app/pipeline/alerting.ts';
import { createFirstStarts, type FirstStarts } from './app/pipeline/first-starts.ts';
import { openArchiveSide } from './app/pipeline/archive-side.ts';
import { createEngine } from './app/pipeline/committer.ts';
import { restored } from './app/pipeline/restore.ts';
import { createStateAge, type StateAge } from './app/pipeline/state-age.ts';
import { createRuleChanges } from './app/rules/changes.ts';
import { openRules } from './app/rules/in-force.ts';
import { createRulesUnrest, type RulesUnrest } from './app/rules/unrest.ts';
import { asStartError } from './app/start-error.ts';
import { startTimers, type TimersOptions } from './app/timers.ts';
import type { ReadinessCheck, Engine, ProcessState, RulesInForce, RunOptions } from './app/types.ts';
import type { OpenSource } from './app/pipeline/sources.ts';
import type { LogArchive } from './archive/archive.ts';
import type { Config } from './config/config.ts';
import { openNotes, type Notes } from './detect/store/notes.ts';
import { storeErrorOf, type StateStore } from './detect/store/store.ts';
import type { Clock } from './event/clock.ts';
import { createMask, type Mask } from './event/mask/mask.ts';
import { redactKnown } from './event/redact.ts';
import { harmless, tellDefect, type Part } from './event/supervisor.ts';
import type { Telemetry } from './event/telemetry.ts';
import { within } from './event/waiting.ts';

export { isHeldElsewhere, standBy } from './app/standby.ts';

/** Shares of the 10 s that `stop` may take. */
const STOP_READING_MS = 3_000;
const STOP_NOTING_MS = 500;
const STOP_WRITING_MS = 4_000;

export interface Running {
  /** Resolves when every source has ended (standard input) and all is delivered and archived. Never resolves for endless sources. */
  readonly ended: Promise<void>;
  ready(): readonly ReadinessCheck[];
  /** Counts an error that escaped from a part outside of the pipelines, such as a page, and tells people. */
  defect(part: Part, error: unknown): void;
  /** Reads the rules folder again at once. */
  reloadRules(): void;
  /**
   * Stops reading and finishes what was read, within 10 s. Idempotent. Returns a sentence for each thing that could not be finished, with
   * the reason; the next start goes on there.
   */
  stop(): Promise<readonly string[]>;
}

/**
 * Starts archiving, alerting and delivery. Fails with StartError where a source, the state or the rules do not allow a start. Anything else
 * that cannot be reached is named in the log and on /readyz (ADR 8). `edges`: the parts of the machine and of the world that the pipelines
 * touch.
 */
export async function runPipelines(
  config: Config,
  options: RunOptions,
  edges: Edges = machineEdges,
): Promise<Running> {
  await using opened = new AsyncDisposableStack();
  const clock = options.clock ?? processClock(options.telemetry);
  const around = { config, options, edges, clock, opened };
  const running = await start(around).catch((error: unknown) => {
    // An error of SQLite does not name the database that it is about.
    throw asStartError(storeErrorOf(error, join(config.dataDir, 'state.db')));
  });
  const resources = opened.move();
  let stopping: Promise<readonly string[]> | undefined;
  return {
    ...running,
    stop: () => (stopping ??= running.stop().finally(() => resources.disposeAsync())),
  };
}

/** The inputs of a run, and the things that must be closed after it. */
interface Around {
  readonly config: Config;
  readonly options: RunOptions;
  readonly edges: Edges;
  readonly clock: Clock;
  /** Closed when the run has ended or could not be started. */
  readonly opened: AsyncDisposableStack;
}

async function start(around: Around): Promise<Running> {
  const { config, edges, clock } = around;
  const { schema, timezone } = config;
  const state = openState(around);
  const { store, notes, firstStarts, losses, telemetry } = state;
  const rules = await openRules({ folder: edges.rulesFolder(config, clock), schema, telemetry, clock });
  const sources = await openSources(around, telemetry, firstStarts);
  const doubts = createDoubts();
  const archive = await edges.createArchive(config, telemetry, clock);
  const delivery = startDelivery(around, state, { rules, archive, doubts: (rule) => doubts.of(rule) });
  const engine = startEngine(around, state, delivery);
  const changes = createRuleChanges({ config, engine, notes, log: telemetry.log, clock });
  await changes.putInForce(rules.ruleset());
  const unrest = createRulesUnrest({ log: telemetry.log, rulesSinceMs: () => changes.sinceMs(), timezone });
  const oversight = createOversight({
    config,
    store,
    notes,
    engine,
    rules,
    changes,
    delivery,
    losses,
    doubts,
    firstStarts,
    telemetry,
    clock,
    process: () => processState(engine, clock),
  });
  const alerting = await startReading(around, state, { sources, rules, engine, oversight });
  const descriptors = createDescriptorWatch({
    telemetry,
    steadyMs: () => clock.steadyMs(),
    open: () => edges.openDescriptors(),
  });
  const archiving = openArchiveSide({ sources, archive, schema, telemetry, clock, ...archiveMask(config) });
  const parts: Parts = {
    config,
    rules,
    engine,
    changes,
    oversight,
    firstStarts,
    alerting,
    archiving,
    archive,
    delivery,
    store,
    telemetry,
    clock,
    descriptors,
    unrest,
  };
  const stopTimers = startTimers(parts);
  // A failure of alerting ends the start as well, however long the archive takes to open.
  await Promise.race([archiving.tried, alerting.ended, engine.failed]);
  return running(parts, stopTimers);
}

/** The state, and the parts of the program that keep their memory in it between processes. */
interface State {
  readonly store: StateStore;
  readonly notes: Notes;
  readonly age: StateAge;
  readonly firstStarts: FirstStarts;
  readonly losses: Losses;
  /** The telemetry of the run, with its counters of losses watched by `losses`. */
  readonly telemetry: Telemetry;
}

function openState({ config, options, edges, clock, opened }: Around): State {
  keepPrivate(config, options.telemetry);
  const store = edges.openStore(join(config.dataDir, 'state.db'));
  opened.defer(() => store.close());
  const notes = openNotes(store.tables);
  const losses = createLosses(notes.read('lost') ?? [], () => clock.nowMs());
  const telemetry = losses.watching(options.telemetry);
  const firstStarts = createFirstStarts({ config, store, telemetry, clock });
  const age = createStateAge({ store, notes, telemetry, clock });
  return { store, notes, age, firstStarts, losses, telemetry };
}

/** The mask of the lines that are archived; none unless the configuration asks for it. */
function archiveMask({ mask }: Config): { readonly mask?: Mask } {
  return mask.archive ? { mask: createMask({ ...mask, redact: redactKnown }) } : {};
}

async function openSources(
  { config, edges, clock, opened }: Around,
  telemetry: Telemetry,
  firstStarts: FirstStarts,
): Promise<readonly OpenSource[]> {
  const sources = await edges.openSources(config, telemetry, clock, (source) => firstStarts.of(source));
  opened.defer(async () => {
    await Promise.allSettled(sources.map(({ source }) => source.close()));
  });
  return sources;
}

/** Starts the loops of alerting. */
async function startReading(
  { config, options, edges, clock, opened }: Around,
  { store, age, firstStarts, telemetry }: State,
  {
    sources,
    rules,
    engine,
    oversight,
  }: Pick<Parts, 'rules' | 'engine' | 'oversight'> & {
    readonly sources: readonly OpenSource[];
  },
): Promise<Alerting> {
  const threads = edges.kernelThreads(telemetry);
  opened.defer(async () => await threads?.close());
  return await startAlerting({
    sources,
    schema: config.schema,
    store,
    engine,
    telemetry,
    clock,
    ...(threads !== undefined && { threads }),
    ...options.limits,
    ...positionsOf(age, firstStarts, engine),
    matcher: rules.matcher,
    onRead(batch) {
      firstStarts.read(batch);
      oversight.read(batch);
    },
    onDecoded: oversight.decoded,
  });
}

function startEngine(
  { options, clock }: Around,
  { store, firstStarts, telemetry }: State,
  delivery: DeliverySide,
): Engine {
  return createEngine({
    detector: restored(store),
    store,
    clock,
    outbox: delivery.outbox,
    telemetry,
    ...options.limits,
    planner: () => delivery.planner(),
    telling: firstStarts.telling,
    onTransitions: (transitions) => {
      harmless('delivery', telemetry, () => {
        delivery.wake();
        for (const transition of transitions) options.onTransition?.(transition);
      })();
    },
  });
}

/** Tells the age of the state about positions of others that are ahead of ours. */
function positionsOf(
  age: StateAge,
  firstStarts: FirstStarts,
  engine: Engine,
): Pick<Parameters<typeof startAlerting>[0], 'onContinued' | 'onReadFurther'> {
  return {
    onContinued(source, partition, offset) {
      firstStarts.wasRead(engine, source).catch(() => undefined);
      age.continued(engine, source, partition, offset).catch(() => undefined);
    },
    onReadFurther: (source, partition, own, offset) =>
      void age.readFurther(engine, source, partition, own, offset).catch(() => undefined),
  };
}

function startDelivery(
  { config, options, edges, clock, opened }: Around,
  { store: { tables }, age, telemetry }: State,
  parts: {
    readonly rules: RulesInForce;
    readonly archive: LogArchive;
    readonly doubts: ReturnType<typeof createDoubts>['of'];
  },
): DeliverySide {
  const delivery = openDeliverySide({
    config,
    telemetry,
    clock,
    tables,
    ...parts,
    ...options.limits,
    ...(options.random !== undefined && { random: options.random }),
    outbox: edges.openOutbox(tables, () => clock.nowMs(), age.toldBeforeMs),
    channels: edges.createChannels(config, telemetry, { ...options, clock }),
  });
  opened.defer(() => delivery.close());
  return delivery;
}

/** All parts of a run that have been started. */
interface Parts extends TimersOptions {
  readonly unrest: RulesUnrest;
}

function running(parts: Parts, stopTimers: () => void): Running {
  const { rules, engine, changes, alerting, archiving, delivery, telemetry } = parts;
  const allEnded = Promise.all([alerting.ended.then(() => delivery.drain(STOP_WRITING_MS)), archiving.ended]);
  return {
    ended: Promise.race([allEnded.then(() => undefined), engine.failed]),
    defect: (part, error) => tellDefect(telemetry, part, error),
    ready: () => checks(parts),
    reloadRules: () => {
      changes
        .reload(rules)
        .catch((error: unknown) =>
          telemetry.log.error(
            { 'event.action': 'rules-unchanged', 'error.message': String(error) },
            'rules not changed',
          ),
        );
    },
    stop: async () => {
      stopTimers();
      return await stopAll(parts);
    },
  };
}

function checks(parts: Parts) {
  const { rules, engine, oversight, firstStarts, alerting, archiving, delivery, descriptors, unrest } = parts;
  return readiness({
    alertLoops: alerting.loops,
    archiveLoops: archiving.loops,
    archiveProblem: archiving.problem,
    heldReading: alerting.held,
    firstStart: () => firstStarts.problem(alerting.loops),
    stateProblem: engine.problem,
    descriptorProblem: descriptors.problem,
    rulesProblem: rules.problem,
    rulesUnrest: unrest.problem,
    channelProblems: delivery.problems,
    health: oversight.health,
    failing: oversight.failing,
  });
}

/** Implements `Running.stop`. */
async function stopAll({
  rules,
  engine,
  oversight,
  alerting,
  archiving,
  delivery,
  clock,
}: Parts): Promise<readonly string[]> {
  rules.close();
  for (const loop of alerting.loops) loop.stop();
  await within(Promise.all(alerting.loops.map(({ ended }) => ended)), STOP_READING_MS, clock);
  await within(oversight.finish(), STOP_NOTING_MS, clock);
  await within(engine.close(), STOP_READING_MS, clock);
  await Promise.all([archiving.stop(STOP_WRITING_MS), delivery.drain(STOP_WRITING_MS)]);
  await Promise.allSettled(alerting.loops.map(({ reader }) => reader.close()));
  const problem = engine.problem();
  return problem === undefined ? [] : [`what was read last could not be written down: ${problem}`];
}

function processState(engine: Engine, clock: Clock): ProcessState {
  const unwritable = engine.unwritable();
  const clockJump = clock.jumps().at(-1);
  return {
    ...(clockJump !== undefined && { clockJump }),
    ...(unwritable !== undefined && { unwritable }),
  };
}
