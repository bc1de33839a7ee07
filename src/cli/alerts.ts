/** `tocsin alerts` and `tocsin show`: the list of alerts, and everything known about one alert. They read while `run` is writing. */
import { join } from 'node:path';
import type { AlertReader, StoredEpisode } from '../app/past/alerts.ts';
import { episodeLine, utc } from '../app/past/episode-line.ts';
import type { AlertCourse } from '../app/past/alert-course.ts';
import type { Config } from '../config/config.ts';
import { positionText } from '../event/event.ts';
import { localIso } from '../event/local-time.ts';
import { joined, shown, type Shown } from '../event/shown.ts';
import { jsonText, visibleLine } from '../event/visible.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import { episodeText } from './episode-text.ts';
import type { AddCommand } from './program.ts';
import { healthLines, healthText } from './rule-health.ts';
import { CommandError, exitCode, wholeNumber, type Output, type Terminal } from './terminal.ts';

/** Formats a time, given in ms since epoch. */
type TimeText = (ms: number) => string;

interface AlertsFlags extends ConfigOption {
  readonly open?: true;
  readonly rule?: string;
  readonly limit: number;
  readonly json?: true;
  readonly rules?: true;
}

export const addAlerts: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('alerts'))
    .description('alerts, newest first, and which rules are not evaluated completely')
    .option('--open', 'only those that are firing')
    .option('--rule <name>', 'only of this rule')
    .option('--limit <n>', 'most alerts', wholeNumber, 100)
    .option('--json', 'a line an alert, as NDJSON')
    .option(
      '--rules',
      'with --json: also a line for each rule that is not evaluated completely or was changed',
    )
    .action(async (flags: AlertsFlags) => {
      const { open, rule, limit } = flags;
      await withAlerts(flags, terminal, async (alerts, { dataDir, timezone }) => {
        const time = (ms: number): string => localIso(ms, timezone);
        const found =
          alerts?.episodes({ limit, ...(open && { open }), ...(rule !== undefined && { rule }) }) ?? [];
        await list(found, flags, terminal, time);
        await listHealth(join(dataDir, 'state.db'), flags, terminal, time);
      });
      ended(exitCode.fine);
    });
};

async function list(
  found: readonly StoredEpisode[],
  { open, limit, json }: AlertsFlags,
  { out, err }: Terminal,
  time: TimeText,
): Promise<void> {
  for (const stored of found) {
    if (json) await out.json(storedLine(stored));
    else await out.print(episodeText(storedLine(stored, time), out.paint));
  }
  if (found.length === 0 && !json) err.tell(open ? shown`no alert is firing\n` : shown`no alert yet\n`);
  const untold = found.filter(({ isUntold }) => isUntold).length;
  if (untold > 0 && !json)
    err.tell(shown`${untold} of these are of before the first start: recorded, not sent\n`);
  if (found.length === limit) err.tell(shown`stopped at ${limit} alerts; --limit gives more\n`);
}

/** Lists rule health, so that a list without alerts is not taken for "all is well". */
async function listHealth(
  path: string,
  { rule, json, rules }: AlertsFlags,
  { clock, out, err }: Terminal,
  time: TimeText,
): Promise<void> {
  const { healthReport } = await import('../app/health/report.ts');
  const whole = healthReport(path, clock.wallMs());
  const isAsked = (row: { readonly rule?: string }): boolean =>
    rule === undefined || row.rule === undefined || row.rule === rule;
  const report = {
    incomplete: whole.incomplete.filter(isAsked),
    changed: whole.changed.filter(isAsked),
  };
  if (!json) await out.print(healthText(report, out.paint, time));
  else if (rules) for (const line of healthLines(report)) await out.json(line);
  // Without `--rules` every line of standard output is an alert. People are told of rule health on standard error.
  else if (report.incomplete.length > 0)
    err.tell(shown`not every rule is evaluated completely; --rules says which and why\n`);
}

