/** Starts all work that is done by the clock: ticks, figures for /metrics, oversight, probes of the receivers, and the watch on the rules folder. */
import type { LogArchive } from '../archive/archive.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../event/clock.ts';
import type { Telemetry } from '../event/telemetry.ts';
import { guarded, harmless } from '../event/supervisor.ts';
import type { StateStore } from '../detect/store/store.ts';
import { startAlertRetention } from './pipeline/alert-retention.ts';
import type { Alerting } from './pipeline/alerting.ts';
import type { FirstStarts } from './pipeline/first-starts.ts';
import { archiveState, type ArchiveSide } from './pipeline/archive-side.ts';
import type { DescriptorWatch } from './health/descriptor-watch.ts';
import type { DeliverySide } from './delivery/delivery-side.ts';
import type { Engine, ReadLoop, RulesInForce } from './types.ts';
import type { Oversight } from './health/oversight.ts';
import type { RuleChanges } from './rules/changes.ts';
import type { RulesUnrest } from './rules/unrest.ts';

const TICK_MS = 1_000;
const FIGURES_MS = 5_000;
const PROBE_MS = 300_000;

export interface TimersOptions {
  readonly config: Config;
  readonly rules: RulesInForce;
  readonly unrest: Pick<RulesUnrest, 'note'>;
  readonly engine: Engine;
  readonly changes: RuleChanges;
  readonly oversight: Oversight;
  readonly firstStarts: FirstStarts;
  readonly alerting: Alerting;
  readonly archiving: ArchiveSide;
  readonly archive: LogArchive;
  readonly delivery: DeliverySide;
  readonly store: Pick<StateStore, 'age' | 'alertPruning'>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly descriptors: DescriptorWatch;
}

/** Starts all timers; the result stops them. */
export function startTimers(options: TimersOptions): () => void {
  const { alerting, delivery, oversight, telemetry, clock } = options;
  const fails =
    (action: string, what: string) =>
    (error: unknown): void => {
      const message = error instanceof Error ? error.message : String(error);
      telemetry.log.error({ 'event.action': action, 'error.message': message }, `${what}: ${message}`);
    };
  const failed = fails('tick-failed', 'the clock could not be told');
  const unlooked = fails('look-failed', 'how the rules stand could not be noted');
  let ticking = false;
  const tick = (): void => {
    // A tick waits while the state cannot be written. The next tick must not queue up behind it.
    if (ticking) return;
    ticking = true;
    alerting
      .tick()
      .catch(failed)
      .finally(() => {
        ticking = false;
      });
  };
  const look = (): void => {
    const archive = archiveState(options.archive, options.archiving);
    oversight.look({ loops: alerting.loops, archive }).catch(unlooked);
    const { firstStarts, engine, rules } = options;
    firstStarts.look({ engine, loops: alerting.loops, rules: rules.ruleset().rules }).catch(unlooked);
  };
  const probe = (): void =>
    void guarded(
      'probes',
      telemetry,
      () => delivery.probe(),
      () => undefined,
    );
  const timers = [
    clock.every(TICK_MS, tick),
    clock.every(
      TICK_MS,
      harmless('figures', telemetry, () => options.store.age.note()),
    ),
    clock.every(
      FIGURES_MS,
      harmless('figures', telemetry, () => figures(options)),
    ),
    clock.every(FIGURES_MS, harmless('figures', telemetry, look)),
    clock.every(FIGURES_MS, () => void options.descriptors.look()),
    clock.every(PROBE_MS, probe),
  ];
  const stopWatch = options.rules.watch({
    onChange: () => options.changes.reload(options.rules).catch(failed),
    onUnrest: options.unrest.note,
  });
  const { store, engine, config } = options;
  const stopForgetting = startAlertRetention({
    store,
    engine,
    clock,
    telemetry,
    outbox: delivery.outbox,
    retentionMs: config.alertRetentionMs,
  });
  probe();
  harmless('figures', telemetry, look)();
  return () => {
    stopForgetting();
    for (const stopTimer of timers) stopTimer();
    stopWatch();
  };
}

function figures({ alerting, archiving, archive, engine, telemetry }: TimersOptions): void {
  for (const { rule, groups, stateBytes, waiting } of engine.report()) {
    telemetry.gauge('live_groups', { rule }, groups);
    telemetry.gauge('state_bytes', { rule }, stateBytes);
    telemetry.gauge('matches_waiting', { rule }, waiting);
  }
  for (const loop of alerting.loops) loopFigures(loop, 'alert', telemetry);
  for (const loop of archiving.loops()) loopFigures(loop, 'archive', telemetry);
  telemetry.gauge('archive_lag_seconds', {}, archive.status().lagMs / 1000);
}

function loopFigures({ source, reader }: ReadLoop, purpose: string, telemetry: Telemetry): void {
  for (const { partition, lag, halted } of reader.partitions()) {
    const labels = { source: source.name, partition, reader: purpose };
    if (lag !== undefined) telemetry.gauge('source_lag', labels, lag);
    telemetry.gauge('partition_halted', labels, halted === undefined ? 0 : 1);
  }
}
