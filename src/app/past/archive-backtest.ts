/** A backtest over the archive: the same matcher and detector over the lines that were kept, in the order of time. Reads no clock. */
import type { Config } from '../../config/config.ts';
import { createDetector } from '../../detect/detector.ts';
import type { DetectInput } from '../../detect/input/input.ts';
import type { Episode } from '../../event/alert.ts';
import { compileMatcher } from '../../match/matcher.ts';
import type { Ruleset } from '../../rule/ast.ts';
import { batchInput } from '../decoding.ts';
import { archivedSlices, type EventSlice } from '../archived-events.ts';
import { episodesOf, keepSettled, type BacktestCounts, type BacktestResult } from './file-backtest.ts';
import { judgeable, type Judged } from './judged.ts';

export interface ArchiveBacktestRun {
  readonly config: Config;
  readonly ruleset: Ruleset;
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly until?: number | 'end';
  /** Told after each stretch of time. */
  readonly onProgress?: (events: number, readToMs: number) => void;
}

/** `judged`: what could be judged over the sources that the archive has lines of. */
export type ArchiveBacktestResult = BacktestResult & { readonly judged: Judged };

/**
 * Everything archived since a time. Windows begin empty there. What came too late or from the future when it was read counts as it
 * did then. Fails with FixableError.
 */
export async function runArchiveBacktest(run: ArchiveBacktestRun): Promise<ArchiveBacktestResult> {
  const { config, ruleset, sinceMs, nowMs, until, onProgress } = run;
  const matcher = compileMatcher(ruleset);
  const detector = createDetector(ruleset, { sources: config.sources, provisional: false });
  const episodes = new Map<string, Episode>();
  const counts: BacktestCounts = { events: 0, matched: 0, late: 0, tooLate: 0, future: 0, undecodable: 0 };
  const step = (input: DetectInput): void => {
    for (const transition of detector.step(input)) keepSettled(episodes, transition);
  };
  const matched = new Map<string, number>();
  const given = new Set<string>();
  let slices = 0;
  for await (const slice of archivedSlices(config, sinceMs, nowMs)) {
    if (slice.events.length > 0) {
      count(counts, slice);
      // Offsets of a partition need not follow the time: each slice is a partition of its own.
      const partition = slices++;
      for (const { name } of config.sources)
        step({ kind: 'partitions', source: name, partitions: [partition] });
      for (const source of config.sources) {
        const events = slice.events.filter(({ position }) => position.source === source.name);
        const { matches } = matcher.match(events);
        if (events.length > 0) given.add(source.name);
        for (const { rule } of matches) matched.set(rule, (matched.get(rule) ?? 0) + 1);
        const watermarkMs = slice.events.at(-1)!.timeMs;
        step(
          batchInput({ source: source.name, partition, readAtMs: nowMs }, { events, watermarkMs }, matches),
        );
      }
    }
    onProgress?.(counts.events, slice.readToMs);
  }
  step({ kind: 'settle', untilMs: 'last' });
  if (until !== undefined) step({ kind: 'settle', untilMs: until });
  // Only now is it known which sources have no line at all.
  const sources = config.sources.map(({ name }) => name);
  const judged = judgeable(ruleset.rules, sources, given);
  const names = new Set(judged.rules.map(({ name }) => name));
  for (const name of names) counts.matched += matched.get(name) ?? 0;
  const found = episodesOf(episodes, detector).filter(({ rule }) => names.has(rule));
  return { episodes: found, counts, judged };
}

function count(counts: BacktestCounts, { events }: EventSlice): void {
  counts.events += events.length;
  for (const { timeliness } of events) {
    if (timeliness === 'too_late') counts.tooLate += 1;
    if (timeliness === 'future') counts.future += 1;
  }
}
