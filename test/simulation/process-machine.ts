/**
 * A machine to run the product on: its disk outlives each process, its memory does not. A process is the product's own `runPipelines`
 * with a clock, a disk, sources and receivers that are simulated; the folder of rules is in memory, and the archive keeps nothing.
 */
import { join } from 'node:path';
import { runPipelines, type Running } from '../../src/app.ts';
import { createClock, type MachineClocks } from '../../src/app/clock.ts';
import type { Edges } from '../../src/app/edges.ts';
import type { RulesRead } from '../../src/app/rulebook.ts';
import type { RulesFolder } from '../../src/app/rules/rules-folder.ts';
import type { LogArchive } from '../../src/archive/archive.ts';
import type { Config, SourceConfig } from '../../src/config/config.ts';
import { openAlertReader, openStateStore } from '../../src/detect/store/store.ts';
import type { StoredEpisode } from '../../src/detect/store/alerts.ts';
import type { Clock } from '../../src/event/clock.ts';
import type { KernelThreads } from '../../src/event/kernel/kernel-threads.ts';
import { silent, type LogFields, type Telemetry } from '../../src/event/telemetry.ts';
import { openOutbox, type Outbox } from '../../src/notify/outbox/outbox.ts';
import type { Ruleset } from '../../src/rule/ast.ts';
import type { Random } from '../support/timelines.ts';
import { mortal, mortalOutbox, mortalStore, type Disk, type Mortal } from './process-disk.ts';
import type { Receivers } from './process-receivers.ts';
import type { SimulatedSource } from './process-source.ts';
import type { VirtualTime } from '../support/virtual-time.ts';

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
  /** Reads the rules again. */
  reload(): void;
  /** Begins to end it in good order; resolves when that is done, or it has died meanwhile. */
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
  const clock = createClock(() => undefined, options.clocks, options.time.timers);
  const life = mortal(fatal);
  let running: Running | undefined;
  let fault: unknown;
  let isStopping = false;
  const broke = (error: unknown): void => {
    if (!life.isOver() && !isStopping) fault ??= error;
  };
  const { edges, outbox, closeStore } = simulatedEdges(options, life);
  const run = async (): Promise<void> => {
    running = await runPipelines(configOf(options), runOptions(options, clock, broke), edges);
    await running.ended;
  };
  const ended = run().catch((error: unknown) => {
    // On a full disk none can start: whoever watches over it tries again.
    if (isOfDisk(error)) life.end();
    else broke(error);
  });
  return {
    isOver: life.isOver,
    reload: () => {
      if (!life.isOver()) running?.reloadRules();
    },
    async stop() {
      isStopping = true;
      const stopped = running?.stop().catch((error: unknown) => {
        if (!life.isOver()) fault ??= error;
      });
      await Promise.race([stopped, ended]);
      life.end();
    },
    pending: () => (running === undefined ? undefined : outbox()?.backlog(clock.nowMs()).pending),
    fault: () => fault,
    bury() {
      life.end();
      options.time.clearTimers();
      closeStore();
    },
  };
}

/** As the simulated disk says it (SQLITE_FULL); any other state that no process can start with is a fault. */
const isOfDisk = (error: unknown): boolean =>
  error instanceof Error && ((error as { errcode?: number }).errcode === 13 || isOfDisk(error.cause));

function runOptions(
  { random }: MachineOptions,
  clock: Clock,
  broke: (error: unknown) => void,
): Parameters<typeof runPipelines>[1] {
  return {
    clock,
    telemetry: watching(broke),
    random: () => random.below(1000) / 1000,
    limits: {
      logBytesMin: random.pick([0, 500, 5_000, 50_000]),
      waitingMax: random.pick([0, 5, 500]),
      giveUpAfterMs: Infinity,
    },
  };
}

/** What the log says where something broke that the process gets over. */
const breaks = new Set(['defect', 'tick-failed', 'look-failed', 'rules-unchanged']);

function watching(broke: (error: unknown) => void): Telemetry {
  const error = (fields: LogFields, message: string): void => {
    if (breaks.has(String(fields['event.action']))) broke(fields['error'] ?? new Error(message));
  };
  return { ...silent, log: { ...silent.log, error } };
}

