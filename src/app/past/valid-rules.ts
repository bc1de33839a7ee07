/** Reads rules for a look at the past, which needs valid rules and ends without them. */
import type { Config } from '../../config/config.ts';
import type { Ruleset } from '../../rule/ast.ts';
import { formatDiagnostics } from '../../rule/diagnostics.ts';
import { readRulePaths } from '../rulebook.ts';
import { StartError } from '../start-error.ts';

/**
 * Returns the rules of files or folders, or of the configured folder where no path is given. Fails with StartError (2: the rules are
 * wrong).
 */
export function validRules(config: Config, paths: readonly string[]): Ruleset {
  const read = readRulePaths(config, paths);
  if (read.ruleset !== undefined) return read.ruleset;
  throw new StartError(
    2,
    formatDiagnostics(read.diagnostics, read.texts, 'text', { color: false }),
    'mend the rules',
  );
}
