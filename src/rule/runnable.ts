/** Which of the language's alert forms the engine runs so far. The one place to widen when it learns another. */
import type { Rule } from './ast.ts';
import type { Diagnostic } from './diagnostics.ts';
import { at } from './diagnostics.ts';

/** Why `run` and `backtest` must refuse a valid rule; undefined where they can run it. */
export function runnable(rule: Rule): Diagnostic | undefined {
  const { alert } = rule;
  if (alert.kind === 'nothing' && alert.expected !== undefined)
    return at(
      alert.expected.span,
      'TOC240',
      `rule \`${rule.name}\`: \`expected … in\` cannot run yet`,
      'leave it out: groups are then watched from their first event on',
    );
  return undefined;
}
