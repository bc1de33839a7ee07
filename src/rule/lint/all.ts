/** Every lint over a loaded set of rules. */
import type { Diagnostic } from '../diagnostics.ts';
import { inOrder } from '../diagnostics.ts';
import type { RuleLoad } from '../load.ts';
import { lintAlwaysNever } from './always-never.ts';
import { lintClassName } from './class-name.ts';
import { lintGroups } from './groups.ts';
import type { Lint, LintContext } from './lint.ts';
import { lintOwner } from './owner.ts';
import { lintRetention } from './retention.ts';
import { lintRunbook } from './runbook.ts';
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
  lintSubstring,
  lintClassName,
];

/** What the checks found and what the lints advise, in order. Rules with syntax errors are not linted. */
export function lintRules(load: RuleLoad, context: LintContext): readonly Diagnostic[] {
  const blocks = load.trees.flatMap((tree) => {
    const defaults = tree.blocks.find((block) => block.kind === 'defaults');
    return tree.blocks.flatMap((block) => (block.kind === 'rule' ? [{ block, defaults }] : []));
  });
  const longer = longerWords(blocks.flatMap(({ block }) => tokensOf(block)));
  return inOrder([
    ...load.diagnostics,
    ...blocks
      .filter(({ block }) => !block.damaged)
      .flatMap((rule) => LINTS.flatMap((lint) => lint({ ...rule, longer }, context))),
    ...lintTwice(load.ruleset?.rules ?? []),
  ]);
}
