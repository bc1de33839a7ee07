/** `tocsin fmt`: writes rule files in their one layout. Needs no configuration. A file that cannot be read is reported and left alone. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { shown, shownLines } from '../event/shown.ts';
import { visibleLine } from '../event/visible.ts';
import type { Diagnostic } from '../rule/diagnostics.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { counted, isFolder } from './rule-paths.ts';
import { CommandError, exitCode, type ExitCode, type Terminal } from './terminal.ts';

interface FmtFlags extends ConfigOption {
  readonly check?: true;
  readonly diff?: true;
}

export const addFmt: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('fmt'))
    .description('write rule files in their one layout; comments stay where they are')
    .argument('[path...]', 'rule files or folders, - for standard input (default: the configured folder)')
    .option('--check', 'write nothing; name the files that would change and exit with 1')
    .option('--diff', 'write nothing; show what would change')
    .action(async (paths: readonly string[], flags: FmtFlags) => {
      const files = paths.includes('-') ? [] : await filesOf(paths, flags, terminal);
      if (paths.includes('-') && paths.length > 1)
        throw new CommandError(exitCode.setup, '`-` stands alone', 'name files, or pipe one text in');
      ended(await (paths.includes('-') ? formatInput(flags, terminal) : formatFiles(files, flags, terminal)));
    });
};

/** A file of a folder, whose links must stay in that folder, or a file that a person named. */
interface RuleFilePath {
  readonly dir?: string;
  /** The path relative to the folder, where there is one. */
  readonly name: string;
  readonly path: string;
}

async function filesOf(
  paths: readonly string[],
  { config: file }: FmtFlags,
  terminal: Terminal,
): Promise<readonly RuleFilePath[]> {
  const { ruleFiles } = await import('../rule/folder.ts');
  const inFolder = (dir: string): readonly RuleFilePath[] =>
    ruleFiles(dir).map((name) => ({ dir, name, path: join(dir, name) }));
  if (paths.length > 0)
    return paths.flatMap((path) => (isFolder(path) ? inFolder(path) : { name: path, path }));
  if (!existsSync(file)) return inFolder('.');
  return inFolder((await configuration(file, terminal, { environment: 'optional' })).rulesDir);
}

async function formatFiles(
  files: readonly RuleFilePath[],
  flags: FmtFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const [{ readRuleFile }, { formatRuleText }] = await Promise.all([
    import('../rule/rule-files.ts'),
    import('../rule/format.ts'),
  ]);
  let changed = 0;
  let failed = 0;
  for (const { dir, name, path: file } of files) {
    if (dir === undefined && !existsSync(file))
      throw new CommandError(exitCode.setup, `${file}: there is no such file`, 'name rule files or folders');
    const read = readRuleFile(dir, name);
    const result = 'text' in read ? formatRuleText(file, read.text) : { diagnostics: [read] };
    if ('diagnostics' in result) {
      failed += 1;
      await showFindings(result.diagnostics, file, 'text' in read ? read.text : undefined, terminal);
    } else if ('text' in read && result.text !== read.text) {
      changed += 1;
      await finish(file, read.text, result.text, flags, terminal);
    }
  }
  const left = failed === 0 ? '' : `; ${counted(failed, 'file')} with errors left alone`;
  const did = flags.check || flags.diff ? 'would change' : 'changed';
  terminal.err.tell(shown`${counted(files.length, 'file')}, ${changed} ${did}${left}\n`);
  if (failed > 0) return exitCode.invalidRules;
  return changed > 0 && flags.check ? exitCode.findings : exitCode.fine;
}

/** Prints or writes the new layout of a file, as the flags say. */
async function finish(
  file: string,
  before: string,
  after: string,
  { check, diff }: FmtFlags,
  { out }: Terminal,
): Promise<void> {
  if (diff) {
    const { unifiedDiff } = await import('../rule/line-diff.ts');
    await out.print(shownLines(unifiedDiff(visibleLine(file), before, after)));
  } else if (check) {
    await out.print(shown`${file}\n`);
  } else {
    writeFileSync(file, after);
  }
}

async function formatInput(flags: FmtFlags, terminal: Terminal): Promise<ExitCode> {
  const [{ ruleTextOfBytes }, { formatRuleText }] = await Promise.all([
    import('../rule/rule-files.ts'),
    import('../rule/format.ts'),
  ]);
  const file = 'standard input';
  const read = ruleTextOfBytes(file, await buffer(terminal.stdin));
  if (!('text' in read)) {
    await showFindings([read], file, undefined, terminal);
    return exitCode.invalidRules;
  }
  const { text: before } = read;
  const result = formatRuleText(file, before);
  if ('diagnostics' in result) {
    await showFindings(result.diagnostics, file, before, terminal);
    return exitCode.invalidRules;
  }
  if (!flags.check && !flags.diff) await terminal.out.data(result.text);
  else if (result.text !== before) await finish(file, before, result.text, flags, terminal);
  return flags.check && result.text !== before ? exitCode.findings : exitCode.fine;
}

async function showFindings(
  diagnostics: readonly Diagnostic[],
  file: string,
  text: string | undefined,
  { err }: Terminal,
): Promise<void> {
  const { formatDiagnostics } = await import('../rule/diagnostics.ts');
  const sources = new Map(text === undefined ? [] : [[file, text]]);
  await err.print(formatDiagnostics(diagnostics, sources, 'text', { color: err.hasColor }));
}
