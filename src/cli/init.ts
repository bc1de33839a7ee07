/** `tocsin init`: writes a commented configuration and the shipped rules to start from. Never changes files that are there. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import { defaultConfigText } from '../config/default-text.ts';
import { shown } from '../event/shown.ts';
import { withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { CommandError, exitCode, PACKAGE_FOLDER } from './terminal.ts';

export const addInit: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('init'))
    .description('write a commented configuration and rules to start from')
    .addOption(
      new Option('--lang <language>', 'language of the comments and of messages')
        .choices(['en', 'zh'])
        .default('en'),
    )
    .action((flags: ConfigOption & { readonly lang: 'en' | 'zh' }) => {
      const file = resolve(flags.config);
      const written = [writeConfig(file, flags.lang), ...copyRules(dirname(file))];
      const wrote = shown`wrote ${written.join(' and ')}\n`;
      terminal.err.tell(
        shown`${wrote}next: say in ${basename(file)} where the logs are, then \`tocsin check\` and \`tocsin run\`\n`,
      );
      ended(exitCode.fine);
    });
};

function writeConfig(file: string, language: 'en' | 'zh'): string {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, defaultConfigText({ language, schema: schemaFor(file) }), { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new CommandError(
        exitCode.setup,
        `${file} is there already`,
        'use it as it is, edit it, or name another file with --config',
      );
    }
    throw new CommandError(
      exitCode.setup,
      `cannot write ${file}: ${message}`,
      'choose a folder that you may write to',
    );
  }
  return basename(file);
}

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
