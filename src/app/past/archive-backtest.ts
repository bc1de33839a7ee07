/** A backtest over the archive: the lines that were kept, in the order of time. */
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
  /** Told after each stretch of time. */
  readonly onProgress?: (events: number, readToMs: number) => void;
}

/** `judged`: what could be judged over the sources that the archive has lines of. */
export type ArchiveBacktestResult = BacktestResult & { readonly judged: JudgedRules };

/**
 * Everything archived since a time. Windows begin empty there. What came too late or from the future when it was read counts as it
 * did then. Fails with FixableError.
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
    // Offsets of a partition need not follow the time: each slice is a partition of its own.
    if (slice.events.length > 0) takeSlice(evaluator, config, slice, slices++);
    run.onProgress?.(counts.events, slice.readToMs);
  }
  const found = evaluator.finish(run.until);
  // Only now is it known which sources have no line at all.
  const sources = config.sources.map(({ name }) => name);
  const judged = judgeable(ruleset.rules, sources, given);
  const names = new Set(judged.rules.map(({ name }) => name));
  for (const name of names) counts.matched += evaluator.matched.get(name) ?? 0;
  return { episodes: found.filter(({ rule }) => names.has(rule)), counts, judged };
}

/** Every source is complete up to the last event of the slice, whichever source that is of. */
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
