/**
 * A machine to run the alerting process on: its disk outlives it, its memory does not. The engine, the store, the outbox, the
 * dispatcher, the decoder, the matcher and the detector are the real ones; sources, receivers and time are simulated.
 */
import { join } from 'node:path';
import { startAlerting, type Alerting } from '../../src/app/pipeline/alerting.ts';
import { createClock, type MachineClocks } from '../../src/app/clock.ts';
import { createEngine } from '../../src/app/pipeline/committer.ts';
import type { Engine } from '../../src/app/types.ts';
import { restored } from '../../src/app/pipeline/restore.ts';
import { changesTo } from '../../src/app/rules/parts.ts';
import type { SourceConfig } from '../../src/config/config.ts';
import { rulesInput, rulesPartInput, type RulesPart } from '../../src/detect/input/input.ts';
import { openAlertReader, openStateStore } from '../../src/detect/store/store.ts';
import type { StoredEpisode } from '../../src/detect/store/alerts.ts';
import type { Clock } from '../../src/event/clock.ts';
import { whole } from '../../src/event/slices.ts';
import { silent } from '../../src/event/telemetry.ts';
import { handOver } from '../../src/match/hand-over.ts';
import { compileMatcher, type Matcher } from '../../src/match/matcher.ts';
import { startDispatcher } from '../../src/notify/outbox/dispatcher.ts';
import { openOutbox, type Outbox } from '../../src/notify/outbox/outbox.ts';
import { plan } from '../../src/notify/message/plan.ts';
import type { Rule, Ruleset } from '../../src/rule/ast.ts';
import type { Random } from '../support/timelines.ts';
import { Crashed, mortal, mortalOutbox, mortalStore, type Disk, type Mortal } from './process-disk.ts';
import type { Receivers } from './process-receivers.ts';
import type { SimulatedSource } from './process-source.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface MachineOptions {
  readonly dir: string;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly sources: readonly { readonly source: SimulatedSource; readonly config: SourceConfig }[];
  readonly receivers: Receivers;
  readonly targets: readonly string[];
  /** The rules on disk. */
  readonly ruleset: () => Ruleset;
  readonly clocks: MachineClocks;
  readonly disk: Disk;
}

export interface Process {
  readonly isOver: () => boolean;
  /** As the program does once a second: not while the one before still waits for the disk. */
  tick(): void;
  /** Reads the rules again. */
  reload(): void;
  /** Ends it in good order, with a snapshot if there is room for one. */
  stop(): Promise<void>;
  /** Messages that wait; undefined while it is being started. */
  pending(): number | undefined;
  /** What broke in it that is neither a crash nor an end. */
  readonly fault: () => unknown;
  /** Gives its files free; whatever it still does comes to nothing. */
  bury(): void;
}

/** Begins to start a process that dies at its `fatal`-th effect, which may be while it starts. */
export function startProcess(options: MachineOptions, fatal: number): Process {
  const clock = createClock(() => undefined, options.clocks);
  const life = mortal(fatal);
  const store = openStateStore(join(options.dir, 'state.db'));
  // A simulated crash takes nothing from the file system, so that nothing need be forced onto its disk.
  store.tables.define('PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE');
  let parts: Parts | undefined;
  let fault: unknown;
  let isStopping = false;
  const survive = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crashed) && !life.isOver() && !isStopping) fault ??= error;
    }
  };
  const started = survive(async () => {
    parts = await startParts(options, clock, life, store);
    void survive(() => parts!.alerting.ended);
  });
  let isTicking = false;
  let reloads = started;
  return {
    isOver: life.isOver,
    tick() {
      if (parts === undefined || isTicking || life.isOver()) return;
      isTicking = true;
      const { alerting } = parts;
      void survive(() => alerting.tick()).then(() => (isTicking = false));
    },
    reload() {
      reloads = reloads.then(() =>
        survive(async () => {
          if (parts !== undefined && !life.isOver()) await reload(parts, options, () => clock.nowMs());
        }),
      );
    },
    async stop() {
      isStopping = true;
      if (parts !== undefined) await parts.engine.close().catch(() => undefined);
      life.end();
    },
    pending: () => parts?.outbox.backlog(clock.nowMs()).pending,
    fault: () => fault,
    bury() {
      life.end();
      options.time.clearTimers();
      store.close();
    },
  };
}

