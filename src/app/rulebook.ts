/** Reads rules as the configuration frames them: what they may name, and where what they name is found. */
import { statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import type { Config } from '../config/config.ts';
import { ruleReceiverProblem } from '../config/receivers.ts';
import { routeFits } from '../config/routes.ts';
import type { WorkTimers } from '../event/clock.ts';
import { inSlices } from '../event/slices.ts';
import type { Ruleset } from '../rule/ast.ts';
import type { Diagnostic } from '../rule/diagnostics.ts';
import type { RuleContext } from '../rule/context.ts';
import { loadingRules, loadRuleFiles, loadRules, loadRuleTexts, type RuleLoad } from '../rule/load.ts';
import type { RuleText } from '../rule/rule-files.ts';

/** What rules are checked against. */
export function ruleContext(config: Config): RuleContext {
  return {
    schema: config.schema,
    sources: config.sources.map(({ name }) => name),
    receivers: (channel, target) => ruleReceiverProblem(config, channel, target),
    routed: (rule) => config.routes.some((route) => routeFits(route, rule)),
    latenessMs: (source) => config.sources.find(({ name }) => name === source)?.latenessMs ?? 0,
  };
}

/** Rules that can run, or what is wrong with them. */
export interface RulesRead {
  readonly ruleset?: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads the rules folder of a configuration. */
export function readRules(config: Config, dir = config.rulesDir): RulesRead {
  return rulesRead(loadRules(dir, ruleContext(config)));
}

/** The same without keeping the stream waiting for long. */
export async function readRulesInSlices(
  config: Config,
  timers: Pick<WorkTimers, 'sleep' | 'workMs'>,
): Promise<RulesRead> {
  return rulesRead(await inSlices(loadingRules(config.rulesDir, ruleContext(config)), timers));
}

/** The same for given texts. */
export function readRuleTexts(config: Config, texts: readonly RuleText[]): RulesRead {
  return rulesRead(loadRuleTexts(texts, ruleContext(config), { listsDir: config.rulesDir }));
}

function rulesRead({ ruleset, diagnostics, sources: texts }: RuleLoad): RulesRead {
  return ruleset === undefined ? { diagnostics, texts } : { ruleset, diagnostics, texts };
}

/** Rules of files and one folder; of the configured folder where no path is given. Fails as the file system does. */
export function readRulePaths(config: Config, paths: readonly string[]): RulesRead {
  const [first, ...others] = paths;
  if (first === undefined) return readRules(config);
  if (others.length === 0 && statSync(first).isDirectory()) return readRules(config, resolve(first));
  for (const path of others) statSync(path);
  return rulesRead(loadRuleFiles(undefined, paths, ruleContext(config), { listsDir: config.rulesDir }));
}

/** The folder that the paths in a rule file are relative to, for rules that were read with `readRulePaths`. */
export function rulesFolder(config: Config, paths: readonly string[], file: string): string {
  const [first] = paths;
  if (first === undefined) return config.rulesDir;
  if (paths.length === 1 && statSync(first).isDirectory()) return resolve(first);
  const inside = resolve(config.rulesDir) + sep;
  return resolve(file).startsWith(inside) ? config.rulesDir : dirname(resolve(file));
}
