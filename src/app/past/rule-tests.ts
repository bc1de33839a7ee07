/** Runs the inline tests of rules, one after the other. */
import type { Config } from '../../config/config.ts';
import { rulesFolder } from '../rulebook.ts';
import { asStartError } from '../start-error.ts';
import { runRuleTest, type RuleTestResult } from './rule-test.ts';
import { validRules } from './valid-rules.ts';

export interface TestOptions {
  /** Rule files or a folder; empty: the configured folder. */
  readonly rules: readonly string[];
  /** Called with each result, in the order of the rules. */
  readonly onResult: (result: RuleTestResult) => Promise<void>;
}

/** Runs the inline tests of rules. Resolves to the names of the rules that have none. Fails with StartError (2: the rules are wrong). */
export async function testRules(
  config: Config,
  { rules, onResult }: TestOptions,
): Promise<{ readonly untested: readonly string[] }> {
  try {
    const ruleset = validRules(config, rules);
    for (const rule of ruleset.rules) {
      const folder = rulesFolder(config, rules, rule.file);
      for (const test of rule.tests) await onResult(await runRuleTest(rule, test, config, folder));
    }
    return { untested: ruleset.rules.filter(({ tests }) => tests.length === 0).map(({ name }) => name) };
  } catch (error) {
    throw asStartError(error);
  }
}
