/** Every lint over a loaded set of rules. */
import type { Diagnostic } from '../diagnostics.ts';
import { inOrder, FILE_FINDINGS_MAX } from '../diagnostics.ts';
import type { RuleFile } from '../file.ts';
import type { RuleLoad } from '../load.ts';
import { sharedLetsOf, withSharedLets, type SharedLets } from '../shared-lets.ts';
import { lintAlwaysNever } from './always-never.ts';
import { lintBaselineFloor } from './baseline-floor.ts';
import { lintClassName } from './class-name.ts';
import { lintGroups } from './groups.ts';
import type { Lint, LintContext, LintedRule } from './lint.ts';
import { lintOwner } from './owner.ts';
import { lintPlaceholders } from './placeholders.ts';
import { lintQuotedWildcard } from './quoted-wildcard.ts';
import { lintRatio } from './ratio.ts';
import { lintRetention } from './retention.ts';
import { lintRunbook } from './runbook.ts';
import { lintSharedLets } from './shared-lets.ts';
import { lintSubstring, longerWords } from './substring.ts';
import { lintTests } from './tests.ts';
import { lintTwice } from './twice.ts';
import { tokensOf } from './words.ts';

const LINTS: readonly Lint[] = [
  lintOwner,
  lintRunbook,
  lintTests,
  lintGroups,
  lintRetention,
  lintAlwaysNever,
  lintBaselineFloor,
  lintSubstring,
  lintClassName,
  lintRatio,
  lintQuotedWildcard,
  lintPlaceholders,
];

/** Returns the findings of the checks and the advice of the lints, in order. Rules with syntax errors are not linted. */
export function lintRules(load: RuleLoad, context: LintContext): readonly Diagnostic[] {
  const sharedIn = sharedLetsOf(load.trees);
  const trees = load.trees.map((tree) => withLetsPutIn(tree, sharedIn(tree.file)));
  const rules = trees.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'rule'));
  const longer = longerWords(rules.flatMap(tokensOf));
  const advice = trees.flatMap((tree) => lintFile(tree, { longer, shared: sharedIn(tree.file) }, context));
  return inOrder([
    ...load.diagnostics,
    ...onceForEachPlace(advice),
    ...lintSharedLets(load, sharedIn),
    ...lintTwice(load.ruleset?.rules ?? []),
  ]);
}

function withLetsPutIn(tree: RuleFile, shared: SharedLets): RuleFile {
  if (shared.isEmpty) return tree;
  const blocks = tree.blocks.map((block) => (block.kind === 'rule' ? withSharedLets(block, shared) : block));
  return { ...tree, blocks };
}

/** Drops what was said before: each rule that uses a shared let says the same of it. */
function onceForEachPlace(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return found.filter(({ file, line, column, code, message }) => {
    const key = [file, line, column, code, message].join('\n');
    return !seen.has(key) && seen.add(key);
  });
}

function lintFile(
  { blocks }: RuleFile,
  beside: Pick<LintedRule, 'longer' | 'shared'>,
  context: LintContext,
): readonly Diagnostic[] {
  const defaults = blocks.find((block) => block.kind === 'defaults');
  const found: Diagnostic[] = [];
  for (const block of blocks) {
    if (block.kind !== 'rule' || block.damaged) continue;
    found.push(...LINTS.flatMap((lint) => lint({ block, defaults, ...beside }, context)));
    if (found.length > FILE_FINDINGS_MAX) break;
  }
  return found;
}
