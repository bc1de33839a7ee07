/** Reads rules against the configuration, which says what they may name and where that is found. */
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

/** Returns the parts of the configuration that rules are checked against. */
export function ruleContext(config: Config): RuleContext {
  return {
    schema: config.schema,
    sources: config.sources.map(({ name }) => name),
    receivers: (channel, target) => ruleReceiverProblem(config, channel, target),
    routed: (rule) => config.routes.some((route) => routeFits(route, rule)),
    latenessMs: (source) => config.sources.find(({ name }) => name === source)?.latenessMs ?? 0,
  };
}

/** The result of reading rules: a ruleset that can run, or the diagnostics that say why there is none. */
export interface RulesRead {
  readonly ruleset?: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads all rules of a folder, by default of the configured one. */
export function readRules(config: Config, dir = config.rulesDir): RulesRead {
  return rulesRead(loadRules(dir, ruleContext(config)));
}

/** Slices of a change of rules. A batch may wait for several of them, each with the step or the collection of garbage that it ends with. */
export const RULES_SLICE_MS = 2;

/** Reads the configured rules folder in slices, so that the stream does not wait for long. */
export async function readRulesInSlices(
  config: Config,
  timers: Pick<WorkTimers, 'sleep' | 'workMs'>,
): Promise<RulesRead> {
  return rulesRead(
    await inSlices(loadingRules(config.rulesDir, ruleContext(config)), timers, RULES_SLICE_MS),
  );
}

/** Reads rules from texts that are given. */
export function readRuleTexts(config: Config, texts: readonly RuleText[]): RulesRead {
  return rulesRead(loadRuleTexts(texts, ruleContext(config), { listsDir: config.rulesDir }));
}

function rulesRead({ ruleset, diagnostics, sources: texts }: RuleLoad): RulesRead {
  return ruleset === undefined ? { diagnostics, texts } : { ruleset, diagnostics, texts };
}

/** Reads the rules of some files, of one folder, or of the configured folder where no path is given. Fails as the file system does. */
export function readRulePaths(config: Config, paths: readonly string[]): RulesRead {
  const [first, ...others] = paths;
  if (first === undefined) return readRules(config);
  if (others.length === 0 && statSync(first).isDirectory()) return readRules(config, resolve(first));
  for (const path of others) statSync(path);
  return rulesRead(loadRuleFiles(undefined, paths, ruleContext(config), { listsDir: config.rulesDir }));
}

/** Returns the folder that paths in the rule file `file` are relative to, for rules read with `readRulePaths(config, paths)`. */
export function rulesFolder(config: Config, paths: readonly string[], file: string): string {
  const [first] = paths;
  if (first === undefined) return config.rulesDir;
  if (paths.length === 1 && statSync(first).isDirectory()) return resolve(first);
  const inside = resolve(config.rulesDir) + sep;
  return resolve(file).startsWith(inside) ? config.rulesDir : dirname(resolve(file));
}
