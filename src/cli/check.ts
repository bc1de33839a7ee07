/**
 * `tocsin check`: checks the configuration and every rule, and shows all errors in one run. Needs no credentials and connects to
 * nothing, except with `--sample`, which looks at the latest lines of each source.
 */
import type { Config } from '../config/config.ts';
import type { configFindings } from '../app/source-findings.ts';
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
import { CommandError, exitCode, type Terminal } from './terminal.ts';

interface CheckFlags extends ConfigOption, FindingsFlags {
  readonly sample?: true;
}

export const addCheck: AddCommand = (program, terminal, ended) => {
  withFindingsOptions(withConfigOption(program.command('check')))
    .description('hold the rules against the configuration: all errors of all files in one run')
    .argument('[path...]', 'rule files or folders (default: the configured folder)')
    .option('--sample', 'look at the latest lines of each source too: are they read as they should be?')
    .action(async (paths: readonly string[], flags: CheckFlags) => {
      const config = await configuration(flags.config, terminal, {
        environment: flags.sample ? 'required' : 'optional',
      });
      await checkDecoders(config);
      const sets = await loadWithTemplates(config, paths);
      const format = flags.json ? 'json' : flags.format;
      const { configFindings, sourceFindings } = await import('../app/source-findings.ts');
      const rules = sets.flatMap(({ load }) => load.ruleset?.rules ?? []);
      const found = [
        ...sourceFindings(config, rules),
        ...(flags.sample ? await sampled(config, format === 'json', terminal, configFindings(config)) : []),
      ];
      ended(await reportFindings(await withSources(config, sets, found), format, terminal));
    });
};

/** Looks at the latest lines of each source, and says of each what was found. Returns the faults. */
async function sampled(
  config: Config,
  isJson: boolean,
  { out, err, clock }: Terminal,
  finding: ReturnType<typeof configFindings>,
): Promise<readonly Diagnostic[]> {
  const [{ checkSamples }, { sampleFindings, sampleLine }] = await Promise.all([
    import('../app/past/sample-check.ts'),
    import('./sample-report.ts'),
  ]);
  const checks = await checkSamples(config, clock.nowMs());
  for (const check of checks) {
    const { verdict, ...rest } = check;
    if (isJson) {
      const shares = verdict && { lines: verdict.lines, counts: verdict.counts, unfit: verdict.unfit };
      await out.json({ sample: { ...rest, ...shares } });
    } else err.tell(sampleLine(check));
  }
  return sampleFindings(checks, finding);
}

/** Adds the findings of the rules, and those about sources, which stand in the configuration or at rules. */
async function withSources(
  config: Config,
  sets: readonly LoadedRules[],
  found: readonly Diagnostic[],
): Promise<readonly (LoadedRules & { readonly diagnostics: readonly Diagnostic[] })[]> {
  const { configText } = await import('../app/source-findings.ts');
  return sets.map((set, i) => {
    const own = found.filter(
      ({ file }) => (i === 0 && file === config.file) || set.load.files.includes(file),
    );
    const sources = new Map([...set.load.sources, [config.file, configText(config)]]);
    return { ...set, load: { ...set.load, sources }, diagnostics: [...set.load.diagnostics, ...own] };
  });
}

async function checkDecoders(config: Config): Promise<void> {
  const { decodingProblems } = await import('../app/decoding.ts');
  const [first] = decodingProblems(config);
  if (first === undefined) return;
  const message = `sources.${first.source}: ${first.message}`;
  throw new CommandError(exitCode.setup, message, 'correct `decode` of this source in the configuration');
}