export const addShow: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('show'))
    .description('everything known about one alert, and the events that made it')
    .argument('<id>', 'the id that its message shows, or the beginning of it')
    .option('--json', 'one line of JSON')
    .action(async (id: string, flags: ConfigOption & { readonly json?: true }) => {
      await withAlerts(flags, terminal, async (alerts, config) => {
        const stored = alerts?.episode(id);
        if (stored === undefined) {
          throw new CommandError(
            exitCode.setup,
            `there is no alert "${id}"`,
            '`tocsin alerts` lists their ids',
          );
        }
        const { alertCourse } = await import('../app/past/alert-course.ts');
        const course = await alertCourse(config, stored.episode, terminal.clock);
        const { out } = terminal;
        if (flags.json) await out.json({ ...wholeLine(stored), ...courseLine(course) });
        else {
          const time = (ms: number): string => localIso(ms, config.timezone);
          await out.print(shown`${wholeText(stored, out, time)}${courseText(course, out, time)}`);
        }
      });
      ended(exitCode.fine);
    });
};

async function withAlerts(
  { config: file }: ConfigOption,
  terminal: Terminal,
  use: (alerts: AlertReader | undefined, config: Config) => Promise<void>,
): Promise<void> {
  const config = await configuration(file, terminal, { environment: 'optional' });
  const { openAlerts } = await import('../app/past/alerts.ts');
  const alerts = openAlerts(config);
  try {
    await use(alerts, config);
  } finally {
    alerts?.close();
  }
}

/** Formats an alert as JSON prints it. The state of an alert that was taken back is `withdrawn`, in every command that shows alerts. */
function storedLine(
  { episode, isFinal, withdrawn, isUntold }: StoredEpisode,
  time: TimeText = utc,
): Readonly<Record<string, unknown>> {
  const line = {
    ...episodeLine(episode, time),
    settled: isFinal,
    ...(isUntold === true && { sent: false }),
  };
  return withdrawn === undefined ? line : { ...line, state: 'withdrawn', withdrawn };
}

/** Returns the object that `show --json` prints. */
export function wholeLine(stored: StoredEpisode, time: TimeText = utc): Readonly<Record<string, unknown>> {
  const samples = stored.episode.samples.map(({ timeMs, position, excerpt, fields }) => ({
    '@timestamp': time(timeMs),
    position: positionText(position),
    excerpt,
    fields,
  }));
  return { ...storedLine(stored, time), threadId: stored.threadId, samples };
}

function wholeText(stored: StoredEpisode, { paint }: Output, time: TimeText): Shown {
  const { samples, ...rest } = wholeLine(stored, time);
  const rows = Object.entries(rest).map(([name, value]) => {
    const text = typeof value === 'string' ? value : jsonText(value);
    return shown`${paint.dim(visibleLine(name).padEnd(12))}${name === 'rule' ? paint.bold(text) : text}`;
  });
  const lines = (samples as readonly Record<string, unknown>[]).map(
    (sample) =>
      shown`  ${paint.dim(`${String(sample['@timestamp'])}  ${String(sample['position'])}`)}\n  ${String(sample['excerpt'])}`,
  );
  return shown`${joined([...rows, paint.dim('samples'), ...lines], shown`\n`)}\n`;
}

/** Formats the events that the archive still has, and what the rule's window held at each. */
function courseLine({ rows, omitted, note }: AlertCourse): Readonly<Record<string, unknown>> {
  const course = rows.map(({ timeMs, ...row }) => ({ '@timestamp': utc(timeMs), ...row }));
  return { course, omitted, ...(note !== undefined && { note }) };
}

function courseText({ rows, note }: AlertCourse, { paint }: Output, time: TimeText): Shown {
  const lines = rows.flatMap(({ timeMs, kind, text, window, leftOut }) => {
    const what = kind === 'event' ? text : paint.bold(text);
    const held = window === undefined ? '' : `  → ${window}`;
    return [
      ...(leftOut === undefined ? [] : [paint.dim(`  … ${leftOut} more …`)]),
      shown`  ${paint.dim(time(timeMs))}  ${what}${held}`,
    ];
  });
  if (note !== undefined) lines.push(paint.dim(`  ${note}`));
  return shown`${paint.dim('course')}\n${joined(lines, shown`\n`)}\n`;
}
