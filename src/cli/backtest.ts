/** `tocsin backtest`: runs the rules over the past. */
import { InvalidArgumentError } from 'commander';
import type { BacktestSummary } from '../app/past/backtest.ts';
import { episodeLine } from '../app/past/episode-line.ts';
import { joined, shown, type Shown } from '../event/shown.ts';
import { localIso } from '../event/local-time.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import { episodeText } from './episode-text.ts';
import { momentBy } from './moment.ts';
import type { AddCommand } from './program.ts';
import { CommandError, exitCode, explained, type Output, type Terminal } from './terminal.ts';

interface BacktestFlags extends ConfigOption {
  readonly input?: readonly string[];
  readonly archive?: true;
  readonly since?: number;
  readonly source?: string;
  readonly until?: number | 'end';
  readonly json?: true;
}

export const addBacktest: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('backtest'))
    .description('which alerts the rules would have raised over files of the past or over the archive')
    .argument('[rules...]', 'rule files or folders (default: the configured folder)')
    .option(
      '-i, --input <file...>',
      'files to read, `-` for standard input; .gz is read; NAME=FILE says of which source a file is',
    )
    .option('--archive', 'read the archive instead')
    .option(
      '--since <time>',
      'of the archive: a duration back from now (default: 7d) or an ISO 8601 time',
      momentBy(terminal.clock),
    )
    .option(
      '--source <name>',
      'the source of files that name none: it says how they are decoded (default: the only one)',
    )
    .option('--until <time>', 'move the time on to this (ISO 8601), or `end`: every deadline runs out', until)
    .option('--json', 'a line an episode and one summary, as NDJSON')
    .action(async (rules: readonly string[], flags: BacktestFlags) => {
      await replay(rules, flags, terminal);
      ended(exitCode.fine);
    });
};

function until(text: string): number | 'end' {
  if (text === 'end') return 'end';
  const ms = /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/u.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Write `end` or a time such as 2026-11-20T08:00:00Z.');
  return ms;
}

async function replay(rules: readonly string[], flags: BacktestFlags, terminal: Terminal): Promise<void> {
  const { clock } = terminal;
  const { input = [], archive, since = momentBy(clock)('7d') } = flags;
  if (input.length > 0 === (archive === true)) {
    throw new CommandError(
      exitCode.setup,
      'a backtest reads either files or the archive',
      'name files with --input FILE…, or write --archive --since 7d',
    );
  }
  const config = await configuration(flags.config, terminal, { environment: 'optional' });
  const { backtest } = await import('../app/past/backtest.ts');
  const { out, err } = terminal;
  const json = flags.json === true;
  // Episodes are printed in order, while the backtest goes on without waiting: they are few compared with their events.
  let printed = Promise.resolve();
  const time = (ms: number): string => localIso(ms, config.timezone);
  const progress = showProgress(err, time);
  const summary = await backtest(config, {
    clock,
    rules,
    inputs: input,
    ...(archive && { sinceMs: since }),
    onProgress: progress.show,
    ...(flags.source !== undefined && { source: flags.source }),
    ...(flags.until !== undefined && { untilMs: flags.until }),
    onEpisode: (episode) => {
      printed = printed.then(() =>
        json ? out.json(episodeLine(episode)) : out.print(episodeText(episodeLine(episode, time), out.paint)),
      );
    },
  }).finally(() => {
    progress.end();
  });
  await printed;
  err.tell(garbledText(summary));
  err.tell(unjudgedText(summary));
  err.tell(unreadText(summary));
  err.tell(absentText(summary));
  if (json) await out.json({ summary });
  else err.tell(summaryText(summary));
}