/** As rules/in-force.ts does it: part by part, each at the moment when it is handed in. */
async function reload(
  { engine, inForce }: Parts,
  options: MachineOptions,
  nowMs: () => number,
): Promise<void> {
  const configs = options.sources.map(({ config }) => config);
  const next = rulesFrom(options.ruleset());
  const changes = whole(changesTo(options.ruleset(), inForce.byName));
  const waiting = new Set(changes.flatMap(namesOf));
  const enter = (names: Iterable<string>): void => {
    for (const name of names) {
      const rule = next.byName.get(name);
      if (rule === undefined) inForce.byName.delete(name);
      else inForce.byName.set(name, rule);
    }
  };
  inForce.matcher = handOver(inForce.matcher, next.matcher, (name) => waiting.has(name));
  enter([...next.byName.keys()].filter((name) => !waiting.has(name)));
  for (const part of changes) {
    for (const name of namesOf(part)) waiting.delete(name);
    await engine.take(rulesPartInput(part, configs, nowMs()), undefined, () => enter(namesOf(part)));
  }
  inForce.matcher = next.matcher;
}

const namesOf = ({ rules, removed }: RulesPart): readonly string[] => [
  ...rules.map(({ name }) => name),
  ...removed,
];

interface Parts {
  readonly alerting: Alerting;
  readonly engine: Engine;
  readonly outbox: Outbox;
  readonly inForce: InForce;
}

interface InForce {
  /** Lines are matched by these rules, */
  matcher: Matcher;
  /** and what settles is told by these: behind what was matched before. */
  readonly byName: Map<string, Rule>;
}

const rulesFrom = (ruleset: Ruleset): InForce => ({
  matcher: compileMatcher(ruleset),
  byName: new Map(ruleset.rules.map((rule) => [rule.name, rule])),
});

async function startParts(
  options: MachineOptions,
  clock: Clock,
  life: Mortal,
  files: ReturnType<typeof openStateStore>,
): Promise<Parts> {
  const { random, disk } = options;
  const configs = options.sources.map(({ config }) => config);
  const store = mortalStore(files, life, disk);
  const outbox = mortalOutbox(
    openOutbox(files.tables, () => clock.nowMs()),
    life,
    disk,
  );
  const ruleset = options.ruleset();
  const parts = { inForce: rulesFrom(ruleset) } as Parts;
  const dispatcher = startDispatcher({
    outbox,
    channels: new Map([['sim', options.receivers.channel(life)]]),
    telemetry: silent,
    clock,
    random: () => random.below(1000) / 1000,
    giveUpAfterMs: Infinity,
  });
  const to = options.targets.map((target) => ({ channel: 'sim', target }));
  const context = {
    config: { routes: [{ labels: {}, to }], language: 'en' as const },
    rulebook: () => undefined,
    told: (threadId: string) => outbox.told(threadId),
    doubts: () => [],
    kql: () => '',
  };
  const engine = createEngine({
    clock,
    detector: restored(files),
    store,
    outbox,
    telemetry: silent,
    planner: () => (transition) =>
      plan(transition, parts.inForce.byName.get(transition.episode.rule), context),
    onTransitions: () => dispatcher.wake(),
    leastLogChars: random.pick([0, 500, 5_000, 50_000]),
  });
  await engine.take(rulesInput(ruleset, configs, clock.nowMs(), true));
  const alerting = await startAlerting({
    sources: options.sources.map(({ source, config }) => ({ config, source: source.source(life) })),
    clock,
    schema: ruleset.schema,
    store,
    engine,
    matcher: () => parts.inForce.matcher,
    telemetry: silent,
    mostWaiting: random.pick([0, 5, 500]),
  });
  return Object.assign(parts, { alerting, engine, outbox });
}

/** The settled alerts on the disk, as `tocsin alerts` finds them. */
export function alertsOnDisk(dir: string): readonly StoredEpisode[] {
  const reader = openAlertReader(join(dir, 'state.db'));
  const found = reader?.episodes({ limit: 100_000 }) ?? [];
  reader?.close();
  return found.filter(({ settled, withdrawn }) => settled && withdrawn === undefined);
}
