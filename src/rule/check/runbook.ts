/** A runbook that is named should be there: the alert goes out without it, so this is advice. */
import { warnAt } from '../diagnostics.ts';
import type { Check } from './check.ts';
import { applying } from '../block.ts';

export const checkRunbook: Check = (rule, context) => {
  const clause = applying(rule, context.defaults, 'runbook');
  if (clause === undefined || context.fileExists?.(clause.path.text) !== false) return [];
  return [
    warnAt(
      rule.clauses.includes(clause) ? clause.path.span : rule.name.span,
      'TOC301',
      `the runbook \`${clause.path.text}\` is not in the rules folder`,
      'write it, or correct the path: it is relative to the rules folder',
    ),
  ];
};
