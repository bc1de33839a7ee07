/**
 * `tocsin init`: writes a commented configuration and rules to start from; with `--from`, ones that fit logs which it has looked at. Never
 * changes files that are there.
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import { defaultConfigText, type DefaultText } from '../config/default-text.ts';
import { joined, shown } from '../event/shown.ts';
import { withConfigOption, type ConfigOption } from './configuration.ts';
import { proposalText } from './proposal-text.ts';
import type { AddCommand } from './program.ts';
import { CommandError, exitCode, PACKAGE_FOLDER, type ExitCode, type Terminal } from './terminal.ts';

interface InitFlags extends ConfigOption {
  readonly lang: 'en' | 'zh';
  readonly from?: readonly string[];
}

export const addInit: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('init'))
    .description('write a commented configuration and rules to start from')
    .addOption(
      new Option('--lang <language>', 'language of the comments and of messages')
        .choices(['en', 'zh'])
        .default('en'),
    )
    .option('--from <file...>', 'look at these logs, or at those of a folder, and propose how they are read')
    .action(async (flags: InitFlags) => {
      const file = resolve(flags.config);
      if (flags.from === undefined) {
        const written = [writeConfig(file, { language: flags.lang }), ...copyRules(dirname(file))];
        const wrote = shown`wrote ${written.join(' and ')}\n`;
        terminal.err.tell(
          shown`${wrote}next: say in ${basename(file)} where the logs are, then \`tocsin check\` and \`tocsin run\`\n`,
        );
        ended(exitCode.fine);
      } else ended(await initFrom(flags.from, file, flags.lang, terminal));
    });
};

/** Reports with exit code 1 that some of the lines are not read whole. */
async function initFrom(
  paths: readonly string[],
  file: string,
  language: 'en' | 'zh',
  { err, clock }: Terminal,
): Promise<ExitCode> {
  if (existsSync(file)) throw isThere(file);
  const { proposeLogs, WHOLE_ENOUGH } = await import('../app/past/proposal/propose-logs.ts');
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const folder = dirname(file);
  const found = await proposeLogs(paths, folder, { nowMs: clock.nowMs(), timezone: timeZone });
  const { sources, fields, rule } = found;
  const written = [
    writeConfig(file, { language, proposed: { sources, fields } }),
    ...writeRule(folder, rule?.text),
  ];
  const { name, file: log } = found.logs.find((each) => each.name === rule?.source) ?? found.logs[0]!;
  const example = relative('', log).startsWith('..') ? log : relative('', log);
  err.tell(
    joined(
      [
        proposalText(found, err.paint),
        shown`wrote ${written.join(' and ')}\n`,
        shown`next: \`tocsin decode ${example} --source ${name}\`, \`tocsin check\`, \`tocsin backtest --input ${name}=${example}\`, \`tocsin run\`\n`,
      ],
      shown``,
    ),
  );
  return found.logs.every(({ share }) => share >= WHOLE_ENOUGH) ? exitCode.fine : exitCode.findings;
}

function writeConfig(file: string, text: Omit<DefaultText, 'schema'>): string {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, defaultConfigText({ ...text, schema: schemaFor(file) }), { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw isThere(file);
    throw new CommandError(
      exitCode.setup,
      `cannot write ${file}: ${message}`,
      'choose a folder that you may write to',
    );
  }
  return basename(file);
}

const isThere = (file: string): CommandError =>
  new CommandError(
    exitCode.setup,
    `${file} is there already`,
    'use it as it is, edit it, or name another file with --config',
  );

/** Returns where editors find the JSON Schema: a relative path if the package is installed beside the file or below it, else a URL. */
function schemaFor(file: string): string {
  const schema = join(PACKAGE_FOLDER, 'tocsin.schema.json');
  const path = relative(dirname(file), schema);
  const isBelow = !path.startsWith('..') && !isAbsolute(path);
  return isBelow ? `./${encodeURI(path.split(sep).join('/'))}` : pathToFileURL(schema).href;
}

function copyRules(folder: string): readonly string[] {
  const shipped = join(PACKAGE_FOLDER, 'rules');
  const target = join(folder, 'rules');
  if (existsSync(target) || !existsSync(shipped)) return [];
  cpSync(shipped, target, { recursive: true });
  return ['rules/'];
}

/** Returns what was written; a rule that is there stays. */
function writeRule(folder: string, text: string | undefined): readonly string[] {
  const file = join(folder, 'rules', 'first.rule');
  mkdirSync(dirname(file), { recursive: true });
  if (text === undefined) return [];
  if (existsSync(file)) return ['no rule, since rules/first.rule is there already'];
  writeFileSync(file, text, { flag: 'wx' });
  return ['rules/first.rule'];
}
