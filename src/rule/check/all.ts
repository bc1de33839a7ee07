/** Every check of one file, and the checks that need all files. */
import type { Slices } from '../../event/slices.ts';
import type { RuleContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at, FILE_FINDINGS_MAX } from '../diagnostics.ts';
import type { RuleBlock, RuleFile } from '../file.ts';
import type { RuleCheck, CheckContext } from './check.ts';
import { checkClauses, checkDefaults } from './clauses.ts';
import { checkFields } from './fields.ts';
import { checkForm } from './form.ts';
import { checkLabels } from './labels.ts';
import { checkLets } from './lets.ts';
import { checkNames } from './names.ts';
import { checkReceivers, checkRouted } from './receivers.ts';
import { checkRunbook } from './runbook.ts';
import { checkSeverity } from './severity.ts';
import { checkingSharedLets } from './shared-lets.ts';
import { checkSources } from './sources.ts';
import { checkTests } from './tests.ts';
import { checkTimes } from './times.ts';
import { checkValues } from './values.ts';
import { checkWhen } from './when.ts';

const RULE_CHECKS: readonly RuleCheck[] = [
  checkNames,
  checkClauses,
  checkLets,
  checkWhen,
  checkFields,
  checkValues,
  checkForm,
  checkTimes,
  checkRouted,
  checkRunbook,
  checkTests,
];

/** Returns the findings about one file, block by block. */
export function* checkingFile(
  file: RuleFile,
  context: RuleContext,
  beside: Pick<CheckContext, 'named' | 'lists' | 'shared'>,
): Slices<readonly Diagnostic[]> {
  const defaults = file.blocks.find((block) => block.kind === 'defaults');
  const checkContext: CheckContext = { ...context, ...beside, defaults };
  const found: Diagnostic[] = [
    ...checkDefaults(file).slice(0, FILE_FINDINGS_MAX),
    ...(yield* checkingSharedLets(file, beside.shared, context)).slice(0, FILE_FINDINGS_MAX),
  ];
  for (const block of file.blocks) {
    found.push(
      ...checkSeverity(block),
      ...checkLabels(block),
      ...checkSources(block, context),
      ...checkReceivers(block, context),
    );
    if (block.kind === 'rule') found.push(...RULE_CHECKS.flatMap((check) => check(block, checkContext)));
    if (found.length > FILE_FINDINGS_MAX) break;
    yield;
  }
  return found;
}

/** Checks that names are unique in the folder: an alert is identified by the name of its rule. */
export function checkUnique(files: readonly RuleFile[]): readonly Diagnostic[] {
  const first = new Map<string, RuleBlock>();
  return files.flatMap((file) => repeatedNames(file, first));
}

function repeatedNames({ blocks }: RuleFile, first: Map<string, RuleBlock>): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const block of blocks) {
    if (block.kind !== 'rule') continue;
    const { name } = block;
    // Such a name was made up for one that could not be read.
    if (name.span.start === name.span.end) continue;
    const earlier = first.get(name.text);
    if (earlier === undefined) first.set(name.text, block);
    else if (found.length < FILE_FINDINGS_MAX)
      found.push(
        at(
          name.span,
          'TOC201',
          `a rule \`${name.text}\` is already in ${earlier.span.file}:${earlier.name.span.line}`,
          'rename one of them: names are unique over the rules folder',
        ),
      );
  }
  return found;
}
