/** `tocsin decode`: shows what becomes of each line of a file. */
import { utc } from '../app/past/episode-line.ts';
import type { DecodedFile, DecodedFileEvent } from '../app/past/decoded-file.ts';
import { isWhole } from '../app/past/sample-reading.ts';
import type { Config } from '../config/config.ts';
import { formatProblems } from '../config/problem.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import { createDecodedText, type DecodedFileText } from './decoded-text.ts';
import type { AddCommand } from './program.ts';
import { CommandError, exitCode, wholeNumber, type ExitCode, type Terminal } from './terminal.ts';

interface DecodeFlags extends ConfigOption {
  readonly source?: string;
  readonly decode?: string;
  readonly events?: number;
  readonly json?: true;
}

/** So many events are shown to people, and so many read for the summary. */
const SHOWN = 20;
const SUMMARISED = 10_000;

export const addDecode: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('decode'))
    .description(
      'what becomes of each line of a file: time, fields with their types, what did not fit and where',
    )
    .argument('<file>', 'a log, also compressed; `-` for standard input')
    .option('--source <name>', 'the source that says how it is decoded (default: the only one)')
    .option(
      '--decode <yaml>',
      'try this `decode` without a configuration: spring_boot, or "[cri, pino]", or the keys of a source',
    )
    .option(
      '-n, --events <n>',
      `most events that are shown (default: ${SHOWN}; with --json all)`,
      wholeNumber,
    )
    .option('--json', 'a line an event, as NDJSON')
    .action(async (file: string, flags: DecodeFlags) => {
      const config = await configurationFor(flags, terminal);
      const { decodedFile } = await import('../app/past/decoded-file.ts');
      const decoded = decodedFile(config, {
        file,
        name: flags.source,
        nowMs: terminal.clock.nowMs(),
        stdin: terminal.stdin,
      });
      ended(
        flags.json
          ? await asJson(decoded, flags.events ?? Infinity, terminal)
          : await asText(decoded, config, flags.events ?? SHOWN, terminal),
      );
    });
};

async function configurationFor(flags: DecodeFlags, terminal: Terminal): Promise<Config> {
  if (flags.decode === undefined)
    return await configuration(flags.config, terminal, { environment: 'optional' });
  if (flags.source !== undefined)
    throw new CommandError(
      exitCode.setup,
      '--source and --decode exclude each other',
      'give one: a source of the configuration, or steps to try',
    );
  const { configOfDecode } = await import('../config/decode/decode-text.ts');
  const { config, problems } = configOfDecode(flags.decode, '--decode');
  if (config === undefined) throw new CommandError(exitCode.setup, formatProblems(problems));
  return config;
}

async function asJson({ events }: DecodedFile, max: number, { out }: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCode.fine;
  let left = max;
  for await (const event of events) {
    if (!isWhole(event)) code = exitCode.findings;
    await out.json(jsonOf(event));
    left -= 1;
    if (left === 0) break;
  }
  return code;
}

function jsonOf({ line, event, fields }: DecodedFileEvent): object {
  const { undecodable, timeInferred, timeMs } = event;
  return {
    line,
    '@timestamp': utc(timeMs),
    ...(timeInferred && { timeInferred }),
    ...(undecodable !== undefined && { undecodable }),
    fields: Object.fromEntries(
      fields.flatMap(({ name, values }) =>
        values.length === 0 ? [] : [[name, values.length === 1 ? values[0] : values]],
      ),
    ),
  };
}

async function asText(
  decoded: DecodedFile,
  config: Config,
  max: number,
  { out, err }: Terminal,
): Promise<ExitCode> {
  const text: DecodedFileText = createDecodedText(decoded.source, config, out.paint);
  let read = 0;
  let isCut = false;
  for await (const event of decoded.events) {
    if (read === Math.max(max, SUMMARISED)) {
      isCut = true;
      break;
    }
    read += 1;
    text.count(event);
    if (read <= max) await out.print(text.event(event));
  }
  err.tell(text.summary(Math.min(read, max), isCut));
  return text.isWhole() ? exitCode.fine : exitCode.findings;
}