function summaryText(summary: BacktestSummary): Shown {
  const { events, matched, late, tooLate, future, undecodable, timeInferred, alerts, seconds } = summary;
  const rate = seconds > 0 ? `, ${Math.round(events / seconds).toLocaleString('en')} a second` : '';
  const found = `${alerts} ${alerts === 1 ? 'alert' : 'alerts'} in ${events} events (${seconds.toFixed(1)} s${rate})`;
  const judged = `${matched} ${matched === 1 ? 'match' : 'matches'} (an event counts once for each rule that it matches)`;
  const inferred = timeInferred === undefined ? '' : `, time inferred ${timeInferred}`;
  return shown`${found}; ${judged}, late ${late}, too late ${tooLate}, future ${future}, undecodable ${undecodable}${inferred}\n`;
}

/** Says where most lines could not be read whole, since the alerts mean little then; empty where that is not so. */
function unreadText({ events, undecodable, timeInferred = 0 }: BacktestSummary): Shown {
  const untimed = undecodable + timeInferred;
  if (2 * untimed <= events) return shown``;
  return explained(
    `${untimed} of ${events} events have no usable time, so that theirs was inferred: the alerts may be wrong`,
    'see `tocsin check --sample`; `decode` and `timestamp` of the source say how lines are read',
  );
}

/** Names the sources that are written in another encoding than they say; empty where none is. */
function garbledText({ garbled = {} }: BacktestSummary): Shown {
  const lines = Object.entries(garbled).map(([source, { lines, looksLike }]) => {
    const found = shown`${lines} ${lines === 1 ? 'line' : 'lines'} of ${source} held bytes that are not of its encoding: their words do not match\n`;
    const fix = looksLike === undefined ? '' : `  fix: they look like \`encoding: ${looksLike}\`\n`;
    return shown`${found}${fix}`;
  });
  return joined(lines, shown``);
}

/** Names the rules that lack lines of their sources; empty where none does. */
function unjudgedText({ notJudged = [], partlyJudged = [] }: BacktestSummary): Shown {
  const lines = [
    ...bySources(notJudged, (sources) => `not judged, since nothing was read from ${sources}`),
    ...bySources(
      partlyJudged,
      (sources) => `judged without the lines of ${sources}, so alerts may be missing`,
    ),
  ];
  if (lines.length === 0) return shown``;
  return shown`${joined(lines, shown``)}  fix: give files of every source (--input NAME=FILE) or an archive that has all (--archive), or say in the rule which it needs: from NAME\n`;
}

/** Names what files lack of records of Kafka; empty where no step asks for it. */
function absentText({ absent = [] }: BacktestSummary): Shown {
  const lines = absent.map(
    ({ source, names }) =>
      shown`files have no ${names.join(', ')}, which \`sources.${source}.decode\` reads\n`,
  );
  if (lines.length === 0) return shown``;
  return shown`${joined(lines, shown``)}  fix: read the archive, which has what was read then (--archive)\n`;
}

type Unjudged = NonNullable<BacktestSummary['notJudged']>;

function bySources(rules: Unjudged, why: (sources: string) => string): readonly Shown[] {
  return [...Map.groupBy(rules, ({ missing }) => missing.join(', '))].map(
    ([sources, alike]) => shown`${why(sources)}: ${alike.map(({ rule }) => rule).join(', ')}\n`,
  );
}

const SHOWN_EVERY_MS = 500;
const PLAIN_EVERY_MS = 10_000;

/** Shows how far the reading has come: on a terminal in one line that is written over, elsewhere in a new line now and then. */
function showProgress(
  output: Output,
  time: (ms: number) => string,
): {
  readonly show: (events: number, readToMs: number) => void;
  readonly end: () => void;
} {
  const { isTty } = output;
  let saidMs = performance.now();
  let open = false;
  return {
    show(events, readToMs) {
      if (performance.now() - saidMs < (isTty ? SHOWN_EVERY_MS : PLAIN_EVERY_MS)) return;
      saidMs = performance.now();
      open = isTty;
      const text = shown`${events.toLocaleString('en')} events read, up to ${time(readToMs)}`;
      if (isTty) output.overwrite(text);
      else output.tell(shown`${text}\n`);
    },
    end() {
      if (open) output.overwrite(shown``);
    },
  };
}
