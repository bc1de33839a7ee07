/** A backtest over the archive: the same matcher and detector over the lines that were kept, in the order of time. Reads no clock. */
import type { Config } from '../config/config.ts';
import { createDetector } from '../detect/detector.ts';
import type { DetectInput } from '../detect/input.ts';
import type { Episode } from '../event/alert.ts';
import { compileMatcher } from '../match/matcher.ts';
import type { Ruleset } from '../rule/ast.ts';
import { batchInput } from './alerting.ts';
import { archivedSlices, type EventSlice } from './archived-events.ts';
import { episodesOf, keepSettled, type BacktestCounts, type BacktestResult } from './backtest.ts';

export interface ArchiveBacktestRun {
  readonly config: Config;
  readonly ruleset: Ruleset;
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly until?: number | 'end';
  /** Told after each stretch of time. */
  readonly onProgress?: (events: number, readToMs: number) => void;
}

/**
 * Everything archived since a time. Windows begin empty there. What came too late or from the future when it was read counts as it
 * did then. Fails with ArchiveError.
 */
export async function runArchiveBacktest(run: ArchiveBacktestRun): Promise<BacktestResult> {
  const { config, ruleset, sinceMs, nowMs, until, onProgress } = run;
  const matcher = compileMatcher(ruleset);
  const detector = createDetector(ruleset, { sources: config.sources, provisional: false });
  const episodes = new Map<string, Episode>();
  const counts: BacktestCounts = { events: 0, matched: 0, late: 0, tooLate: 0, future: 0, undecodable: 0 };
  const step = (input: DetectInput): void => {
    for (const transition of detector.step(input)) keepSettled(episodes, transition);
  };
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
        counts.matched += matches.length;
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
  return { episodes: episodesOf(episodes, detector), counts };
}

function count(counts: BacktestCounts, { events }: EventSlice): void {
  counts.events += events.length;
  for (const { timeliness } of events) {
    if (timeliness === 'too_late') counts.tooLate += 1;
    if (timeliness === 'future') counts.future += 1;
  }
}
