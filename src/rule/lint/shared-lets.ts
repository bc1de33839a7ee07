/** Shared lets that no rule uses, or that hide another one: nobody who reads a rule sees either. */
import { dirname } from 'node:path';
import type { Diagnostic } from '../diagnostics.ts';
import { warnAt } from '../diagnostics.ts';
import type { RuleLoad } from '../load.ts';
import { usersOf, type SharedLetsOf } from '../shared-lets.ts';

/** Returns the advice about the shared lets of a whole folder whose rules were all read. */
export function lintSharedLets(
  { trees, ruleset, isWhole }: RuleLoad,
  sharedIn: SharedLetsOf,
): readonly Diagnostic[] {
  if (ruleset === undefined || !isWhole) return [];
  const users = usersOf(trees, sharedIn);
  return trees.flatMap(({ file, lets }) =>
    lets.flatMap((each) => {
      const { text, span } = each.name;
      const found: Diagnostic[] = [];
      if (!users.has(each))
        found.push(warnAt(span, 'TOC317', `no rule uses the shared \`let\` \`${text}\``, 'delete it'));
      const hidden = sharedIn(dirname(file)).get(text);
      if (hidden !== undefined)
        found.push(
          warnAt(
            span,
            'TOC318',
            `\`${text}\` means something else here than in ${hidden.span.file}:${hidden.span.line}, which it hides`,
            'rename it, or delete it if it means the same',
          ),
        );
      return found;
    }),
  );
}
