/**
 * The rules that run now. Reads the folder again when it changes; an invalid set is reported and the last good one stays, also
 * across a restart, for which its texts are kept in the data directory.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Telemetry } from '../event/telemetry.ts';
import { compileMatcher, type Matcher } from '../match/matcher.ts';
import type { Rule, Ruleset } from '../rule/ast.ts';
import { formatDiagnostics } from '../rule/diagnostics.ts';
import { readRules, readRulesInSlices, readRuleTexts, type RulesRead } from './rulebook.ts';

export interface RulesInForce {
  ruleset(): Ruleset;
  readonly matcher: () => Matcher;
  rule(name: string): Rule | undefined;
  /** Why the folder as it stands now does not run. */
  readonly problem: () => string | undefined;
  /**
   * Reads the folder again, without keeping the stream waiting meanwhile. Calls `inForce` at the very moment when the rules change,
   * before any batch can be matched by them; an invalid or a superseded set changes nothing.
   */
  reload(inForce: (ruleset: Ruleset) => Promise<void>): Promise<void>;
}

/** What is wrong with the rules when there is no earlier good set. */
export class InvalidRules extends Error {
  override readonly name = 'InvalidRules';
}

/** Fails with InvalidRules. */
export function openRules(config: Config, telemetry: Telemetry): RulesInForce {
  const first = readFirst(config, telemetry);
  let current = first.ruleset;
  let matcher = compileMatcher(current);
  let problem = first.problem;
  let reloads = 0;

  const report = (): void => {
    telemetry.gauge('rules_loaded', {}, current.rules.length);
    telemetry.gauge('rules_invalid', {}, problem === undefined ? 0 : 1);
  };
  report();

  return {
    ruleset: () => current,
    matcher: () => matcher,
    rule: (name) => current.rules.find((rule) => rule.name === name),
    problem: () => problem,
    async reload(inForce) {
      const mine = ++reloads;
      const read = await readRulesInSlices(config);
      // The folder changed again meanwhile, and whoever noticed reads it as it is now.
      if (mine !== reloads) return;
      if (read.ruleset === undefined) {
        problem = describe(read);
        telemetry.log.error(
          { 'event.action': 'rules-invalid' },
          `rules not changed, the last good ones stay:\n${problem}`,
        );
        report();
        return;
      }
      problem = undefined;
      // From here to `inForce` nothing may wait: a batch matched by the new rules must come after them in the match log.
      current = read.ruleset;
      matcher = compileMatcher(current);
      const told = inForce(current);
      keepTexts(config, read.texts);
      telemetry.log.info({ 'event.action': 'rules-loaded' }, `${current.rules.length} rules are in force`);
      report();
      await told;
    },
  };
}

function readFirst(config: Config, telemetry: Telemetry): { ruleset: Ruleset; problem?: string } {
  const read = readRules(config);
  if (read.ruleset !== undefined) {
    keepTexts(config, read.texts);
    return { ruleset: read.ruleset };
  }
  const problem = describe(read);
  const kept = readKept(config);
  if (kept?.ruleset === undefined) throw new InvalidRules(problem);
  telemetry.log.error(
    { 'event.action': 'rules-invalid' },
    `the rules folder is invalid; running the last good rules of the run before:\n${problem}`,
  );
  return { ruleset: kept.ruleset, problem };
}

const describe = ({ diagnostics, texts }: RulesRead): string =>
  formatDiagnostics(diagnostics, texts, 'text', { color: false });

const keptPath = (config: Config): string => join(config.dataDir, 'last-good-rules.json');

function keepTexts(config: Config, texts: ReadonlyMap<string, string>): void {
  const path = keptPath(config);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify([...texts]));
  renameSync(`${path}.new`, path);
}

function readKept(config: Config): RulesRead | undefined {
  try {
    const texts = JSON.parse(readFileSync(keptPath(config), 'utf8')) as [string, string][];
    return readRuleTexts(
      config,
      texts.map(([file, text]) => ({ file, text })),
    );
  } catch {
    return undefined;
  }
}
