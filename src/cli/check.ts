/** `tocsin check`: the configuration and every rule, all errors in one run. Needs no credentials and reaches nothing. */
import { readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Option } from 'commander';
import type { Config } from '../config/config.ts';
import type { Diagnostic, DiagnosticFormat } from '../rule/diagnostics.ts';
import type { RuleLoad } from '../rule/load.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { CommandError, exitCode, print, wantsColor, type ExitCode, type Terminal } from './terminal.ts';

interface CheckFlags extends ConfigOption {
  readonly format: DiagnosticFormat;
  readonly json?: true;
}

export const addCheck: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('check'))
    .description('hold the rules against the configuration: all errors of all files in one run')
    .argument('[path...]', 'rule files or folders (default: the configured folder)')
    .addOption(
      new Option('--format <format>', 'of findings').choices(['text', 'json', 'github']).default('text'),
    )
    .option('--json', 'the same as --format json: a finding a line, as NDJSON')
    .action(async (paths: readonly string[], flags: CheckFlags) => {
      const config = await configuration(flags.config, terminal, { environment: 'optional' });
      await checkDecoders(config);
      ended(await check(config, paths, flags.json ? 'json' : flags.format, terminal));
    });
};

/** Patterns that only their reader understands; the reader says what is wrong. */
async function checkDecoders({ sources, schema }: Config): Promise<void> {
  const { createDecoder } = await import('../ingest/decode/decoder.ts');
  for (const source of sources) {
    try {
      createDecoder(source, schema);
    } catch (error) {
      const message = `sources.${source.name}: ${(error as Error).message}`;
      throw new CommandError(exitCode.setup, message, 'correct `decode` of this source in the configuration');
    }
  }
}

async function check(
  config: Config,
  paths: readonly string[],
  format: DiagnosticFormat,
  { stdout, stderr, env }: Terminal,
): Promise<ExitCode> {
  const { formatDiagnostics } = await import('../rule/diagnostics.ts');
  const loads = await load(config, paths);
  const diagnostics = loads.flatMap((each) => each.diagnostics);
  const sources = new Map(loads.flatMap((each) => [...each.sources]));
  await print(stdout, formatDiagnostics(diagnostics, sources, format, { color: wantsColor(stdout, env) }));
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const files = loads.reduce((sum, each) => sum + each.files.length, 0);
  if (format === 'text') {
    const rules = loads.reduce((sum, each) => sum + (each.ruleset?.rules.length ?? 0), 0);
    const found = [counted(errors, 'error'), counted(warnings, 'warning')].filter(
      (text) => !text.startsWith('0'),
    );
    const result = found.length > 0 ? found.join(', ') : `fine: ${counted(rules, 'rule')}`;
    stderr.write(`${result} in ${counted(files, 'file')}\n`);
  }
  if (errors > 0) return exitCode.invalidRules;
  return warnings > 0 ? exitCode.findings : exitCode.fine;
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Each folder is a set of its own; files named one by one are one set. Names become paths that a person can open. */
async function load(config: Config, paths: readonly string[]): Promise<readonly RuleLoad[]> {
  const [{ ruleContext }, { loadRules, loadRuleTexts }] = await Promise.all([
    import('../app/rulebook.ts'),
    import('../rule/load.ts'),
  ]);
  const context = ruleContext(config);
  if (paths.length === 0) return [openable(loadRules(config.rulesDir, context), config.rulesDir)];
  const folders = paths.filter(isFolder);
  const files = paths.filter((path) => !folders.includes(path));
  const texts = files.map((file) => ({ file, text: readText(file) }));
  return [
    ...folders.map((folder) => openable(loadRules(resolve(folder), context), resolve(folder))),
    ...(texts.length > 0 ? [loadRuleTexts(texts, context)] : []),
  ];
}

/** Names of files relative to the rules folder, as paths from where we are. */
function openable(load: RuleLoad, folder: string): RuleLoad {
  const name = (file: string): string => {
    const path = file === folder ? folder : join(folder, file);
    const inside = relative('', path);
    return inside.startsWith('..') ? path : inside;
  };
  return {
    ...load,
    diagnostics: load.diagnostics.map((found): Diagnostic => ({ ...found, file: name(found.file) })),
    files: load.files.map(name),
    sources: new Map([...load.sources].map(([file, text]) => [name(file), text])),
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : message;
    throw new CommandError(exitCode.setup, `${file}: ${why}`, 'name rule files or folders that can be read');
  }
}