function configOf({ dir, sources, targets, ruleset }: MachineOptions): Config {
  return {
    file: join(dir, 'tocsin.yaml'),
    dataDir: dir,
    rulesDir: join(dir, 'rules'),
    language: 'en',
    sources: sources.map(({ config }) => config),
    schema: ruleset().schema,
    archive: { kind: 'sqlite', path: join(dir, 'archive.db'), retentionMs: Infinity },
    channels: {},
    routes: [{ labels: {}, to: targets.map((target) => ({ channel: 'sim', target })) }],
    alertAgeMs: Infinity,
    alertRetentionMs: Infinity,
    selfAlerts: { notify: [{ channel: 'sim', target: 'keeper' }], holdMs: 60_000, lagAfterMs: 300_000 },
    mask: { kinds: [], patterns: {}, archive: false },
  };
}

interface Simulated {
  readonly edges: Edges;
  /** Undefined while it is not open yet. */
  readonly outbox: () => Outbox | undefined;
  /** Idempotent. */
  readonly closeStore: () => void;
}

function simulatedEdges(options: MachineOptions, life: Mortal): Simulated {
  const { disk, receivers } = options;
  let outbox: Outbox | undefined;
  let closeStore = (): void => undefined;
  const edges: Edges = {
    openStore(path) {
      const store = openStateStore(path);
      // A simulated crash takes nothing from the file system, so that nothing need be forced onto its disk.
      store.tables.define('PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE');
      let isOpen = true;
      closeStore = () => {
        if (isOpen) store.close();
        isOpen = false;
      };
      return { ...mortalStore(store, life, disk), close: closeStore };
    },
    openOutbox: (...args) => (outbox = mortalOutbox(openOutbox(...args), life, disk)),
    rulesFolder: () => folderOf(options.ruleset),
    openSources: () =>
      Promise.resolve(options.sources.map(({ source, config }) => ({ config, source: source.source(life) }))),
    createArchive: () => Promise.resolve(emptyArchive),
    createChannels: () => new Map([['sim', receivers.channel(life)]]),
    kernelThreads: () => slowThreads(options),
    openDescriptors: () => Promise.resolve(undefined),
  };
  return { edges, outbox: () => outbox, closeStore: () => closeStore() };
}

/** Other threads, which answer in any order, or none. */
function slowThreads({ random, time }: MachineOptions): KernelThreads | undefined {
  const batches = random.pick([0, 1, 2, 4, 8]);
  if (batches === 0) return undefined;
  return {
    batches,
    async read(kernel, batch, timePath) {
      await time.timers.sleep(random.pick([0, 0, 1, 50, 3_000]));
      return kernel.read(batch, timePath);
    },
    helpUntil: (work) => work,
    close: () => Promise.resolve(),
  };
}

/** Rules that are always right, and read again when the simulation says so. */
function folderOf(ruleset: () => Ruleset): RulesFolder {
  const read = (): RulesRead => ({ ruleset: ruleset(), diagnostics: [], texts: new Map() });
  return {
    state: () => '',
    read,
    readInSlices: () => Promise.resolve(read()),
    keep: () => Promise.resolve(),
    kept: () => undefined,
    watch: () => () => undefined,
  };
}

/** No source gives it anything (process-source.ts). */
const emptyArchive: LogArchive & { restart(): Promise<void> } = {
  open: () => Promise.resolve(),
  position: () => undefined,
  write: () => Promise.resolve({ durable: Promise.resolve() }),
  flush: () => Promise.resolve(true),
  search: () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  }),
  status: () => ({ lagMs: 0, pendingEvents: 0, stored: 0, deadLetters: 0 }),
  close: () => Promise.resolve(),
  restart: () => Promise.resolve(),
};

/** The settled alerts on the disk, as `tocsin alerts` finds them. */
export function alertsOnDisk(dir: string): readonly StoredEpisode[] {
  const reader = openAlertReader(join(dir, 'state.db'));
  const found = reader?.episodes({ limit: 100_000 }) ?? [];
  reader?.close();
  return found.filter(({ isFinal, withdrawn }) => isFinal && withdrawn === undefined);
}
