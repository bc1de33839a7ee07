/** Which of the language's alert forms the engine runs so far. The one place to widen when it learns another. */
import type { Rule } from './ast.ts';
import { emptyWindowSatisfies } from './check/comparisons.ts';
import type { Diagnostic } from './diagnostics.ts';
import { at } from './diagnostics.ts';

/** Why `run` and `backtest` must refuse a valid rule; undefined where they can run it. */
export function runnable(rule: Rule): Diagnostic | undefined {
  const hint =
    'so far `count >= N within D by …` (or `>`) without `for` runs; the other forms are checked only';
  const { alert } = rule;
  if (alert.kind !== 'aggregate')
    return at(alert.span, 'TOC240', `rule \`${rule.name}\`: this alert form cannot run yet`, hint);
  const [only, ...more] = alert.comparisons;
  const counts =
    only?.left.kind === 'count' &&
    only.left.of === undefined &&
    only.right.kind === 'number' &&
    (only.op === '>=' || only.op === '>');
  if (!counts || more.length > 0 || emptyWindowSatisfies(alert))
    return at(alert.span, 'TOC240', `rule \`${rule.name}\`: this comparison cannot run yet`, hint);
  if (rule.forMs > 0) return at(alert.span, 'TOC240', `rule \`${rule.name}\`: \`for\` cannot run yet`, hint);
  return undefined;
}
