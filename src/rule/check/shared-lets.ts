/** Checks lets that rules share where they stand: once, however many rules use them. */
import type { Condition } from '../ast.ts';
import type { RuleContext } from '../context.ts';
import { at, FILE_FINDINGS_MAX, type Diagnostic } from '../diagnostics.ts';
import type { RuleFile } from '../file.ts';
import type { Slices } from '../../event/slices.ts';
import { leavesOf } from '../leaves.ts';
import { isLetsFile, LETS_FILE, type SharedLets } from '../shared-lets.ts';
import { unknownField } from './fields.ts';
import { checkLetNames } from './lets.ts';
import { namesAsWords } from './names-as-words.ts';
import { checkLeaf } from './values.ts';

/** Returns the findings about the shared lets of a file, which are in their place only in a file called lets.rule. */
export function* checkingSharedLets(
  { file, blocks, lets }: RuleFile,
  shared: SharedLets,
  context: Pick<RuleContext, 'schema'>,
): Slices<readonly Diagnostic[]> {
  if (lets.length === 0) return [];
  if (!isLetsFile(file))
    return lets.map(({ name }) =>
      at(
        name.span,
        'TOC233',
        `the \`let\` of \`${name.text}\` stands outside of a rule`,
        `move it into the rule that uses it, or into a file \`${LETS_FILE}\` for all rules of the folder`,
      ),
    );
  const misplaced = blocks.map((block) =>
    at(
      block.kind === 'rule' ? block.name.span : { ...block.span, endLine: block.span.line },
      'TOC233',
      `a file \`${LETS_FILE}\` that has shared lets holds nothing else`,
      'move it to another file of the folder',
    ),
  );
  const found = [...misplaced, ...checkLetNames(lets.map(({ name }) => name))];
  for (const { condition } of lets) {
    if (condition === undefined) continue;
    found.push(...checkCondition(condition, context), ...namesAsWords(condition, shared));
    if (found.length > FILE_FINDINGS_MAX) break;
    yield;
  }
  return found;
}

/** Returns the findings about a condition that stands by itself. */
export function checkCondition(
  condition: Condition,
  context: Pick<RuleContext, 'schema'>,
): readonly Diagnostic[] {
  return leavesOf(condition).flatMap((leaf) => [
    ...(leaf.kind === 'value' ? [] : unknownField(leaf.field, context)),
    ...checkLeaf(leaf, context),
  ]);
}
