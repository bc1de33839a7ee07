/**
 * Looks after Tocsin's own work, every few seconds: how each rule stands goes to the notes, where `tocsin alerts` finds it, to /metrics
 * and /readyz. Waits for nothing but the engine, and never queues up there.
 */
import type { Config } from '../config/config.ts';
import type { Notes, StandingRow } from '../detect/notes.ts';
import type { Telemetry } from '../event/telemetry.ts';
import type { PartitionStatus } from '../ingest/source.ts';
import type { BatchRead } from './alerting.ts';
import type { Engine } from './engine.ts';
import { createLosses } from './losses.ts';
import type { ReadLoop } from './reading.ts';
import type { RuleChanges } from './rule-changes.ts';
import type { RulesInForce } from './rules-in-force.ts';
import { createSourceWatch } from './source-watch.ts';
import { standingOf, windowMsOf } from './standing.ts';

export interface OversightOptions {
  readonly config: Config;
  readonly notes: Notes;
  readonly engine: Pick<Engine, 'report' | 'tell'>;
  readonly rules: Pick<RulesInForce, 'ruleset' | 'problem' | 'rule'>;
  readonly changes: Pick<RuleChanges, 'rows' | 'sinceMs'>;
  readonly telemetry: Telemetry;
}

export interface Oversight {
  /** A batch was read and is durable. */
  readonly read: (batch: BatchRead) => void;
  /** One look at everything; resolves when what it found is durable. A look while one is under way does nothing. */
  look(loops: readonly ReadLoop[], nowMs: number): Promise<void>;
  /** As of the last look. */
  readonly standing: () => readonly StandingRow[];
  /** The last note: that the process worked until now. */
  finish(nowMs: number): Promise<void>;
}

export function createOversight(options: OversightOptions): Oversight {
  const { config, notes, engine, rules, changes, telemetry } = options;
  const sources = createSourceWatch(config.sources, notes.read('heard') ?? [], Date.now());
  const losses = createLosses(notes.read('losses') ?? []);
  const latenesses = new Map(config.sources.map(({ name, latenessMs }) => [name, latenessMs]));
  let standing: readonly StandingRow[] = [];
  let isLooking = false;

  const lookMs = (name: string): number | undefined => {
    const rule = rules.rule(name);
    return rule && windowMsOf(rule.alert);
  };

  const judge = (loops: readonly ReadLoop[], nowMs: number) => {
    const reports = engine.report();
    losses.counted(reports, nowMs);
    const found = {
      sources: sources.look(partitionsOf(loops), nowMs),
      losses: losses.current(nowMs, lookMs),
    };
    const rulesProblem = rules.problem();
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
    return { rows, losses: found.losses };
  };

  return {
    read(batch) {
      sources.read(batch);
      losses.missed(batch.missed, batch.clockMs);
    },
    async look(loops, nowMs) {
      if (isLooking) return;
      isLooking = true;
      try {
        const found = judge(loops, nowMs);
        showGauges(standing, found.rows, telemetry);
        standing = found.rows;
        await engine.tell([], () => {
          notes.write('workedAtMs', nowMs);
          notes.write('standing', found.rows);
          notes.write('losses', found.losses);
          notes.write('heard', sources.heard());
        });
      } finally {
        isLooking = false;
      }
    },
    standing: () => standing,
    finish: (nowMs) => engine.tell([], () => notes.write('workedAtMs', nowMs)),
  };
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
