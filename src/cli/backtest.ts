/** `tocsin backtest`: the same evaluator over the past. */
import { InvalidArgumentError } from 'commander';
import type { BacktestSummary } from '../app.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import { episodeText } from './episode-text.ts';
import type { AddCommand } from './program.ts';
import { colorsFor, exitCode, print, printJson, type Terminal } from './terminal.ts';

interface BacktestFlags extends ConfigOption {
  readonly input: readonly string[];
  readonly source?: string;
  readonly until?: number | 'end';
  readonly json?: true;
}

export const addBacktest: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('backtest'))
    .description('which alerts the rules would have raised over files of the past')
    .argument('[rules...]', 'rule files or folders (default: the configured folder)')
    .requiredOption('-i, --input <file...>', 'files to read, `-` for standard input; .gz is read')
    .option('--source <name>', 'decode as this source does (default: the only one)')
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
  const config = await configuration(flags.config, terminal, { environment: 'optional' });
  const { backtest } = await import('../app.ts');
  const { stdout, stderr } = terminal;
  const json = flags.json === true;
  const color = colorsFor(stdout, terminal.env);
  // In order and without waiting: episodes are few against the events they are made of.
  let printed = Promise.resolve();
  const summary = await backtest(config, {
    rules,
    inputs: flags.input,
    ...(flags.source !== undefined && { source: flags.source }),
    ...(flags.until !== undefined && { untilMs: flags.until }),
    onEpisode: (line) => {
      const text = json ? `${JSON.stringify(line)}\n` : episodeText(line, color);
      printed = printed.then(() => print(stdout, text));
    },
  });
  await printed;
  if (json) await printJson(stdout, { summary });
  else stderr.write(summaryText(summary));
}

function summaryText(summary: BacktestSummary): string {
  const { events, matched, late, tooLate, future, undecodable, alerts, seconds } = summary;
  const rate = seconds > 0 ? `, ${Math.round(events / seconds).toLocaleString('en')} a second` : '';
  return (
    `${alerts} ${alerts === 1 ? 'alert' : 'alerts'} in ${events} events (${seconds.toFixed(1)} s${rate}); ` +
    `matched ${matched}, late ${late}, too late ${tooLate}, future ${future}, undecodable ${undecodable}\n`
  );
}
