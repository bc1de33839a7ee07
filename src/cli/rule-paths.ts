/** Loads the rule files that the paths of a command name, and reports the findings in them for people and scripts. */
import { existsSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { Option, type Command } from 'commander';
import type { Config } from '../config/config.ts';
import { shown } from '../event/shown.ts';
import type { Diagnostic, DiagnosticFormat } from '../rule/diagnostics.ts';
import type { RuleLoad } from '../rule/load.ts';
import { CommandError, exitCode, type ExitCode, type Terminal } from './terminal.ts';

/** A set of rules that are loaded together, and the folder that the paths in them are relative to. */
export interface LoadedRules {
  readonly load: RuleLoad;
  readonly rulesDir: string;
  /** True for a whole folder, false for single files. */
  readonly isFolder: boolean;
}

export interface FindingsFlags {
  readonly format: DiagnosticFormat;
  readonly json?: true;
}

export function withFindingsOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'of findings').choices(['text', 'json', 'github']).default('text'),
    )
    .option('--json', 'the same as --format json: a finding a line, as NDJSON');
}

/** Loads rules as `loadPaths` does, and adds findings about the templates of each whole folder. */
export async function loadWithTemplates(
  config: Config,
  paths: readonly string[],
): Promise<readonly LoadedRules[]> {
  const { templateFindings } = await import('../app/template-findings.ts');
  return (await loadPaths(config, paths)).map((set) => {
    if (!set.isFolder) return set;
    const found = templateFindings(set.rulesDir);
    const diagnostics = [...set.load.diagnostics, ...found.diagnostics];
    const sources = new Map([...set.load.sources, ...found.texts]);
    return { ...set, load: { ...set.load, diagnostics, sources } };
  });
}

/** Loads each folder as a set of its own, and files named one by one as one set. Without paths it loads the configured folder. */
export async function loadPaths(config: Config, paths: readonly string[]): Promise<readonly LoadedRules[]> {
  const [{ ruleContext }, { loadRules, loadRuleFiles }] = await Promise.all([
    import('../app/rulebook.ts'),
    import('../rule/load.ts'),
  ]);
  const context = ruleContext(config);
  const { rulesDir } = config;
  if (paths.length === 0) return [{ load: loadRules(rulesDir, context), rulesDir, isFolder: true }];
  const folders = paths.filter(isFolder);
  const files = paths.filter((path) => !folders.includes(path));
  const sets = folders.map((folder) => ({
    load: loadRules(resolve(folder), context),
    rulesDir: resolve(folder),
    isFolder: true,
  }));
  if (files.length === 0) return sets;
  for (const file of files)
    if (!existsSync(file))
      throw new CommandError(
        exitCode.setup,
        `${file}: there is no such file`,
        'name rule files or folders that can be read',
      );
  const inFolder = files.every((file) => resolve(file).startsWith(rulesDir + sep));
  const load = inFolder
    ? loadRuleFiles(
        rulesDir,
        files.map((file) => relative(rulesDir, resolve(file))),
        context,
        { rulesDir },
      )
    : loadRuleFiles(
        undefined,
        files.map((file) => resolve(file)),
        context,
        { letsDir: rulesDir },
      );
  return [...sets, { load, rulesDir, isFolder: false }];
}

/** Prints the findings and their number; returns the exit code for scripts. Names of files become paths that a person can open. */
export async function reportFindings(
  sets: readonly (LoadedRules & { readonly diagnostics: readonly Diagnostic[] })[],
  format: DiagnosticFormat,
  { out, err }: Terminal,
): Promise<ExitCode> {
  const { formatDiagnostics } = await import('../rule/diagnostics.ts');
  const diagnostics = sets.flatMap((set) =>
    set.diagnostics.map((found) => ({ ...found, file: openable(found.file, set.rulesDir) })),
  );
  const sources = new Map(
    sets.flatMap(({ load, rulesDir }) =>
      [...load.sources].map(([file, text]): [string, string] => [openable(file, rulesDir), text]),
    ),
  );
  await out.print(formatDiagnostics(diagnostics, sources, format, { color: out.hasColor }));
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  if (format === 'text') {
    const files = sets.reduce((sum, { load }) => sum + load.files.length, 0);
    const rules = sets.reduce((sum, { load }) => sum + (load.ruleset?.rules.length ?? 0), 0);
    const found = [counted(errors, 'error'), counted(warnings, 'warning')].filter(
      (text) => !text.startsWith('0'),
    );
    const result = found.length > 0 ? found.join(', ') : `fine: ${counted(rules, 'rule')}`;
    err.tell(shown`${result} in ${counted(files, 'file')}\n`);
  }
  if (errors > 0) return exitCode.invalidRules;
  return warnings > 0 ? exitCode.findings : exitCode.fine;
}

export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function openable(file: string, folder: string): string {
  const path = file === folder ? folder : resolve(folder, file);
  const inside = relative('', path);
  return inside.startsWith('..') ? path : inside;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
