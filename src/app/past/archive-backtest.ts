/** Runs a backtest over the archive: over the lines that it keeps, in the order of time. */
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../event/clock.ts';
import type { Ruleset } from '../../rule/ast.ts';
import { archivedSlices, type EventSlice } from '../archived-events.ts';
import {
  createEvaluator,
  noCounts,
  type BacktestCounts,
  type BacktestResult,
  type Evaluator,
} from './evaluator.ts';
import { judgeable, type JudgedRules } from './judged.ts';

export interface ArchiveBacktestRun {
  readonly config: Config;
  readonly ruleset: Ruleset;
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly clock: Clock;
  readonly until?: number | 'end';
  /** Called after each slice of time. */
  readonly onProgress?: (events: number, readToMs: number) => void;
}

/** The result, and the rules that could be judged by the sources that the archive has lines of (`judged`). */
export type ArchiveBacktestResult = BacktestResult & { readonly judged: JudgedRules };

/**
 * Runs the rules over everything archived since `sinceMs`. Windows are empty at that time. Lines that were too late or in the future when
 * they were read count in the same way as then. Fails with FixableError.
 */
export async function runArchiveBacktest(run: ArchiveBacktestRun): Promise<ArchiveBacktestResult> {
  const { config, ruleset, sinceMs, nowMs } = run;
  const evaluator = createEvaluator({ ruleset, sources: config.sources, nowMs });
  const counts = noCounts();
  const given = new Set<string>();
  let slices = 0;
  for await (const slice of archivedSlices(config, sinceMs, nowMs, run.clock)) {
    count(counts, slice);
    for (const { position } of slice.events) given.add(position.source);
    // Offsets of a partition need not follow the time. So each slice is a partition of its own.
    if (slice.events.length > 0) takeSlice(evaluator, config, slice, slices++);
    run.onProgress?.(counts.events, slice.readToMs);
  }
  const found = evaluator.finish(run.until);
  // The sources without any line are known only after the last slice.
  const sources = config.sources.map(({ name }) => name);
  const judged = judgeable(ruleset.rules, sources, given);
  const names = new Set(judged.rules.map(({ name }) => name));
  for (const name of names) counts.matched += evaluator.matched.get(name) ?? 0;
  return { episodes: found.filter(({ rule }) => names.has(rule)), counts, judged };
}

/** Hands a slice to the evaluator. Every source is complete up to the last event of the slice, whichever source has that event. */
function takeSlice(evaluator: Evaluator, config: Config, { events }: EventSlice, partition: number): void {
  const watermarkMs = events.at(-1)?.timeMs;
  for (const { name } of config.sources) evaluator.partitions(name, [partition]);
  for (const { name } of config.sources) {
    const own = events.filter(({ position }) => position.source === name);
    evaluator.take({ source: name, partition, events: own, watermarkMs });
  }
}

function count(counts: BacktestCounts, { events }: EventSlice): void {
  counts.events += events.length;
  for (const { timeliness } of events) {
    if (timeliness === 'too_late') counts.tooLate += 1;
    if (timeliness === 'future') counts.future += 1;
  }
}
