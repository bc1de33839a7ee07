/** Checks that the window is not zero, and that `for` and `resolve` stand only where they have a meaning. */
import { windowOf } from '../alert-parts.ts';
import type { AlertSpec } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { formOf } from '../forms/forms.ts';
import { zeroSpan } from '../forms/spans.ts';
import { remove, type Hint } from '../mending.ts';
import type { Clause, RuleBlock } from '../file.ts';
import type { RuleCheck, CheckContext } from './check.ts';
import { alertOf, applying } from '../block.ts';

export const checkTimes: RuleCheck = (rule, context) => {
  const spec = alertOf(rule);
  if (spec === undefined) return [];
  return [
    ...zeroSpan(windowOf(spec)),
    ...checkFor(rule, context, spec),
    ...checkResolve(rule, context, spec),
  ];
};

function checkFor(rule: RuleBlock, context: CheckContext, spec: AlertSpec): Diagnostic[] {
  const clause = applying(rule, context.defaults, 'for');
  if (clause === undefined) return [];
  const span = rule.clauses.includes(clause) ? clause.span : rule.name.span;
  const form = formOf(spec);
  if (!form.takesFor)
    return [
      at(
        span,
        'TOC218',
        `\`for\` holds a comparison for a time; ${form.title} has none`,
        leaveOut(rule, clause, 'leave `for` out'),
      ),
    ];
  const resolve = applying(rule, context.defaults, 'resolve');
  if (resolve !== undefined && resolve.after === undefined)
    return [
      at(
        span,
        'TOC218',
        '`for` waits for a state to last, but `resolve never` makes each firing an event',
        leaveOut(rule, clause, 'leave one of them out'),
      ),
    ];
  return [];
}

function checkResolve(rule: RuleBlock, context: CheckContext, spec: AlertSpec): Diagnostic[] {
  const clause = applying(rule, context.defaults, 'resolve');
  if (clause === undefined) return [];
  const form = formOf(spec);
  const span = rule.clauses.includes(clause) ? clause.span : rule.name.span;
  if (clause.after === undefined) {
    if (!form.silenceSatisfies(spec)) return [];
    return [
      at(
        span,
        'TOC219',
        'silence satisfies this comparison, so there is no event that `resolve never` could count',
        leaveOut(rule, clause, 'leave it out'),
      ),
    ];
  }
  if (form.noResolveAfter === undefined) return [];
  return [at(span, 'TOC219', form.noResolveAfter, leaveOut(rule, clause, 'leave `resolve after` out'))];
}

/** The fix for a clause without meaning here. If the clause stands in the defaults, only the author can move it. */
function leaveOut(rule: RuleBlock, clause: Clause, words: string): Hint {
  return rule.clauses.includes(clause) ? remove(clause.span, words) : words;
}
