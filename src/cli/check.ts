/**
 * `tocsin check`: checks the configuration and every rule, and shows all errors in one run. Needs no credentials and connects to nothing.
 */
import type { Config } from '../config/config.ts';
import type { Diagnostic } from '../rule/diagnostics.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import {
  loadWithTemplates,
  reportFindings,
  withFindingsOptions,
  type FindingsFlags,
  type LoadedRules,
} from './rule-paths.ts';
import { CommandError, exitCode } from './terminal.ts';

export const addCheck: AddCommand = (program, terminal, ended) => {
  withFindingsOptions(withConfigOption(program.command('check')))
    .description('hold the rules against the configuration: all errors of all files in one run')
    .argument('[path...]', 'rule files or folders (default: the configured folder)')
    .action(async (paths: readonly string[], flags: ConfigOption & FindingsFlags) => {
      const config = await configuration(flags.config, terminal, { environment: 'optional' });
      await checkDecoders(config);
      const sets = (await loadWithTemplates(config, paths)).map((set) => ({
        ...set,
        diagnostics: set.load.diagnostics,
      }));
      ended(
        await reportFindings(await withSources(config, sets), flags.json ? 'json' : flags.format, terminal),
      );
    });
};

type Findings = LoadedRules & { readonly diagnostics: readonly Diagnostic[] };

/** Adds the findings about sources, with the text of the configuration, to the first set. */
async function withSources(config: Config, sets: readonly Findings[]): Promise<readonly Findings[]> {
  const { configText, sourceFindings } = await import('../app/source-findings.ts');
  const rules = sets.flatMap(({ load }) => load.ruleset?.rules ?? []);
  const found = sourceFindings(config, rules);
  return sets.map((set, i) => {
    const own = found.filter(
      ({ file }) => (i === 0 && file === config.file) || set.load.files.includes(file),
    );
    const sources = new Map([...set.load.sources, [config.file, configText(config)]]);
    return { ...set, load: { ...set.load, sources }, diagnostics: [...set.diagnostics, ...own] };
  });
}

async function checkDecoders(config: Config): Promise<void> {
  const { decodingProblems } = await import('../app/decoding.ts');
  const [first] = decodingProblems(config);
  if (first === undefined) return;
  const message = `sources.${first.source}: ${first.message}`;
  throw new CommandError(exitCode.setup, message, 'correct `decode` of this source in the configuration');
}
