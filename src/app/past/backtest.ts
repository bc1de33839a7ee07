/** Runs the matcher and the detector of `run` over the past: over files, or over the archive. */
import { isOriginOfKafka, originsReadBy } from '../../config/decode/origins.ts';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../event/clock.ts';
import type { Episode } from '../../event/alert.ts';
import { asStartError } from '../start-error.ts';
import { runArchiveBacktest } from './archive-backtest.ts';
import type { BacktestCounts, BacktestResult } from './evaluator.ts';
import { runBacktest, type BacktestRun } from './file-backtest.ts';
import { filesBySource, type SourceFiles } from './inputs.ts';
import { judgeable, type JudgedRules, type Unjudged } from './judged.ts';
import { validRules } from './valid-rules.ts';

export interface BacktestOptions {
  readonly clock: Clock;
  /** Rule files or folders; empty: the configured folder. */
  readonly rules: readonly string[];
  /** `FILE` or `NAME=FILE`, which names its source; `-` stands for standard input. */
  readonly inputs: readonly string[];
  /** Reads the archive from this time on, instead of files. */
  readonly sinceMs?: number;
  /** The source of files that name none; absent: the only one. */
  readonly source?: string;
  readonly untilMs?: number | 'end';
  /** Called now and then with the number of events read so far and the time that they have reached. */
  readonly onProgress?: (events: number, readToMs: number) => void;
  /** Called with each final episode, in the order of firing. */
  readonly onEpisode: (episode: Episode) => void;
}

export interface BacktestSummary {
  readonly events: number;
  readonly matched: number;
  readonly late: number;
  readonly tooLate: number;
  readonly future: number;
  readonly undecodable: number;
  readonly garbled?: BacktestCounts['garbled'];
  /** Events that could be decoded and had no usable time of their own: theirs was inferred. Absent: an archive does not say. */
  readonly timeInferred?: number;
  readonly alerts: number;
  readonly seconds: number;
  /** Rules that were not judged, because nothing was read from some of their sources and their alerts would be false; absent: none. */
  readonly notJudged?: readonly Unjudged[];
  /** Rules whose alerts are true, though some may be missing because nothing was read from some of their sources; absent: none. */
  readonly partlyJudged?: readonly Unjudged[];
  /** Names of keys and headers that steps read, which files do not have; absent: none. */
  readonly absent?: readonly { readonly source: string; readonly names: readonly string[] }[];
}

/** Runs a backtest over files or the archive. Fails with StartError. */
export async function backtest(config: Config, options: BacktestOptions): Promise<BacktestSummary> {
  const { clock } = options;
  const startedMs = clock.workMs();
  try {
    const { sinceMs, untilMs, onProgress } = options;
    const inputs = sinceMs === undefined ? filesBySource(config, options.inputs, options.source) : [];
    const shared = {
      config,
      ruleset: validRules(config, options.rules),
      nowMs: clock.nowMs(),
      ...(untilMs !== undefined && { until: untilMs }),
      ...(onProgress !== undefined && { onProgress }),
    };
    const { episodes, counts, judged } =
      sinceMs === undefined
        ? await fileBacktest({ ...shared, inputs })
        : await runArchiveBacktest({ ...shared, sinceMs, clock });
    const { notJudged, partlyJudged } = judged;
    const absent = absentIn(inputs);
    for (const episode of episodes) options.onEpisode(episode);
    const alerts = episodes.filter(({ firedAtMs }) => firedAtMs !== undefined).length;
    return {
      ...counts,
      alerts,
      seconds: Math.round(clock.workMs() - startedMs) / 1000,
      ...(notJudged.length > 0 && { notJudged }),
      ...(partlyJudged.length > 0 && { partlyJudged }),
      ...(absent.length > 0 && { absent }),
    };
  } catch (error) {
    throw asStartError(error);
  }
}

/** Runs a backtest over files, with the rules that can be judged by the lines of their sources alone. */
async function fileBacktest(run: BacktestRun): Promise<BacktestResult & { readonly judged: JudgedRules }> {
  const sources = run.config.sources.map(({ name }) => name);
  const given = new Set(run.inputs.map(({ source }) => source.name));
  const judged = judgeable(run.ruleset.rules, sources, given);
  return { ...(await runBacktest({ ...run, ruleset: { ...run.ruleset, rules: judged.rules } })), judged };
}

function absentIn(inputs: readonly SourceFiles[]): NonNullable<BacktestSummary['absent']> {
  return inputs.flatMap(({ source: { name, decode } }) => {
    const names = [...originsReadBy(decode.steps)].filter(isOriginOfKafka);
    return names.length === 0 ? [] : [{ source: name, names }];
  });
}
