/** `tocsin search`: searches the archive of any kind with conditions of the rule language. */
import { utc } from '../app/past/episode-line.ts';
import { shown } from '../event/shown.ts';
import { localIso } from '../event/local-time.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import { momentBy } from './moment.ts';
import type { AddCommand } from './program.ts';
import { exitCode, wholeNumber } from './terminal.ts';

interface SearchFlags extends ConfigOption {
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  readonly json?: true;
}

export const addSearch: AddCommand = (program, terminal, ended) => {
  const moment = momentBy(terminal.clock);
  withConfigOption(program.command('search'))
    .description('lines of the archive, newest first, by a condition of the rule language')
    .argument('<condition>', `for example '"ERROR" AND service:payment'`)
    .option('--since <time>', 'a duration back from now (1h, 7d) or an ISO 8601 time', moment)
    .option('--until <time>', 'likewise', moment)
    .option('--limit <n>', 'most lines', wholeNumber, 100)
    .option('--json', 'a line a hit, as NDJSON')
    .action(async (condition: string, flags: SearchFlags) => {
      const config = await configuration(flags.config, terminal, { environment: 'optional' });
      const { out, err } = terminal;
      const { searchArchive } = await import('../app/past/search.ts');
      let found = 0;
      const hits = searchArchive(config, {
        condition,
        clock: terminal.clock,
        limit: flags.limit,
        ...(flags.since !== undefined && { sinceMs: flags.since }),
        ...(flags.until !== undefined && { untilMs: flags.until }),
      });
      for await (const { timeMs, id, source, line, document } of hits) {
        found += 1;
        if (flags.json) await out.json({ '@timestamp': utc(timeMs), id, source, line, document });
        else {
          const time = localIso(timeMs, config.timezone);
          await out.print(shown`${out.paint.dim(`${time}  ${source}`)}  ${line}\n`);
        }
      }
      if (found === flags.limit) err.tell(shown`stopped at ${found} lines; --limit gives more\n`);
      else if (!flags.json) err.tell(shown`${found} ${found === 1 ? 'line' : 'lines'}\n`);
      ended(exitCode.fine);
    });
};
