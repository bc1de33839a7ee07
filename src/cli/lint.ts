/** `tocsin lint`: reports everything that `check` finds, and gives advice beyond it (docs/lint.md). */
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { loadWithTemplates, reportFindings, withFindingsOptions, type FindingsFlags } from './rule-paths.ts';

export const addLint: AddCommand = (program, terminal, ended) => {
  withFindingsOptions(withConfigOption(program.command('lint')))
    .description('check the rules and advise what they lack: owner, runbook, tests, bounds (docs/lint.md)')
    .argument('[path...]', 'rule files or folders (default: the configured folder)')
    .action(async (paths: readonly string[], flags: ConfigOption & FindingsFlags) => {
      const config = await configuration(flags.config, terminal, { environment: 'optional' });
      const [{ lintRules }, { readInside }, { namesInLines }] = await Promise.all([
        import('../rule/lint/all.ts'),
        import('../rule/folder.ts'),
        import('../app/decoding.ts'),
      ]);
      const readerIn = (rulesDir: string) => (path: string) => {
        const read = readInside(rulesDir, path, 'runbook');
        return 'text' in read ? read.text : undefined;
      };
      const { schema, archive } = config;
      const given = namesInLines(config);
      const sets = (await loadWithTemplates(config, paths)).map((set) => ({
        ...set,
        diagnostics: lintRules(set.load, {
          schema,
          retentionMs: archive.retentionMs,
          readFile: readerIn(set.rulesDir),
          given,
        }),
      }));
      ended(await reportFindings(sets, flags.json ? 'json' : flags.format, terminal));
    });
};
