/**
 * Runs the matcher and the detector of `run` over lines of the past, from any input. It reads no clock: the caller says when the lines were
 * read, and time moves on with the events that are taken.
 */
import type { GarbledLines } from '../../event/batch.ts';
import type { SourceConfig } from '../../config/config.ts';
import { createDetector, type Detector } from '../../detect/detector.ts';
import type { DetectInput } from '../../detect/input/input.ts';
import type { Episode, Transition } from '../../event/alert.ts';
import { columnsOf, type MatchableLines } from '../../event/decoded-lines.ts';
import type { LogEvent } from '../../event/event.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import { countByRule, type Matches } from '../../event/match-columns.ts';
import { compileMatcher } from '../../match/matcher.ts';
import type { Ruleset } from '../../rule/ast.ts';
import { batchInput } from '../decoding.ts';

export interface EvaluatorOptions {
  readonly ruleset: Ruleset;
  readonly sources: readonly Pick<SourceConfig, 'name' | 'latenessMs'>[];
  /** When the lines were read, ms since epoch. */
  readonly nowMs: number;
}

/** Events of one partition, in the order of the partition. */
interface PastEvents {
  readonly source: string;
  readonly partition: number;
  readonly events: readonly LogEvent[];
  /** The time up to which the partition is complete; undefined: nothing is known. */
  readonly watermarkMs: number | undefined;
}

/** As `PastEvents`: the lines [from, to) of a batch, with the partition and the watermark of the batch. */
interface PastLines {
  readonly lines: MatchableLines;
  readonly from: number;
  readonly to: number;
  readonly watermarkMs: number | undefined;
}

export interface Evaluator {
  /** Sets the partitions that a source has from now on. */
  partitions(source: string, partitions: readonly number[]): void;
  ended(source: string, partition: number): void;
  take(events: PastEvents): void;
  takeLines(lines: PastLines): void;
  /** Decode the lines for `takeLines` with it (`Matcher.kernel`). */
  readonly kernel?: LineKernel;
  /** Number of matches so far, by rule. An event counts once for each rule that it matches. */
  readonly matched: ReadonlyMap<string, number>;
  /**
   * Makes everything that was taken final, then moves time on to `until` (ms since epoch; `end`: until every deadline has run out). Returns
   * the final episodes in the order of firing, then those that are still pending. An open episode has the count that it has reached by now.
   */
  finish(until?: number | 'end'): readonly Episode[];
}

export function createEvaluator({ ruleset, sources, nowMs }: EvaluatorOptions): Evaluator {
  const matcher = compileMatcher(ruleset);
  const detector = createDetector(ruleset, { sources, provisional: false });
  const finals = new Map<string, Episode>();
  const matched = new Map<string, number>();
  const step = (input: DetectInput): void => {
    for (const transition of detector.step(input)) keepFinal(finals, transition);
  };
  const count = (matches: Matches): void => {
    for (const [rule, more] of countByRule(matches)) matched.set(rule, (matched.get(rule) ?? 0) + more);
  };
  return {
    partitions: (source, partitions) => step({ kind: 'partitions', source, partitions }),
    ended: (source, partition) => step({ kind: 'partition_ended', source, partition }),
    take({ source, partition, events, watermarkMs }) {
      const found = matcher.match(events);
      count(found.columns);
      const timed = { ...columnsOf(events), watermarkMs };
      step(batchInput({ source, partition, readAtMs: nowMs }, timed, found.columns));
      found.leaveBatch();
    },
    ...(matcher.kernel !== undefined && { kernel: matcher.kernel }),
    takeLines({ lines, from, to, watermarkMs }) {
      const found = matcher.matchLines(lines, from, to);
      count(found.columns);
      const { batch, timesMs, timeliness } = lines;
      const timed = { timesMs, timeliness, watermarkMs, from, to };
      step(batchInput({ ...batch, readAtMs: nowMs }, timed, found.columns));
      found.leaveBatch();
    },
    matched,
    finish(until) {
      step({ kind: 'finalise', untilMs: 'last' });
      if (until !== undefined) step({ kind: 'finalise', untilMs: until });
      return episodesOf(finals, detector);
    },
  };
}

function episodesOf(finals: ReadonlyMap<string, Episode>, detector: Detector): readonly Episode[] {
  const current = detector.current();
  const episodes = new Map(finals);
  for (const episode of current) if (episode.state === 'firing') episodes.set(episode.alertId, episode);
  return [...byFiring(episodes.values()), ...current.filter(({ state }) => state === 'pending')];
}

/** Keeps the episode of a final transition, except of a retraction. A firing that is corrected replaces the earlier one of the same id. */
export function keepFinal(episodes: Map<string, Episode>, { isFinal, kind, episode }: Transition): void {
  if (isFinal && kind !== 'withdrawn') episodes.set(episode.alertId, episode);
}

/** Sorts by the time of firing. Equal times keep the order in which they were decided. */
export function byFiring(episodes: Iterable<Episode>): readonly Episode[] {
  return [...episodes].sort((a, b) => (a.firedAtMs ?? 0) - (b.firedAtMs ?? 0));
}

/** Numbers of events that a backtest has read and matched. */
export interface BacktestCounts {
  events: number;
  matched: number;
  late: number;
  tooLate: number;
  future: number;
  undecodable: number;
  /** By source: its lines with bytes that are not of its encoding; absent: none. */
  garbled?: Readonly<Record<string, GarbledLines>>;
  /** Events that could be decoded and had no usable time of their own. Absent: an archive does not say. */
  timeInferred?: number;
}

export const noCounts = (): BacktestCounts => ({
  events: 0,
  matched: 0,
  late: 0,
  tooLate: 0,
  future: 0,
  undecodable: 0,
});

export interface BacktestResult {
  /** The episodes that `Evaluator.finish` returns. */
  readonly episodes: readonly Episode[];
  readonly counts: BacktestCounts;
}
