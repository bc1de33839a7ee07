/**
 * A machine to run the alerting process on: its disk outlives it, its memory does not. The engine, the store, the outbox, the
 * dispatcher, the decoder, the matcher and the detector are the real ones; source, receivers and clock are simulated.
 */
import { join } from 'node:path';
import { startAlerting, type Alerting } from '../../src/app/alerting.ts';
import { createClock, type MachineClocks } from '../../src/app/clock.ts';
import { createEngine, type Engine } from '../../src/app/engine.ts';
import { restored } from '../../src/app/restore.ts';
import { changesTo } from '../../src/app/rule-parts.ts';
import type { SourceConfig } from '../../src/config/config.ts';
import { rulesInput, rulesPartInput } from '../../src/detect/input.ts';
import { openAlertReader, openStateStore } from '../../src/detect/store.ts';
import type { StoredEpisode } from '../../src/detect/alert-table.ts';
import type { Clock } from '../../src/event/clock.ts';
import { whole } from '../../src/event/slices.ts';
import { silent } from '../../src/event/telemetry.ts';
import { compileMatcher, type Matcher } from '../../src/match/matcher.ts';
import { startDispatcher } from '../../src/notify/dispatcher.ts';
import { openOutbox, type Outbox } from '../../src/notify/outbox.ts';
import { plan } from '../../src/notify/plan.ts';
import type { Rule, Ruleset } from '../../src/rule/ast.ts';
import { vi } from 'vitest';
import type { Random } from '../support/timelines.ts';
import { Crashed, mortal, mortalOutbox, mortalStore, type Mortal } from './process-disk.ts';
import type { Receivers } from './process-receivers.ts';
import type { SimulatedSource } from './process-source.ts';

export interface MachineOptions {
  readonly dir: string;
  readonly random: Random;
  readonly source: SimulatedSource;
  readonly sourceConfig: SourceConfig;
  readonly receivers: Receivers;
  readonly targets: readonly string[];
  /** The rules on disk. */
  readonly ruleset: () => Ruleset;
  readonly clocks: MachineClocks;
}

export interface Process {
  readonly isOver: () => boolean;
  /** As the program does once a second. */
  tick(): Promise<void>;
  /** Reads the rules again. */
  reload(): Promise<void>;
  /** Ends it in good order, with a snapshot. */
  stop(): Promise<void>;
  /** Messages that wait. */
  pending(): number;
  /** Gives its files free; whatever it still does comes to nothing. */
  bury(): void;
}

/** Starts a process that dies at its `fatal`-th effect, which may be while it starts. */
export async function startProcess(options: MachineOptions, fatal: number): Promise<Process> {
  const { sourceConfig } = options;
  const clock = createClock(() => undefined, options.clocks);
  const life = mortal(fatal);
  const store = openStateStore(join(options.dir, 'state.db'));
  let parts: Parts | undefined;
  try {
    parts = await startParts(options, clock, life, store);
  } catch (error) {
    if (!(error instanceof Crashed)) throw error;
  }
  const survive = async (work: (parts: Parts) => Promise<unknown>): Promise<void> => {
    if (life.isOver() || parts === undefined) return;
    await work(parts).catch((error: unknown) => {
      if (!(error instanceof Crashed)) throw error;
    });
  };
  return {
    isOver: life.isOver,
    async tick() {
      const ticked = survive(({ alerting }) => alerting.tick()).then(() => true);
      // A long tick lets others have their turn, and a turn that begins in one lasts a millisecond.
      const turned = async (): Promise<boolean> => {
        await vi.advanceTimersByTimeAsync(1);
        return false;
      };
      while (!(await Promise.race([ticked, turned()])));
    },
    reload: () =>
      survive(async (running) => {
        const before = running.inForce.byName;
        running.inForce = rulesFrom(options.ruleset());
        for (const part of whole(changesTo(options.ruleset(), before)))
          await running.engine.take(rulesPartInput(part, [sourceConfig], clock.nowMs()));
      }),
    async stop() {
      await survive(({ engine }) => engine.close());
      life.end();
    },
    pending: () => parts?.outbox.backlog(clock.nowMs()).pending ?? 0,
    bury() {
      life.end();
      // The timers of the dead go with them; clearing them sets the clock back.
      const nowMs = Date.now();
      vi.clearAllTimers();
      vi.setSystemTime(nowMs);
      store.close();
    },
  };
}

interface Parts {
  readonly alerting: Alerting;
  readonly engine: Engine;
  readonly outbox: Outbox;
  inForce: InForce;
}

interface InForce {
  readonly matcher: Matcher;
  readonly byName: ReadonlyMap<string, Rule>;
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
  const { random, sourceConfig } = options;
  const store = mortalStore(files, life);
  const outbox = mortalOutbox(
    openOutbox(files.database, () => clock.nowMs()),
    life,
  );
  const ruleset = options.ruleset();
  const parts = { inForce: rulesFrom(ruleset) } as Parts;
  const dispatcher = startDispatcher({
    outbox,
    channels: new Map([['sim', options.receivers.channel(life)]]),
    telemetry: silent,
    clock,
    random: () => random.below(1000) / 1000,
    giveUpAfterMs: 30 * 86_400_000,
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
    plan: (transition) => plan(transition, parts.inForce.byName.get(transition.episode.rule), context),
    onTransitions: () => dispatcher.wake(),
    leastLogChars: random.pick([0, 500, 5_000, 50_000]),
  });
  await engine.take(rulesInput(ruleset, [sourceConfig], clock.nowMs()));
  const alerting = await startAlerting({
    sources: [{ config: sourceConfig, source: options.source.source(life, () => clock.nowMs()) }],
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
