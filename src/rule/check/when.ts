/** Checks `when`: some alert forms work on it, others name their conditions themselves. */
import { at } from '../diagnostics.ts';
import { formOf } from '../forms/forms.ts';
import type { RuleCheck } from './check.ts';
import { alertOf, clausesOf } from '../block.ts';

export const checkWhen: RuleCheck = (rule) => {
  const spec = alertOf(rule);
  if (spec === undefined) return [];
  const when = clausesOf(rule, 'when')[0];
  const form = formOf(spec);
  if (form.ignoresWhen) {
    if (when === undefined) return [];
    return [
      at(
        when.span,
        'TOC205',
        `${form.title} works on its named conditions alone, so \`when\` would do nothing`,
        'put the condition into each `let`, joined with AND',
      ),
    ];
  }
  if (when !== undefined || rule.damaged) return [];
  const bare = form.needsWhen === undefined ? { what: form.title, span: spec.span } : form.needsWhen(spec);
  if (bare === undefined) return [];
  return [
    at(
      bare.span,
      'TOC204',
      `${bare.what} needs a \`when\` that says which events it works on`,
      'add for instance: when level:ERROR',
    ),
  ];
};
